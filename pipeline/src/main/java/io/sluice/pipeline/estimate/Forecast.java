package io.sluice.pipeline.estimate;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable.Alternative;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.estimate.counting.Counts;
import io.sluice.pipeline.estimate.counting.Draw;
import io.sluice.pipeline.estimate.statistics.Distinct;
import io.sluice.pipeline.plan.DeliveryPlan;
import io.sluice.pipeline.plan.ModelMix;
import io.sluice.pipeline.plan.Prices;
import io.sluice.pipeline.plan.QuotaTime;
import io.sluice.pipeline.task.JobTask;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be asked of a job, and what that takes. Identical requests are asked once, and
 * what the ledger answers is free.
 *
 * @param requests still to be asked
 * @param input tokens of those
 * @param exactTokens whether input tokens are counts, not estimates
 * @param counted what the provider has counted, which the estimate goes by; null for nothing
 * @param maxOutputTokens of all answers together; null where nothing limits them
 * @param limitsOutput whether the task limits them, not only the model
 * @param outputTokens of all answers together as far as is known; null where nothing is
 * @param identical documents whose request is another's too
 * @param exactIdentical whether that is a count
 * @param models the task's model first, then cheaper ones of its provider; of several models their
 *     sum first, then each
 * @param fallbacks what each model of the fallback costs where every document comes to it
 * @param time null for a model in process
 * @param plan how mode {@code auto} would deliver it; null in other modes
 */
record Forecast(
    long requests,
    Tokens input,
    boolean exactTokens,
    @Nullable ProviderCount counted,
    @Nullable Long maxOutputTokens,
    boolean limitsOutput,
    @Nullable Long outputTokens,
    long identical,
    boolean exactIdentical,
    List<ModelCost> models,
    List<ModelCost> fallbacks,
    @Nullable QuotaTime time,
    @Nullable DeliveryPlan plan) {

  /**
   * How far the tokens of a model without a public tokenizer may be from those estimated: a quarter
   * either way. A rule of thumb for prose; a sample replaces it.
   */
  private static final double UNCERTAINTY = 0.25;

  record Tokens(long low, long expected, long high) {}

  /**
   * What a model would cost in USD. Null is unknown.
   *
   * @param about whether its tokens are other than those counted
   * @param atMost in the standard tier, or in the dearer one that the task asks for, with every
   *     answer as long as it may be
   * @param flexAtMost in the flexible tier; null where there is none, too
   */
  record ModelCost(
      String model,
      boolean about,
      @Nullable BigDecimal atMost,
      @Nullable BigDecimal expected,
      @Nullable BigDecimal flexAtMost,
      @Nullable BigDecimal flexExpected,
      @Nullable BigDecimal batchAtMost,
      @Nullable BigDecimal batchExpected) {

    /** Of several models together; null where it is so of one. */
    static ModelCost sum(List<ModelCost> each) {
      return new ModelCost(
          each.stream().map(ModelCost::model).collect(Collectors.joining(" + ")),
          false,
          sum(each, ModelCost::atMost),
          sum(each, ModelCost::expected),
          sum(each, ModelCost::flexAtMost),
          sum(each, ModelCost::flexExpected),
          sum(each, ModelCost::batchAtMost),
          sum(each, ModelCost::batchExpected));
    }

    private static @Nullable BigDecimal sum(
        List<ModelCost> each, Function<ModelCost, @Nullable BigDecimal> part) {
      BigDecimal sum = BigDecimal.ZERO;
      for (ModelCost cost : each) {
        BigDecimal own = part.apply(cost);
        sum = sum == null || own == null ? null : sum.add(own);
      }
      return sum;
    }
  }

  /**
   * What asking has shown, for one request.
   *
   * @param input tokens billed for one counted
   * @param latencySeconds of a call
   * @param calls attempts included; below 1 where requests share a call
   */
  record Known(double input, double output, double latencySeconds, double calls) {}

  /**
   * @param provider what the provider has counted; less than what asking has shown
   */
  static Forecast of(
      JobTask job,
      Prices prices,
      Counts counts,
      @Nullable Known sampled,
      @Nullable ProviderCount provider) {
    ModelTask task = job.task();
    RowRequests builder = new RowRequests(task);
    Distinct.Shares shares = counts.distinct.shares(false);
    long requests = Math.round(counts.unpaid * shares.ofRequests());
    long asked = requests + Math.round(more(counts, builder) * shares.ofRequests());
    double inputTokens = counts.unpaidInputTokens * shares.ofTokens();
    Known known = sampled == null ? ofLedger(task, counts) : sampled;
    boolean exact = builder.countsExactly();
    ProviderCount counted = exact || known != null ? null : provider;
    Tokens input =
        counted == null
            ? tokens(inputTokens, exact, known)
            : new Tokens(
                Math.round(inputTokens * counted.least()),
                Math.round(inputTokens * counted.mean()),
                Math.round(inputTokens * counted.most()));
    Price own = prices.price();
    Offer offer = Offer.of(task);
    Long output = known == null ? null : Math.round(requests * known.output());
    ModelMix mix = mix(task, own, counts);
    OptionalLong mostOfOne = mix.mostOutputTokens();
    Long most = mostOfOne.isEmpty() ? null : asked * mostOfOne.getAsLong();
    List<ModelCost> models = new ArrayList<>();
    mix.parts().forEach(part -> models.add(cost(part, offer, input, most, output)));
    if (mix.isMixed()) {
      models.add(0, ModelCost.sum(List.copyOf(models)));
    }
    List<ModelCost> fallbacks = new ArrayList<>();
    for (ModelMix.Part part : mix.fallbacks()) {
      fallbacks.add(cost(part, Offer.of(part.target().task()), input, most, output));
    }
    for (Alternative other : mix.isMixed() ? List.<Alternative>of() : prices.cheaper()) {
      Scale scale = Scale.of(task, other.model(), counts.draw.documents());
      models.add(
          cost(
              other.model(),
              !scale.same(),
              other.price(),
              offer,
              scale.of(input),
              most(builder, other.price(), asked),
              output));
    }
    QuotaTime time =
        Providers.of(task).runsInProcess()
            ? null
            : time(job, mix, counts, shares, builder.maxOutputTokens(), known, 0);
    Duration deadline = job.autoDeadline();
    return new Forecast(
        requests,
        input,
        exact,
        counted,
        most,
        builder.limitsOutput(),
        output,
        counts.unpaid
            + counts.paid
            - requests
            - Math.round(counts.paid * counts.distinct.shares(true).ofRequests()),
        counts.distinct.isExact(),
        models,
        fallbacks,
        time,
        deadline == null || time == null
            ? null
            : DeliveryPlan.of(task, deadline, time.seconds(), prices.price()));
  }

  /**
   * The tiers in which a task may be asked.
   *
   * @param flex whether there is a flexible one
   * @param dearer whether the task asks for {@link Tier#PRIORITY}
   */
  record Offer(boolean flex, boolean dearer) {
    static Offer of(ModelTask task) {
      return new Offer(
          task.operation() == Operation.CHAT
              && Providers.of(task).tiers(task.provider()).contains(Tier.FLEX),
          task.provider().service().tier() == Tier.PRIORITY);
    }
  }

  /** How the documents that were drawn are spread over the models. */
  static ModelMix mix(ModelTask task, @Nullable Price price, Counts counts) {
    ModelMix mix = new ModelMix(task, price);
    for (Draw.Drawn drawn : counts.draw.documents()) {
      mix.add(SampleFacts.fields(drawn));
    }
    return mix;
  }

  private static ModelCost cost(
      ModelMix.Part part, Offer offer, Tokens input, @Nullable Long most, @Nullable Long output) {
    return cost(
        part.target().name(),
        false,
        part.target().price(),
        offer,
        new Tokens(
            Math.round(input.low() * part.input()),
            Math.round(input.expected() * part.input()),
            Math.round(input.high() * part.input())),
        most == null ? null : (Long) Math.round(most * part.output()),
        output == null ? null : (Long) Math.round(output * part.output()));
  }

  /** Requests for parts of documents and what merges them, beyond one, by questions of the task. */
  private static double more(Counts counts, RowRequests builder) {
    return (double) counts.moreAsks / builder.size();
  }

  private static @Nullable Long most(RowRequests builder, @Nullable Price price, long requests) {
    OptionalLong each = builder.mostOutputTokens(price);
    return each.isEmpty() ? null : requests * each.getAsLong();
  }

  /**
   * @param moreOutput tokens of a request beyond those known, for the ends of an interval
   */
  static QuotaTime time(
      JobTask job,
      ModelMix mix,
      Counts counts,
      Distinct.Shares shares,
      long maxOutput,
      @Nullable Known known,
      double moreOutput) {
    ModelTask task = job.task();
    double inParts = 1 + more(counts, new RowRequests(task)) / Math.max(1, counts.unpaid);
    double calls =
        shares.ofRequests()
            * (known == null ? QuotaTime.callsPerRequest(task) * inParts : known.calls());
    double input = shares.ofTokens() * (known == null ? 1 : known.input());
    double most = known == null ? maxOutput * inParts : Math.max(0, known.output() + moreOutput);
    QuotaTime slowest = QuotaTime.NONE;
    for (ModelMix.Part part : mix.parts()) {
      ModelTask asked = part.target().task();
      double output = Providers.of(asked).quotaTokens(asked).outputWeight() * most * part.output();
      for (Map.Entry<String, Counts.Key> key : counts.unpaidByKey.entrySet()) {
        Counts.Key own = key.getValue();
        slowest =
            slowest.orSlower(
                QuotaTime.of(
                    key.getKey(),
                    asked.quota().forKey(key.getKey()),
                    own.requests * calls * part.calls(),
                    own.inputTokens * input * part.input()
                        + own.requests * shares.ofRequests() * output,
                    known == null ? null : known.latencySeconds()));
      }
    }
    return slowest;
  }

  /** Answers that share a call have its whole latency each, which says nothing of the call's. */
  private static @Nullable Known ofLedger(ModelTask task, Counts counts) {
    if (counts.paid == 0) {
      return null;
    }
    return new Known(
        (double) counts.paidUsage.inputTokens() / Math.max(1, counts.paidInputTokens),
        (double) counts.paidUsage.outputTokens() / counts.paid,
        counts.paidMillis / 1000.0 / counts.paid,
        QuotaTime.callsPerRequest(task));
  }

  private static Tokens tokens(double counted, boolean exact, @Nullable Known known) {
    double expected = known == null || exact ? counted : counted * known.input();
    double about = exact || known != null ? 0 : UNCERTAINTY;
    return new Tokens(
        Math.round(expected * (1 - about)),
        Math.round(expected),
        Math.round(expected * (1 + about)));
  }

  private static ModelCost cost(
      String model,
      boolean about,
      @Nullable Price price,
      Offer offer,
      Tokens input,
      @Nullable Long maxOutput,
      @Nullable Long output) {
    if (price == null) {
      return new ModelCost(model, about, null, null, null, null, null, null);
    }
    Price usual = offer.dearer() ? price.at(Tier.PRIORITY).orElse(null) : price;
    Price flex = offer.flex() ? price.at(Tier.FLEX).orElse(null) : null;
    Usage likely = output == null ? null : new Usage(input.expected(), 0, output);
    return new ModelCost(
        model,
        about,
        usual == null || maxOutput == null ? null : usual.worstCase(input.high(), maxOutput),
        usual == null || likely == null ? null : usual.cost(likely),
        flex == null || maxOutput == null ? null : flex.worstCase(input.high(), maxOutput),
        flex == null || likely == null ? null : flex.cost(likely),
        maxOutput == null ? null : price.batchWorstCase(input.high(), maxOutput).orElse(null),
        likely == null ? null : price.batchCost(likely).orElse(null));
  }

  /** A statistic as a sum of money: to a millionth of a cent. */
  static BigDecimal usd(double value) {
    return new BigDecimal(value).setScale(8, RoundingMode.HALF_UP);
  }
}
