package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.simulate.Simulator;
import io.sluice.simulate.batches.BatchOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches under kill -9 right after each was submitted: none is paid for twice. */
class BatchKillTest {
  private static final int DOCUMENTS = 2_000;
  private static final BatchOptions BATCHES =
      new BatchOptions(
          10,
          Long.MAX_VALUE,
          "expired=0.01,failed=0.01,shuffled=0.5,duplicate=0.01,cut=0.1,poll=0.1,lost=0.2");

  @TempDir Path directory;

  @ParameterizedTest(name = "{0} on {1} {2}")
  @CsvSource({
    "openai, DirectRunner, --streaming=false",
    "anthropic, FlinkRunner, --streaming=true",
  })
  void killedAfterEachSubmission_paysNothingTwiceAndLosesNothing(
      String kind, String runner, String streaming) throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000, BATCHES)) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, 10).inBatches(kind, 800);
      String[] flags =
          runner.equals("DirectRunner")
              ? new String[] {"--runner=" + runner}
              : new String[] {"--runner=" + runner, streaming};
      for (int kill = 1; kill <= 3; kill++) {
        try (JobProcess process = job.start(flags)) {
          simulator.awaitBatches(kill, process::isRunning);
          assertThat(process.printed(), process.isRunning(), is(true));
          process.kill();
        }
      }
      try (JobProcess process = job.start(flags)) {
        assertThat(process.printed(), process.await(), is(0));
      }
      job.checkRows(DOCUMENTS);
      assertThat("nothing is paid twice", job.billedAgain(), is(0L));
      assertThat(job.billed(), is((long) DOCUMENTS));
    }
  }
}
