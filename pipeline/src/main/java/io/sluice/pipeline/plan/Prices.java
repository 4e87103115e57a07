package io.sluice.pipeline.plan;

import io.sluice.Fallback;
import io.sluice.Fallback.Other;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Provider;
import io.sluice.Step;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.text.FileReason;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.task.JobTask;
import io.sluice.spi.ModelProvider;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A job's prices: the built-in ones, the user's file on top, the task's own price above both. A
 * price that is not known is null, which is not the same as 0.
 */
public final class Prices {
  private final JobTask job;
  private final String provider;
  private final PriceTable table;

  /** Without the task's own price, which is that of its own model alone. */
  private final PriceTable listed;

  private Prices(JobTask job, String provider, PriceTable table, PriceTable listed) {
    this.job = job;
    this.provider = provider;
    this.table = table;
    this.listed = listed;
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
    PriceTable listed = table;
    Price own = job.price();
    if (own != null) {
      // What is known of the model beside its price stays known.
      Price known = table.find(provider, job.task().model()).orElse(own);
      table =
          table.withInline(
              job.task().model(), own.withTokens(known.contextTokens(), known.maxOutputTokens()));
    }
    return new Prices(job, provider, table, listed);
  }

  private static PriceTable withFile(PriceTable table, String file) {
    try {
      return table.withFile(file, JobArguments.read(file));
    } catch (NoSuchFileException | FileNotFoundException e) {
      throw new UsageException("--prices: there is no file " + file);
    } catch (MalformedInputException e) {
      throw new UsageException("--prices: " + file + " is not valid UTF-8; convert it");
    } catch (IOException e) {
      throw new UsageException("--prices: cannot read " + file + ": " + FileReason.of(e));
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
    return find(table, job.task());
  }

  private static @Nullable Price find(PriceTable table, ModelTask asked) {
    ModelProvider of = Providers.of(asked);
    return of.runsInProcess()
        ? Price.FREE
        : table.find(provider(asked.provider()), asked.model()).map(of::completed).orElse(null);
  }

  /** What a task says itself, with what else is known of the model. */
  private @Nullable Price find(ModelTask asked, @Nullable Price own) {
    Price known = find(listed, asked);
    if (own == null) {
      return known;
    }
    return Providers.of(asked)
        .completed(
            known == null ? own : own.withTokens(known.contextTokens(), known.maxOutputTokens()));
  }

  /** The job with the price of each model that it asks beside its own, as far as it is known. */
  public JobTask priced() {
    ModelTask task = job.task();
    List<Step> steps = new ArrayList<>();
    for (Step step : task.steps()) {
      String model = step.model();
      steps.add(
          model == null || model.equals(task.model())
              ? step
              : step.withPrice(find(task.withModel(model), step.price())));
    }
    List<Other> others = new ArrayList<>();
    for (Other other : task.fallback().models()) {
      Provider at = other.provider() == null ? task.provider() : other.provider();
      others.add(
          other.withPrice(find(task.withModel(other.model()).withProvider(at), other.price())));
    }
    return steps.isEmpty() && others.isEmpty()
        ? job
        : job.priced(
            task.withSteps(steps.toArray(Step[]::new))
                .withFallback(new Fallback(others, task.fallback().on())));
  }

  /** The models that the job asks, with their prices. */
  public Targets targets() {
    return Targets.of(priced().task(), price());
  }

  /**
   * As {@link #price}, for a job that spends money.
   *
   * @throws UsageException if there is a budget and a model without a price to hold it with, or as
   *     {@link #checkAnswers}
   */
  public @Nullable Price forSpending() {
    checkAnswers();
    if (job.caps().isAny()) {
      Targets targets = targets();
      for (Targets.Target target : targets.all()) {
        check(job.caps().words() + " cannot be kept", targets, target);
      }
      for (String key : job.caps().byKeyUsd().keySet()) {
        String elsewhere = targets.unknownAt(key);
        if (elsewhere != null) {
          throw new UsageException(
              "The budget of key "
                  + key
                  + " cannot be kept at "
                  + elsewhere
                  + " of the fallback, where it is no key: give that model a quota with it (quota:"
                  + " {keys: {"
                  + key
                  + ": {}}}), or leave one of the two out");
        }
      }
    }
    return price();
  }

  /**
   * Looks for answers that are allowed to be longer than their model can make them: the provider
   * would refuse every request, and in batches that is told at their end. The list is believed as
   * long as the user does not give the model's price, and by a token more, for providers differ on
   * whether the limit itself is allowed.
   *
   * @throws UsageException for the first model of which that is so
   */
  public void checkAnswers() {
    Targets targets = targets();
    for (Targets.Target target : targets.all()) {
      ModelTask asked = target.task();
      Price known = isPriced(asked) ? null : find(listed, asked);
      Long most = known == null ? null : known.maxOutputTokens();
      for (ModelTask question : targets.questions(target)) {
        RequestBuilder requests = new RequestBuilder(question);
        if (most != null && requests.limitsOutput() && requests.maxOutputTokens() > most + 1) {
          throw new UsageException(
              String.format(
                  Locale.ROOT,
                  "parameters: an answer may have %,d tokens, and those of %s have %,d at most, so that"
                      + " its provider would refuse every request; set the limit to %d or less, or, if"
                      + " that is not the model's limit, give its price (price: {…}, where the model is"
                      + " named), or its max_output_tokens in --prices=FILE",
                  requests.maxOutputTokens(),
                  asked.model(),
                  most,
                  most));
        }
      }
    }
  }

  /** Whether the task itself has the price of a model. */
  private boolean isPriced(ModelTask asked) {
    ModelTask task = job.task();
    boolean own = asked.provider().equals(task.provider());
    return (own && job.price() != null && asked.model().equals(task.model()))
        || (own
            && task.steps().stream()
                .anyMatch(step -> step.price() != null && asked.model().equals(step.model())))
        || task.fallback().models().stream()
            .anyMatch(other -> other.price() != null && asked.model().equals(other.model()));
  }

  private static void check(String problem, Targets targets, Targets.Target target) {
    ModelTask asked = target.task();
    Price price = target.price();
    String model = asked.model();
    if (price == null) {
      throw new UsageException(
          problem
              + ": there is no price for "
              + model
              + " of "
              + provider(asked.provider())
              + "; give its price (price: {input: …, output: …} in the task"
              + (target.equals(targets.get(0)) ? "" : ", where that model is named")
              + ", or --prices=FILE), or leave the budget out");
    }
    if (targets.questions(target).stream()
        .anyMatch(each -> new RequestBuilder(each).mostOutputTokens(price).isEmpty())) {
      throw new UsageException(
          problem
              + ": nothing limits how long an answer of "
              + model
              + " may be; set parameters: {max_tokens: …} in the task (max_completion_tokens for"
              + " OpenAI's newer models), or leave the budget out");
    }
    if (price.batchInputPerMtok() == null && asked.delivery().batch()) {
      throw new UsageException(
          problem
              + " in batches: there is no batch price for "
              + model
              + "; give it (price: {…, batchInput: …, batchOutput: …} in the task, or"
              + " --prices=FILE), leave the budget out, or set provider.mode: realtime");
    }
    Tier tier = asked.provider().service().tier();
    if (price.at(tier).isEmpty()) {
      String word = tier.word();
      throw new UsageException(
          problem
              + " with provider.tier: "
              + word
              + ": there is no "
              + word
              + " price for "
              + model
              + "; give it (price: {…, "
              + word
              + "Input: …, "
              + word
              + "Output: …} in the task, or --prices=FILE), or leave the tier or the budget out");
    }
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
