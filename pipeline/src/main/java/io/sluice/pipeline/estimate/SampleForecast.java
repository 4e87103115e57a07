package io.sluice.pipeline.estimate;

import io.sluice.cost.Price;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.plan.Targets;
import io.sluice.pipeline.estimate.counting.Counts;
import io.sluice.pipeline.estimate.counting.Draw;
import io.sluice.pipeline.estimate.statistics.Distinct;
import io.sluice.pipeline.estimate.statistics.MeanInterval;
import io.sluice.pipeline.estimate.statistics.Share;
import io.sluice.pipeline.task.JobTask;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a sample says of the whole job: all its distinct requests, asked before or not.
 *
 * @param asked documents of the sample
 * @param fromLedger those that were answered before
 * @param notAsked those that a budget or an account stopped
 * @param failed those that became dead letters, of those asked
 * @param kinds dead letters by kind
 * @param costUsd what the sample cost now; null where the price is unknown
 * @param lengths output tokens of the answers, in order
 * @param usd the whole job in realtime; null where unknown
 * @param batchUsd the whole job in batches; null where unknown
 * @param seconds what is left, at the quota; null where too little was asked
 * @param known per request; null where nothing was asked
 * @param cascade null where the task has none
 */
record SampleForecast(
    int asked,
    int fromLedger,
    int notAsked,
    @Nullable Share failed,
    Map<String, Integer> kinds,
    @Nullable BigDecimal costUsd,
    long[] lengths,
    @Nullable MeanInterval usd,
    @Nullable MeanInterval batchUsd,
    @Nullable MeanInterval seconds,
    Forecast.@Nullable Known known,
    @Nullable CascadeForecast cascade,
    List<SampleRun.Ending> endings) {

  /** Fewer say nothing about the rest. */
  private static final int LEAST = 10;

  /** What is measured does not depend on chance beside the draw. */
  private static final long BOOTSTRAP_SEED = 20_261_123;

  /** Of lengths in order, the one that so large a share does not pass; 0 where there are none. */
  static long quantile(long[] ordered, double share) {
    return ordered.length == 0
        ? 0
        : ordered[Math.max(0, (int) Math.ceil(share * ordered.length) - 1)];
  }

  static SampleForecast of(
      JobTask job,
      @Nullable Price price,
      Counts counts,
      List<Draw.Drawn> sample,
      SampleFacts facts,
      List<SampleRun.Ending> endings) {
    Map<String, Integer> kinds = new TreeMap<>();
    endings.stream()
        .filter(ending -> !ending.answered())
        .forEach(ending -> kinds.merge(ending.kind(), 1, Integer::sum));
    int notAsked = kinds.getOrDefault("budget", 0) + kinds.getOrDefault("account", 0);
    int answered = (int) endings.stream().filter(SampleRun.Ending::answered).count();
    int asked = endings.size() - notAsked;
    Share failed = asked == 0 ? null : Share.of(asked - answered, asked);
    Totals totals = new Totals(job, price, counts, facts);
    boolean enough = facts.size() >= LEAST;
    return new SampleForecast(
        sample.size(),
        (int) sample.stream().filter(Draw.Drawn::paid).count(),
        notAsked,
        failed,
        kinds,
        price == null ? null : facts.costNow(totals.targets),
        facts.answerLengths(),
        enough ? totals.usd() : null,
        enough ? totals.batchUsd() : null,
        enough ? totals.seconds() : null,
        facts.size() == 0 ? null : totals.known(),
        totals.cascade(enough),
        endings);
  }

  /** Takes means of the sample to sums of the job. */
  private static final class Totals {
    private final JobTask job;
    private final @Nullable Price price;
    private final Targets targets;
    private final Counts counts;
    private final SampleFacts facts;
    private final long population;
    private final double tokens;
    private final double[] counted;

    Totals(JobTask job, @Nullable Price price, Counts counts, SampleFacts facts) {
      this.job = job;
      this.price = price;
      this.targets = Targets.of(job.task(), price);
      this.counts = counts;
      this.facts = facts;
      Distinct.Shares paid = counts.distinct.shares(true);
      Distinct.Shares unpaid = counts.distinct.shares(false);
      this.population =
          Math.max(
              facts.size(),
              Math.round(counts.paid * paid.ofRequests() + counts.unpaid * unpaid.ofRequests()));
      this.tokens =
          counts.paidInputTokens * paid.ofTokens() + counts.unpaidInputTokens * unpaid.ofTokens();
      this.counted = facts.of(fact -> fact.countedTokens);
    }

    private MeanInterval mean(double[] measured) {
      return MeanInterval.of(
          counted, measured, tokens / population, population, new Random(BOOTSTRAP_SEED));
    }

    /** The part that the tokens of prompts explain is known of all; the rest is estimated. */
    private MeanInterval sum(double perToken, double[] measured) {
      double[] rest = measured.clone();
      double least = 0;
      for (int i = 0; i < rest.length; i++) {
        rest[i] -= perToken * counted[i];
        least += measured[i];
      }
      return mean(rest).scaled(population, perToken * tokens).atLeast(least);
    }

    @Nullable MeanInterval usd() {
      Price known = price;
      return known == null || !facts.isKnown(fact -> fact.cost(targets))
          ? null
          : sum(known.inputPerMtok().doubleValue() / 1e6, facts.of(f -> of(f.cost(targets))));
    }

    @Nullable MeanInterval batchUsd() {
      Price known = price;
      if (known == null
          || known.batchInputPerMtok() == null
          || !facts.isKnown(fact -> fact.batchCost(targets))) {
        return null;
      }
      return sum(
          known.batchInputPerMtok().doubleValue() / 1e6,
          facts.of(fact -> of(fact.batchCost(targets))));
    }

    private static double of(@Nullable BigDecimal usd) {
      return usd == null ? 0 : usd.doubleValue();
    }

    Forecast.Known known() {
      double n = facts.size();
      MeanInterval output = mean(facts.of(fact -> fact.usage.outputTokens()));
      return new Forecast.Known(
          facts.usage().inputTokens() / (double) Math.max(1, facts.countedTokens()),
          Math.max(0, output.mean()),
          sumOf(facts.of(fact -> fact.millis))
              / Math.max(1, sumOf(facts.of(fact -> fact.calls)))
              / 1000,
          sumOf(facts.of(fact -> fact.calls)) / n);
    }

    private static double sumOf(double[] values) {
      double sum = 0;
      for (double value : values) {
        sum += value;
      }
      return sum;
    }

    MeanInterval seconds() {
      Forecast.Known known = known();
      MeanInterval all =
          mean(facts.of(fact -> (double) fact.usage.inputTokens() + fact.usage.outputTokens()));
      MeanInterval latency =
          MeanInterval.of(
                  facts.of(fact -> fact.millis / 1000.0), population, new Random(BOOTSTRAP_SEED))
              .scaled(1 / Math.max(1e-9, known.calls()), 0);
      return new MeanInterval(
          seconds(known, 0),
          seconds(withLatency(known, latency.low()), all.low() - all.mean()),
          seconds(withLatency(known, latency.high()), all.high() - all.mean()));
    }

    private static Forecast.Known withLatency(Forecast.Known known, double seconds) {
      return new Forecast.Known(known.input(), known.output(), Math.max(0, seconds), known.calls());
    }

    @Nullable CascadeForecast cascade(boolean enough) {
      if (job.task().cascade() == null) {
        return null;
      }
      boolean batch = job.task().delivery().batch();
      double unpaid = counts.unpaid * counts.distinct.shares(false).ofRequests();
      MeanInterval usd = !enough ? null : batch ? batchUsd() : usd();
      double seconds = enough && !batch ? seconds(known(), 0) : 0;
      return CascadeForecast.of(
          job.task(),
          facts.answered(),
          population,
          Math.round(population - unpaid),
          seconds <= 0 ? Double.POSITIVE_INFINITY : unpaid / seconds,
          usd == null ? null : usd.mean() / population);
    }

    private double seconds(Forecast.Known known, double moreOutput) {
      return Forecast.time(
              job,
              Forecast.mix(job.task(), price, counts),
              counts,
              counts.distinct.shares(false),
              new RowRequests(job.task()).maxOutputTokens(),
              known,
              moreOutput)
          .seconds();
    }
  }
}
