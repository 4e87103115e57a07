package io.sluice.internal.stage;

import static io.sluice.internal.stage.StageRig.ANSWERS;
import static io.sluice.internal.stage.StageRig.DEAD;
import static io.sluice.internal.stage.StageRig.row;
import static io.sluice.internal.stage.StageRig.rows;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.AnswerCoder;
import io.sluice.DeadLetterCoder;
import io.sluice.ErrorKind;
import io.sluice.internal.engine.PreparedDocument;
import java.util.Arrays;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.IterableCoder;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.testing.TestStream;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.Count;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.windowing.FixedWindows;
import org.apache.beam.sdk.transforms.windowing.IntervalWindow;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TimestampedValue;
import org.apache.beam.sdk.values.TupleTagList;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.joda.time.Duration;
import org.joda.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The call stage on a runner, whose time and bundles are the test's. */
@Timeout(120)
class CallFnStreamTest {
  private static final Coder<KV<Integer, Iterable<PreparedDocument>>> CHUNKS =
      KvCoder.of(VarIntCoder.of(), IterableCoder.of(PreparedDocumentCoder.of()));
  private static final Duration MINUTE = Duration.standardMinutes(1);
  private static final IntervalWindow FIRST = new IntervalWindow(new Instant(0), MINUTE);
  private static final IntervalWindow SECOND = new IntervalWindow(new Instant(60_000), MINUTE);

  private static TimestampedValue<KV<Integer, Iterable<PreparedDocument>>> chunk(
      long second, PreparedDocument... rows) {
    return TimestampedValue.of(KV.of(0, Arrays.asList(rows)), new Instant(second * 1_000));
  }

  private record Ends(PCollection<String> answered, PCollection<String> dead) {}

  private static Ends call(
      Pipeline pipeline,
      FakeEngines engines,
      boolean openEnd,
      TestStream<KV<Integer, Iterable<PreparedDocument>>> input) {
    PCollectionTuple out =
        pipeline
            .apply(input)
            .apply(
                Window.<KV<Integer, Iterable<PreparedDocument>>>into(FixedWindows.of(MINUTE))
                    .withAllowedLateness(openEnd ? Duration.standardDays(365) : Duration.ZERO)
                    .discardingFiredPanes())
            .apply(
                "Call",
                ParDo.of(new CallFn(engines.sessions(), openEnd, ANSWERS, DEAD))
                    .withOutputTags(ANSWERS, TupleTagList.of(DEAD)));
    return new Ends(
        out.get(ANSWERS)
            .setCoder(AnswerCoder.of())
            .apply(
                "Answered",
                MapElements.into(TypeDescriptors.strings()).via(answer -> answer.document().id())),
        out.get(DEAD)
            .setCoder(DeadLetterCoder.of())
            .apply(
                "Dead",
                MapElements.into(TypeDescriptors.strings())
                    .via(letter -> letter.document().id() + " " + letter.kind())));
  }

  @Test
  void processingTimeBringsRowsOut_beforeTheWindowEnds() {
    FakeEngines engines = new FakeEngines(FakeEngine.Rule.SECOND_LOOK);
    Pipeline pipeline = Pipeline.create();
    Ends ends =
        call(
            pipeline,
            engines,
            false,
            TestStream.create(CHUNKS)
                .addElements(chunk(1, rows(0, 3)))
                .advanceProcessingTime(Duration.standardSeconds(1))
                .addElements(chunk(2, rows(3, 5)))
                .advanceProcessingTime(Duration.standardSeconds(1))
                .advanceWatermarkToInfinity());
    PAssert.that(ends.answered()).inWindow(FIRST).containsInAnyOrder("d0", "d1", "d2", "d3", "d4");
    PAssert.that(ends.dead()).empty();
    pipeline.run().waitUntilFinish();
    assertThat(engines.last().answeredAfterTheEnd, is(0));
    assertThat(engines.opened().size(), is(1));
  }

  @Test
  void theWindowsEndWaitsForRowsOnTheirWay_andTheyAreOnTime() {
    FakeEngines engines = new FakeEngines(FakeEngine.Rule.WAITING);
    Pipeline pipeline = Pipeline.create();
    Ends ends =
        call(
            pipeline,
            engines,
            false,
            TestStream.create(CHUNKS)
                .addElements(chunk(1, rows(0, 4)))
                .advanceWatermarkToInfinity());
    PCollection<Long> onTime =
        ends.answered().apply(Combine.globally(Count.<String>combineFn()).withoutDefaults());
    PAssert.that(ends.answered()).inWindow(FIRST).containsInAnyOrder("d0", "d1", "d2", "d3");
    PAssert.that(onTime).inOnTimePane(FIRST).containsInAnyOrder(4L);
    pipeline.run().waitUntilFinish();
    assertThat(engines.last().answeredAfterTheEnd, is(4));
  }

  @Test
  void pastAnOpenEnd_processingTimeBringsThemOut() {
    FakeEngines engines = new FakeEngines(FakeEngine.Rule.AFTER_THE_END);
    Pipeline pipeline = Pipeline.create();
    Ends ends =
        call(
            pipeline,
            engines,
            true,
            TestStream.create(CHUNKS)
                .addElements(chunk(1, rows(0, 4)))
                .advanceWatermarkTo(new Instant(120_000))
                .advanceProcessingTime(Duration.standardSeconds(1))
                .advanceProcessingTime(Duration.standardSeconds(1))
                .advanceWatermarkToInfinity());
    PAssert.that(ends.answered()).inWindow(FIRST).containsInAnyOrder("d0", "d1", "d2", "d3");
    pipeline.run().waitUntilFinish();
    assertThat(engines.last().waits, is(0));
  }

  @Test
  void rowsOfTwoWindows_eachEndInTheirOwn() {
    FakeEngines engines = new FakeEngines(FakeEngine.Rule.WAITING);
    Pipeline pipeline = Pipeline.create();
    Ends ends =
        call(
            pipeline,
            engines,
            false,
            TestStream.create(CHUNKS)
                .addElements(chunk(1, rows(0, 2)))
                .addElements(chunk(61, rows(2, 4)))
                .addElements(chunk(2, rows(4, 5)))
                .advanceWatermarkTo(new Instant(60_000))
                .addElements(chunk(62, rows(5, 6)))
                .advanceWatermarkToInfinity());
    PAssert.that(ends.answered()).inWindow(FIRST).containsInAnyOrder("d0", "d1", "d4");
    PAssert.that(ends.answered()).inWindow(SECOND).containsInAnyOrder("d2", "d3", "d5");
    pipeline.run().waitUntilFinish();
  }

  @Test
  void theSameChunkTwice_isOnce_andAnotherDocumentOfItsSourceIsADeadLetter() {
    FakeEngines engines = new FakeEngines(FakeEngine.Rule.WAITING);
    Pipeline pipeline = Pipeline.create();
    Ends ends =
        call(
            pipeline,
            engines,
            false,
            TestStream.create(CHUNKS)
                .addElements(chunk(1, rows(0, 2)))
                .addElements(chunk(1, rows(0, 2)))
                .addElements(chunk(2, row("other", 1)))
                .advanceWatermarkToInfinity());
    PAssert.that(ends.answered()).inWindow(FIRST).containsInAnyOrder("d0", "d1");
    PAssert.that(ends.dead()).inWindow(FIRST).containsInAnyOrder("other " + ErrorKind.BAD_INPUT);
    pipeline.run().waitUntilFinish();
  }
}
