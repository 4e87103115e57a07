package org.apache.beam.runners.direct;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.GroupByKey;
import org.apache.beam.sdk.transforms.Keys;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.joda.time.Instant;
import org.junit.jupiter.api.Test;

class RestingClockTest {
  private static final long MICROSECOND = 1_000;
  private static final long SECOND = 1_000_000_000;

  private final List<Long> rests = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private long time;
  private boolean driving = true;

  private final RestingClock clock =
      new RestingClock(
          () -> {
            asked.incrementAndGet();
            return Instant.EPOCH;
          },
          () -> time,
          nanos -> {
            rests.add(nanos);
            time += nanos;
          },
          () -> driving);

  private void round(long nanos) {
    time += nanos;
    clock.now();
  }

  private long roundsWithin(long nanos) {
    long end = time + nanos;
    long rounds = 0;
    while (time < end) {
      round(2 * MICROSECOND);
      rounds++;
    }
    return rounds;
  }

  @Test
  void aDriverThatFindsNothingGoesRoundTwoHundredTimesASecond() {
    roundsWithin(10 * SECOND);

    assertThat((double) roundsWithin(10 * SECOND), closeTo(2_000, 20));
  }

  @Test
  void noRestIsLongerThanAFiftiethOfTheWait() {
    long begun = time;
    List<Double> shares = new ArrayList<>();
    while (time < SECOND) {
      int before = rests.size();
      long waited = time - begun;
      round(2 * MICROSECOND);
      if (rests.size() > before) {
        shares.add(rests.get(before) / (double) (waited + 2 * MICROSECOND));
      }
    }
    assertThat(shares.size(), greaterThan(10));
    assertThat(shares, everyItem(lessThanOrEqualTo(0.02)));
  }

  @Test
  void aRoundThatFoundSomethingBeginsAnew() {
    roundsWithin(10 * SECOND);
    rests.clear();

    round(1_000 * MICROSECOND);
    for (int i = 0; i < 1_000; i++) {
      round(2 * MICROSECOND);
    }

    assertThat(rests, equalTo(List.of()));
  }

  @Test
  void whoeverElseAsksForTheTimeGetsItAtOnce() {
    roundsWithin(10 * SECOND);
    rests.clear();
    driving = false;

    round(2 * MICROSECOND);

    assertThat(rests, equalTo(List.of()));
    assertThat(asked.get(), greaterThan(0));
  }

  @Test
  void theDriverIsKnownInARunningPipeline() {
    PipelineOptions options = PipelineOptionsFactory.create();
    DirectRunner runner = DirectRunner.fromOptions(options);
    AtomicInteger driver = new AtomicInteger();
    Clock real = NanosOffsetClock.create();
    runner.setClockSupplier(
        () ->
            () -> {
              if (RestingClock.isAskedByDriver()) {
                driver.incrementAndGet();
              }
              return real.now();
            });

    runner.run(pipeline(options)).waitUntilFinish();

    assertThat(driver.get(), greaterThan(0));
  }

  @Test
  void aPipelineRunsAsOnTheDirectRunner() {
    PipelineOptions options = PipelineOptionsFactory.create();
    options.setRunner(RestingDirectRunner.class);

    assertThat(pipeline(options).run().waitUntilFinish(), equalTo(PipelineResult.State.DONE));
  }

  private static Pipeline pipeline(PipelineOptions options) {
    Pipeline pipeline = Pipeline.create(options);
    PCollection<String> keys =
        pipeline
            .apply(Create.of(KV.of("a", 1), KV.of("b", 2), KV.of("a", 3)))
            .apply(GroupByKey.create())
            .apply(Keys.create());
    PAssert.that(keys)
        .satisfies(
            found -> {
              assertThat(found, containsInAnyOrder("a", "b"));
              return null;
            });
    return pipeline;
  }
}
