package io.sluice.pipeline.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Stragglers;
import io.sluice.Service;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.text.ExactJson;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputSample;
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
 * @param worstUsd with every answer as long as it may be, and every document asked of each model of
 *     the fallback; null where a price is unknown, or nothing limits answers
 * @param fallbackUsd what of that is the fallback's
 * @param mix the models that are asked
 */
public record QuickEstimate(
    long documents,
    boolean exact,
    long inputTokens,
    long reservedOutputTokens,
    @Nullable Long maxOutputTokens,
    @Nullable BigDecimal worstUsd,
    @Nullable BigDecimal fallbackUsd,
    ModelMix mix) {
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
    ModelMix mix = new ModelMix(job.task(), price);
    long input = 0;
    long asked = 0;
    long askedMore = 0;
    int unusable = 0;
    String problem = "";
    for (String document : sample.documents()) {
      try {
        ObjectNode fields = (ObjectNode) ExactJson.read(document);
        RowRequests.Whole whole = requests.whole(fields);
        input += whole.request().inputTokens();
        mix.add(fields);
        asked++;
        askedMore += whole.asks() - requests.size();
      } catch (PromptException e) {
        // Becomes a dead letter and costs nothing.
        unusable++;
        problem = String.valueOf(e.getMessage());
      }
    }
    ColumnCheck.check(job, sample, unusable, problem);
    long rows = limit > 0 ? Math.min(limit, sample.expectedRows()) : sample.expectedRows();
    double scale = sample.rows() == 0 ? 0 : (double) rows / sample.rows();
    long allInput = Math.round(input * scale);
    // Of documents in parts each is asked as often as its questions are.
    long allAsked = Math.round((asked + (double) askedMore / requests.size()) * scale);
    OptionalLong most = mix.mostOutputTokens();
    Long allOutput = most.isEmpty() ? null : allAsked * most.getAsLong();
    BigDecimal own =
        ModelMix.sum(mix.parts(), allInput, allOutput, (of, in, out) -> worst(job, of, in, out));
    BigDecimal others =
        ModelMix.sum(mix.fallbacks(), allInput, allOutput, QuickEstimate::worstInRealtime);
    return new QuickEstimate(
        rows,
        sample.whole() && (limit == 0 || limit >= rows),
        allInput,
        allAsked * requests.maxOutputTokens(),
        allOutput,
        own == null || others == null ? null : own.add(others),
        others,
        mix);
  }

  private static Optional<BigDecimal> worst(
      JobTask job, Targets.Target of, long input, long output) {
    Price price = of.price();
    Delivery delivery = job.task().delivery();
    boolean mayBeRealtime =
        !delivery.batch()
            || job.autoDeadline() != null
            || delivery.stragglers() == Stragglers.REALTIME
            || Providers.of(job.task()).leastInBatch() > 1;
    return mayBeRealtime
        ? worstInRealtime(of, input, output)
        : price == null ? Optional.empty() : price.batchWorstCase(input, output);
  }

  private static Optional<BigDecimal> worstInRealtime(Targets.Target of, long input, long output) {
    Price price = of.price();
    return price == null
        ? Optional.empty()
        : inTier(of.task().provider().service(), price)
            .map(ofTier -> ofTier.worstCase(input, output));
  }

  /** At most: what falls back costs as the dearer of the two. */
  private static Optional<Price> inTier(Service service, Price price) {
    return service.tier() == Tier.FLEX && service.fallsBack()
        ? Optional.of(price)
        : price.at(service.tier());
  }

  /** How long the task's own account would take in real time. */
  public QuotaTime realtime(ModelTask task) {
    QuotaTime slowest = QuotaTime.NONE;
    for (ModelMix.Part part : mix.parts()) {
      ModelTask asked = part.target().task();
      slowest =
          slowest.orSlower(
              QuotaTime.of(
                  "",
                  asked.quota().forKey(""),
                  documents * QuotaTime.callsPerRequest(task) * part.calls(),
                  Providers.of(asked)
                      .quotaTokens(asked)
                      .reserved(
                          Math.round(inputTokens * part.input()),
                          Math.round(reservedOutputTokens * part.output())),
                  null));
    }
    return slowest;
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
            + "), "
            + models());
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

  /** Those that questions are asked, and those in reserve. */
  private String models() {
    List<String> own = mix.parts().stream().map(part -> part.target().name()).toList();
    List<String> others = mix.fallbacks().stream().map(part -> part.target().name()).toList();
    return (own.size() == 1 ? "model " : "models ")
        + String.join(", ", own)
        + (others.isEmpty() ? "" : ", fallback " + String.join(", ", others));
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
      return "at most "
          + Usd.atMost(worstUsd)
          + " USD"
          + (fallbackUsd == null || fallbackUsd.signum() == 0
              ? ""
              : ", of which 0 to " + Usd.atMost(fallbackUsd) + " USD for the fallback")
          + budget;
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
