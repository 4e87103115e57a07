package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;

import io.sluice.simulate.Simulator;
import io.sluice.simulate.batches.BatchOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches on a real Flink cluster, across a restore in the middle of the wait for them. */
class ClusterBatchTest {
  private static final int DOCUMENTS = 1_500;
  private static final int REQUESTS = 800;

  /** Seconds from when the clock goes on; BatchKillTest has more faults. */
  private static final BatchOptions BATCHES =
      new BatchOptions(10, Long.MAX_VALUE, "shuffled=0.5,duplicate=0.01");

  @TempDir Path directory;

  private final BatchClock clock = new BatchClock();

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aKilledTaskManager_itsBatchesAreTakenUpAndNothingIsPaidTwice(String kind) throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000, BATCHES, clock);
        FlinkCluster cluster = new FlinkCluster(directory.resolve("cluster"))) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, 10).inBatches(kind, REQUESTS);
      FlinkRest rest = cluster.rest();
      try (JobProcess process =
          job.start(
              "--runner=FlinkRunner",
              "--flinkMaster=" + cluster.master(),
              "--checkpointingInterval=2000")) {
        simulator.awaitBatches(1, process::isRunning);
        rest.awaitCheckpoint(rest.job());
        assertThat("the batch is at work", job.billed(), is(0L));
        cluster.killTheCaller();
        clock.go();
        assertThat(process.printed(), process.await(), is(0));
        assertThat(rest.restored(rest.job()), greaterThan(0));
      }
      job.checkRows(DOCUMENTS);
      assertThat("nothing is paid twice", job.billedAgain(), is(0L));
      assertThat(job.billed(), is((long) DOCUMENTS));
    }
  }

  @Test
  void aSavepointWhileABatchIsAtWork_goesOnWithThatBatch() throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000, BATCHES, clock);
        FlinkCluster cluster = new FlinkCluster(directory.resolve("cluster"))) {
      Rehearsal job =
          new Rehearsal(directory, simulator, DOCUMENTS, 10).inBatches("openai", REQUESTS);
      FlinkRest rest = cluster.rest();
      String jar = rest.upload(Path.of(System.getProperty("sluice.flink.jar", "")));

      String first = rest.run(jar, job.flags(), 2, null);
      simulator.awaitBatches(1, () -> rest.isRunning(first));
      String savepoint = rest.stop(first, directory.resolve("savepoints"));
      assertThat("the batch is at work", job.billed(), is(0L));
      clock.go();
      String second = rest.run(jar, job.flags(), 4, savepoint);
      rest.awaitState(second, "FINISHED");

      job.checkRows(DOCUMENTS);
      assertThat("nothing is paid twice", job.billedAgain(), is(0L));
      assertThat(job.billed(), is((long) DOCUMENTS));
    }
  }
}
