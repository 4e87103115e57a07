package io.sluice.pipeline.estimate;

import io.sluice.Cascade;
import io.sluice.ModelTask;
import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.cascade.prospect.Prospect;
import io.sluice.internal.cascade.prospect.Taken;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.rows.Ahead;
import io.sluice.internal.engine.rows.Sight;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the task's cascade would save of the whole job, by the sample.
 *
 * @param requests that the small model would answer
 * @param usd what those would cost; null where that is not known
 */
record CascadeForecast(Prospect prospect, Prospect.Span requests, Prospect.@Nullable Span usd) {
  /** More of a sample tells no more, and each takes a few milliseconds. */
  private static final int MOST = 1_000;

  /** In batches so many times as many rows may wait. */
  private static final int MORE_IN_BATCHES = 5;

  /**
   * @param population distinct requests of the job
   * @param known those that the ledger answers
   * @param asksPerSecond as the quota lets them through
   * @param usdEach of a request; null where that is not known
   */
  static CascadeForecast of(
      ModelTask task,
      List<SampleFacts.Fact> answered,
      long population,
      long known,
      double asksPerSecond,
      @Nullable Double usdEach) {
    Cascade cascade = Objects.requireNonNull(task.cascade());
    Sight sight = Sight.of(task);
    List<SampleFacts.Fact> some = answered.subList(0, Math.min(MOST, answered.size()));
    if (!some.isEmpty()) {
      // The first one loads the model.
      sight.of(some.get(0).drawn.document().json());
    }
    List<Prospect.Known> sample = new ArrayList<>();
    Taken taken = new Taken();
    for (SampleFacts.Fact fact : some) {
      Features features = sight.of(fact.drawn.document().json());
      sample.add(
          new Prospect.Known(
              fact.drawn.fingerprint(), features, Objects.requireNonNull(fact.output)));
    }
    double seconds = taken.seconds();
    double atBest = taken.secondsAtBest();
    boolean batch = task.delivery().batch();
    Prospect prospect =
        Prospect.of(
            cascade,
            sample,
            new Prospect.Job(
                population,
                known,
                batch ? MORE_IN_BATCHES * Held.MAX_ROWS : Held.MAX_ROWS,
                batch ? Double.POSITIVE_INFINITY : asksPerSecond,
                batch ? Double.POSITIVE_INFINITY : Sight.threads() * sample.size() / seconds,
                batch ? Double.POSITIVE_INFINITY : Sight.threads() * sample.size() / atBest,
                answered.stream()
                    .mapToDouble(fact -> fact.millis / 1000.0 / Math.max(1, fact.calls))
                    .max()
                    .orElse(0),
                batch ? 0 : Ahead.usual(task.quota())));
    return new CascadeForecast(
        prospect,
        prospect.share().times(population),
        usdEach == null ? null : prospect.share().times(population * usdEach));
  }

  /** For a terminal. */
  String words() {
    if (prospect.mayPay()) {
      return String.format(
          Locale.ROOT,
          "Cascade: would probably not pay: %s; but it could answer up to %s of the requests, and a"
              + " job in which it does not costs no more for it",
          prospect.why(),
          Numbers.percent(prospect.share().high()));
    }
    if (!prospect.pays()) {
      return "Cascade: would not pay: " + prospect.why() + "; the job runs without it";
    }
    Prospect.Span share = prospect.share();
    String money =
        usd == null
            ? ""
            : ", "
                + Usd.words(dollars(usd.expected()))
                + " USD ("
                + Usd.words(dollars(usd.low()))
                + " to "
                + Usd.words(dollars(usd.high()))
                + ")";
    return String.format(
        Locale.ROOT,
        "Cascade: would answer %s of the requests (95%%: %s to %s), which saves about %s%s%s",
        Numbers.percent(share.expected()),
        Numbers.percent(share.low()),
        Numbers.percent(share.high()),
        Numbers.of(Math.round(requests.expected()), "call"),
        money,
        prospect.learntFrom() < prospect.learnsFrom()
            ? String.format(
                Locale.ROOT,
                "; by %,d answers, the job learns from %,d",
                prospect.learntFrom(),
                prospect.learnsFrom())
            : "");
  }

  static BigDecimal dollars(double usd) {
    return Forecast.usd(usd);
  }
}
