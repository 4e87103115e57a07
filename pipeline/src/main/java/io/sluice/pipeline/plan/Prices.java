package io.sluice.pipeline.plan;

import io.sluice.ModelTask.Provider;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.task.JobTask;
import io.sluice.spi.ModelProvider;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job's prices: the built-in ones, the user's file on top, the task's own price above both. A
 * price that is not known is null, which is not the same as 0.
 */
public final class Prices {
  private final JobTask job;
  private final String provider;
  private final PriceTable table;

  private Prices(JobTask job, String provider, PriceTable table) {
    this.job = job;
    this.provider = provider;
    this.table = table;
  }

  /**
   * @param file a price file on this machine; null for none
   * @throws UsageException with every mistake of the file, or why it cannot be read
   */
  public static Prices of(JobTask job, @Nullable String file) {
    String provider = provider(job.task().provider());
    PriceTable table = PriceTable.builtin();
    if (file != null) {
      table = withFile(table, file);
    }
    Price own = job.price();
    if (own != null) {
      // What is known of the model beside its price stays known.
      Price listed = table.find(provider, job.task().model()).orElse(own);
      table =
          table.withInline(
              job.task().model(), own.withTokens(listed.contextTokens(), listed.maxOutputTokens()));
    }
    return new Prices(job, provider, table);
  }

  private static PriceTable withFile(PriceTable table, String file) {
    try {
      return table.withFile(file, JobArguments.read(file));
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new UsageException("--prices: there is no file " + file);
    } catch (MalformedInputException e) {
      throw new UsageException("--prices: " + file + " is not valid UTF-8; convert it");
    } catch (IOException e) {
      throw new UsageException("--prices: cannot read " + file + ": " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /** The name under which a provider's prices are listed. */
  static String provider(Provider provider) {
    return Providers.of(provider.kind()).priceList(provider);
  }

  /** The price of the task's model; null if unknown. */
  public @Nullable Price price() {
    ModelProvider asked = Providers.of(job.task());
    return asked.runsInProcess()
        ? Price.FREE
        : table.find(provider, job.task().model()).map(asked::completed).orElse(null);
  }

  /**
   * As {@link #price}, for a job that spends money.
   *
   * @throws UsageException if there is a budget and no price to hold it with
   */
  public @Nullable Price forSpending() {
    Price price = price();
    if (!job.caps().isAny()) {
      return price;
    }
    String budget = job.caps().words();
    if (price == null) {
      throw new UsageException(
          budget
              + " cannot be kept: there is no price for "
              + job.task().model()
              + " of "
              + provider
              + "; give its price (price: {input: …, output: …} in the task, or --prices=FILE), or"
              + " leave the budget out");
    }
    if (Steps.tasks(job.task()).stream()
        .anyMatch(each -> new RequestBuilder(each).mostOutputTokens(price).isEmpty())) {
      throw new UsageException(
          budget
              + " cannot be kept: nothing limits how long an answer of "
              + job.task().model()
              + " may be; set parameters: {max_tokens: …} in the task (max_completion_tokens for"
              + " OpenAI's newer models), or leave the budget out");
    }
    if (price.batchInputPerMtok() == null && job.task().delivery().batch()) {
      throw new UsageException(
          budget
              + " cannot be kept in batches: there is no batch price for "
              + job.task().model()
              + "; give it (price: {…, batchInput: …, batchOutput: …} in the task, or"
              + " --prices=FILE), leave the budget out, or set provider.mode: realtime");
    }
    Tier tier = job.task().provider().service().tier();
    if (price.at(tier).isEmpty()) {
      String word = tier.word();
      throw new UsageException(
          budget
              + " cannot be kept with provider.tier: "
              + word
              + ": there is no "
              + word
              + " price for "
              + job.task().model()
              + "; give it (price: {…, "
              + word
              + "Input: …, "
              + word
              + "Output: …} in the task, or --prices=FILE), or leave the tier or the budget out");
    }
    return price;
  }

  /** Where {@link #price} is from, for people; null if unknown. */
  public @Nullable String origin() {
    return table.origin(provider, job.task().model()).orElse(null);
  }

  /** Models of the same provider that cost less, cheapest first. */
  public List<PriceTable.Alternative> cheaper() {
    return Providers.of(job.task()).runsInProcess()
        ? List.of()
        : table.cheaperThan(provider, job.task().model());
  }
}
