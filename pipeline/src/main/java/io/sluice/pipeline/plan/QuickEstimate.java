package io.sluice.pipeline.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.Service;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.prepare.ExactJson;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputSample;
import io.sluice.pipeline.table.DocumentColumns;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import io.sluice.spi.PromptException;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a run will take, from the first thousand documents and the size of the files: shown before a
 * run, in a second.
 *
 * @param documents expected
 * @param exact whether all documents were seen
 * @param inputTokens of all documents, expected
 * @param reservedOutputTokens of all documents, as the quota reserves them
 * @param maxOutputTokens of all documents, at most; null where nothing limits them
 * @param worstUsd with every answer as long as it may be; null where the price is unknown, or
 *     nothing limits answers
 */
public record QuickEstimate(
    long documents,
    boolean exact,
    long inputTokens,
    long reservedOutputTokens,
    @Nullable Long maxOutputTokens,
    @Nullable BigDecimal worstUsd) {
  private static final int SAMPLE = 1_000;

  public static QuickEstimate of(
      JobTask job, List<InputFile> files, long limit, @Nullable Price price) throws IOException {
    InputSample sample;
    try {
      sample = InputSample.take(files, job.fields(), SAMPLE);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    RowRequests requests = new RowRequests(job.task());
    long input = 0;
    long asked = 0;
    long askedMore = 0;
    int unusable = 0;
    String problem = "";
    for (String document : sample.documents()) {
      try {
        RowRequests.Whole whole = requests.whole((ObjectNode) ExactJson.read(document));
        input += whole.request().inputTokens();
        asked++;
        askedMore += whole.asks() - requests.size();
      } catch (PromptException e) {
        // Becomes a dead letter and costs nothing.
        unusable++;
        problem = String.valueOf(e.getMessage());
      }
    }
    if (unusable > sample.again() && unusable == sample.documents().size()) {
      // What none of so many rows can be asked with, as a field's name that is misspelt, no other
      // row can, as likely as not. Dead letters that are given back are such already.
      throw new UsageException(
          "--input: none of "
              + (sample.whole() ? "" : "the first ")
              + Numbers.of(unusable, "document")
              + " can be asked: "
              + problem);
    }
    String missing = DocumentColumns.missing(sample.documents(), job.table().document());
    if (missing != null) {
      throw new UsageException(
          "--input: "
              + missing
              + " (looked for in "
              + Numbers.of(sample.documents().size(), "document")
              + ")");
    }
    long rows = limit > 0 ? Math.min(limit, sample.expectedRows()) : sample.expectedRows();
    double scale = sample.rows() == 0 ? 0 : (double) rows / sample.rows();
    long allInput = Math.round(input * scale);
    // Of documents in parts each is asked as often as its questions are.
    long allAsked = Math.round((asked + (double) askedMore / requests.size()) * scale);
    OptionalLong most = requests.mostOutputTokens(price);
    Long allOutput = most.isEmpty() ? null : allAsked * most.getAsLong();
    return new QuickEstimate(
        rows,
        sample.whole() && (limit == 0 || limit >= rows),
        allInput,
        allAsked * requests.maxOutputTokens(),
        allOutput,
        worst(job, price, allInput, allOutput));
  }

  private static @Nullable BigDecimal worst(
      JobTask job, @Nullable Price price, long input, @Nullable Long output) {
    if (price == null || output == null) {
      return null;
    }
    Delivery delivery = job.task().delivery();
    boolean mayBeRealtime =
        !delivery.batch()
            || job.autoDeadline() != null
            || delivery.stragglers() == Stragglers.REALTIME
            || Providers.of(job.task()).leastInBatch() > 1;
    return mayBeRealtime
        ? inTier(job.task().provider().service(), price)
            .map(ofTier -> ofTier.worstCase(input, output))
            .orElse(null)
        : price.batchWorstCase(input, output).orElse(null);
  }

  /** At most: what falls back costs as the dearer of the two. */
  private static Optional<Price> inTier(Service service, Price price) {
    return service.tier() == Tier.FLEX && service.fallsBack()
        ? Optional.of(price)
        : price.at(service.tier());
  }

  /** How long the task's own account would take in real time. */
  public QuotaTime realtime(ModelTask task) {
    return QuotaTime.of(
        "",
        task.quota().forKey(""),
        documents * QuotaTime.callsPerRequest(task),
        Providers.of(task).quotaTokens(task).reserved(inputTokens, reservedOutputTokens),
        null);
  }

  public void print(PrintStream out, JobTask job, List<InputFile> files) {
    ModelTask task = job.task();
    long bytes = files.stream().mapToLong(InputFile::bytes).sum();
    String about = exact ? "" : "about ";
    out.println(
        task.name()
            + ": "
            + about
            + Numbers.of(documents, "document")
            + " in "
            + Numbers.of(files.size(), "file")
            + " ("
            + Numbers.of(bytes, "byte")
            + "), model "
            + task.model());
    if (Providers.of(task).runsInProcess()) {
      out.println("Cost: none, the model runs in this process");
      return;
    }
    out.println("Tokens: " + tokens(about, new RowRequests(task)));
    out.println("Cost: " + cost(job));
    out.println("Time: " + time(job));
    out.println(
        "From a look at the first documents; sluice estimate counts all of them"
            + (worstUsd == null ? "" : ", and prices batches and cheaper models"));
  }

  private String tokens(String about, RowRequests requests) {
    String in = String.format(Locale.ROOT, "%s%,d in, ", about, inputTokens);
    if (maxOutputTokens == null) {
      return in + "out as many as the model makes; max_tokens in parameters limits them";
    }
    return in
        + String.format(Locale.ROOT, "at most %,d out", maxOutputTokens)
        + (requests.limitsOutput()
            ? ""
            : " (the model's own limit; max_tokens in parameters sets a lower one)");
  }

  private String cost(JobTask job) {
    String budget =
        (job.budgetUsd() == null ? "" : ", budget " + job.budgetUsd().toPlainString() + " USD")
            + (job.caps().byKeyUsd().isEmpty() ? "" : ", keys with budgets of their own");
    if (worstUsd != null) {
      return "at most " + Usd.atMost(worstUsd) + " USD" + budget;
    }
    return maxOutputTokens == null
        ? "unknown, nothing limits the answers"
        : "unknown, there is no price for this model; give one with price in the task or"
            + " --prices=FILE";
  }

  private String time(JobTask job) {
    if (job.autoDeadline() == null && job.task().delivery().batch()) {
      return "in batches, which providers answer within 24 hours, most much sooner";
    }
    QuotaTime time = realtime(job.task());
    return "about "
        + Durations.words(time.seconds())
        + " at the quota ("
        + time.limit().words()
        + "; answers as long as allowed)";
  }
}
