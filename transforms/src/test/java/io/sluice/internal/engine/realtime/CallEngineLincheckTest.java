package io.sluice.internal.engine.realtime;

import io.sluice.ModelTask;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jetbrains.kotlinx.lincheck.paramgen.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Rows come, are forgotten and are taken on one thread while calls land on another, as in a job: a
 * row that joins a request on its way, or comes as its answer lands, has the end that it would have
 * one after the other. {@link io.sluice.internal.engine.waiting.WaitingRows} and {@link Lanes} are
 * guarded from outside, so this is their only entry.
 */
@Param(name = "row", gen = IntGen.class, conf = "0:4")
public class CallEngineLincheckTest {
  /** A call that was given to a thread. */
  private record Given(Departure departure, Calls calls) {}

  /** A provider without connections: each run has an engine of its own. */
  private static final ModelTask LOCAL =
      ModelTask.of(
          "test", ModelTask.Provider.LOCAL, "fake", new ModelTask.Prompt(null, "{{text}}"));

  private final Queue<Given> onTheirWay = new ConcurrentLinkedQueue<>();
  private final CallEngine engine =
      EngineRig.on(
          LOCAL,
          new FakeModel(request -> FakeModel.answer(request.body())),
          new StandingClock(),
          (departure, calls) -> onTheirWay.add(new Given(departure, calls)));

  /** Nothing waits here, and it is always now. */
  private static final class StandingClock implements EngineClock {
    @Override
    public long epochNanos() {
      return 1_700_000_000_000_000_000L;
    }

    @Override
    public void await(Object monitor, long nanos) {}
  }

  /** Two rows share a request. */
  @Operation(nonParallelGroup = "stage")
  public void submit(@Param(name = "row") int row) {
    engine.submit(List.of(EngineRig.row(row, "text " + row / 2, "")));
    engine.turn();
  }

  @Operation(nonParallelGroup = "stage")
  public List<String> take() throws InterruptedException {
    return engine.takeFinished(0).stream().map(CallEngineLincheckTest::word).sorted().toList();
  }

  @Operation(nonParallelGroup = "stage")
  public void forget() {
    engine.forgetRows();
  }

  @Operation(nonParallelGroup = "worker")
  public void land() {
    Given given = onTheirWay.poll();
    if (given != null) {
      Departure next = given.calls().make(given.departure());
      if (next != null) {
        onTheirWay.add(new Given(next, given.calls()));
      }
    }
  }

  @Operation
  public String counts() {
    EngineCounts counts = engine.snapshot();
    return counts.answered + " answered, " + counts.waiting + " wait";
  }

  private static String word(Finished end) {
    return end.document().id() + " " + EngineRig.output(end);
  }

  @Test
  void itIsLinearizable() {
    new StressOptions()
        .iterations(4)
        .invocationsPerIteration(10)
        .threads(2)
        .actorsBefore(2)
        .actorsPerThread(3)
        .actorsAfter(2)
        .check(getClass());
  }
}
