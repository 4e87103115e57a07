package io.sluice.pipeline.estimate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.internal.cascade.prospect.Prospect;
import io.sluice.pipeline.estimate.counting.Counts;
import io.sluice.pipeline.estimate.statistics.MeanInterval;
import io.sluice.pipeline.estimate.statistics.Share;
import io.sluice.pipeline.plan.DeliveryPlan;
import io.sluice.pipeline.plan.Prices;
import io.sluice.pipeline.plan.QuotaTime;
import io.sluice.pipeline.task.JobTask;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An estimate as one JSON object, in the order of its fields; src/guide/cost.md describes them.
 * Unknown is null, and what does not apply is not written.
 */
record EstimateJson(
    String name,
    long documents,
    DeadLetters deadLetters,
    long identical,
    boolean identicalExact,
    long inLedger,
    long requests,
    Tokens tokens,
    @Nullable String priceOrigin,
    List<Model> models,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Model> fallbacks,
    @Nullable BigDecimal budgetUsd,
    @Nullable Double seconds,
    @Nullable String bindingLimit,
    @JsonUnwrapped @Nullable Binding binding,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Split split,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Auto auto,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Sample sample) {
  private static final int ANSWERS = 20;

  record DeadLetters(
      @JsonProperty("bad_input") long badInput,
      @JsonProperty("bad_prompt") long badPrompt,
      @JsonProperty("too_large") long tooLarge) {}

  record Tokens(
      long input,
      long inputLow,
      long inputHigh,
      boolean inputExact,
      @Nullable Long outputAtMost,
      @Nullable Long outputExpected) {}

  /**
   * @param flexUsd of the flexible tier; null where the provider has none
   */
  record Model(
      String model, boolean sameTokens, Usd realtimeUsd, @Nullable Usd flexUsd, Usd batchUsd) {}

  record Usd(@Nullable BigDecimal atMost, @Nullable BigDecimal expected) {}

  /**
   * @param bindingKey null for the task's own account
   */
  record Binding(@Nullable String bindingKey) {}

  /** Documents that are asked in parts. */
  record Split(long documents, long parts) {}

  record Auto(double realtimeShare, String tier, String why) {}

  record Sample(
      int documents,
      int inLedgerBefore,
      int notAsked,
      @Nullable BigDecimal costUsd,
      @Nullable Share failureRate,
      Map<String, Integer> deadLettersByKind,
      Lengths outputTokens,
      @Nullable Interval wholeJobUsd,
      @Nullable Interval wholeJobBatchUsd,
      @Nullable Span secondsLeft,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Cascade cascade,
      List<Answer> answers) {}

  /**
   * @param why it would not pay; null where it would
   */
  record Cascade(
      boolean pays,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String why,
      Prospect.Span share,
      Span calls,
      @Nullable Interval savedUsd,
      int learntFrom,
      int jobLearnsFrom) {}

  record Lengths(long p50, long p95, long max) {}

  record Interval(BigDecimal expected, BigDecimal low, BigDecimal high) {}

  record Span(double expected, double low, double high) {}

  /**
   * @param output as JSON; null for a dead letter
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Answer(
      String id,
      @JsonRawValue @Nullable String output,
      @Nullable String kind,
      @Nullable String message) {}

  static EstimateJson of(
      JobTask job,
      Prices prices,
      Counts counts,
      Forecast forecast,
      @Nullable SampleForecast sample) {
    QuotaTime time = forecast.time();
    DeliveryPlan plan = forecast.plan();
    return new EstimateJson(
        job.task().name(),
        counts.documents,
        new DeadLetters(counts.badInput, counts.badPrompt, counts.tooLarge),
        forecast.identical(),
        forecast.exactIdentical(),
        counts.paid,
        forecast.requests(),
        new Tokens(
            forecast.input().expected(),
            forecast.input().low(),
            forecast.input().high(),
            forecast.exactTokens(),
            forecast.maxOutputTokens(),
            forecast.outputTokens()),
        prices.origin(),
        models(job, forecast.models()),
        models(job, forecast.fallbacks()),
        job.budgetUsd(),
        time == null ? null : (Double) rounded(time.seconds()),
        time == null ? null : time.limit().code(),
        time == null ? null : new Binding(time.key().isEmpty() ? null : time.key()),
        counts.split == 0 ? null : new Split(counts.split, counts.parts),
        plan == null ? null : new Auto(plan.realtimeShare(), plan.tier().word(), plan.why()),
        sample == null ? null : of(sample));
  }

  private static List<Model> models(JobTask job, List<Forecast.ModelCost> costs) {
    boolean flex = Forecast.Offer.of(job.task()).flex();
    return costs.stream()
        .map(
            cost ->
                new Model(
                    cost.model(),
                    !cost.about(),
                    new Usd(cost.atMost(), cost.expected()),
                    flex ? new Usd(cost.flexAtMost(), cost.flexExpected()) : null,
                    new Usd(cost.batchAtMost(), cost.batchExpected())))
        .toList();
  }

  private static Sample of(SampleForecast sample) {
    MeanInterval seconds = sample.seconds();
    return new Sample(
        sample.asked(),
        sample.fromLedger(),
        sample.notAsked(),
        sample.costUsd(),
        sample.failed(),
        sample.kinds(),
        new Lengths(
            SampleForecast.quantile(sample.lengths(), 0.5),
            SampleForecast.quantile(sample.lengths(), 0.95),
            SampleForecast.quantile(sample.lengths(), 1)),
        usd(sample.usd()),
        usd(sample.batchUsd()),
        seconds == null
            ? null
            : new Span(rounded(seconds.mean()), rounded(seconds.low()), rounded(seconds.high())),
        cascade(sample.cascade()),
        sample.endings().stream()
            .limit(ANSWERS)
            .map(
                ending ->
                    ending.answered()
                        ? new Answer(ending.id(), ending.text(), null, null)
                        : new Answer(ending.id(), null, ending.kind(), ending.text()))
            .toList());
  }

  private static @Nullable Cascade cascade(@Nullable CascadeForecast forecast) {
    if (forecast == null) {
      return null;
    }
    Prospect prospect = forecast.prospect();
    Prospect.Span calls = forecast.requests();
    Prospect.Span usd = forecast.usd();
    return new Cascade(
        prospect.pays(),
        prospect.pays() ? null : prospect.why(),
        prospect.share(),
        new Span(Math.round(calls.expected()), Math.round(calls.low()), Math.round(calls.high())),
        usd == null
            ? null
            : new Interval(
                Forecast.usd(usd.expected()), Forecast.usd(usd.low()), Forecast.usd(usd.high())),
        prospect.learntFrom(),
        prospect.learnsFrom());
  }

  private static @Nullable Interval usd(@Nullable MeanInterval interval) {
    return interval == null
        ? null
        : new Interval(
            Forecast.usd(interval.mean()),
            Forecast.usd(interval.low()),
            Forecast.usd(interval.high()));
  }

  private static double rounded(double seconds) {
    return Math.round(seconds * 10) / 10.0;
  }
}
