package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.simulate.Simulator;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promises one and two of a job without an end, under kill -9 of the job and of a worker. */
class WatchKillTest {
  private static final int DOCUMENTS = 4_000;
  private static final int IN_FLIGHT = 100;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"DirectRunner", "FlinkRunner"})
  void killedBetweenFilesAndWithinThem_everyRowIsThereOnce(String name) throws Exception {
    String runner = "--runner=" + name;
    try (Simulator simulator = Rehearsal.provider(12_000)) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, IN_FLIGHT);
      job.drop("first", 0, 500);
      try (JobProcess process = job.startWatching(runner)) {
        job.awaitPublished(500, process::isRunning);
        job.drop("second", 500, 2_000);
        simulator.awaitBilled(1_200, process::isRunning);
        process.kill();
      }
      try (JobProcess process = job.startWatching(runner)) {
        simulator.awaitBilled(1_500, process::isRunning);
        job.drop("third", 2_000, 3_000);
        process.kill();
      }
      try (JobProcess process = job.startWatching(runner)) {
        job.awaitPublished(3_000, process::isRunning);
        job.drop("fourth", 3_000, DOCUMENTS);
        job.awaitPublished(DOCUMENTS, process::isRunning);
        process.terminate();
        assertThat(process.printed(), process.await(), is(143));
      }
      job.checkRows(DOCUMENTS, "watching");
      assertThat(job.billedAgain(), lessThanOrEqualTo(2L * IN_FLIGHT));
    }
  }

  @Test
  void aKilledTaskManager_everyRowIsThereOnce() throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000);
        FlinkCluster cluster = new FlinkCluster(directory.resolve("cluster"))) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, IN_FLIGHT);
      job.drop("first", 0, 1_000);
      String[] flags = {
        "--runner=FlinkRunner", "--flinkMaster=" + cluster.master(), "--checkpointingInterval=2000"
      };
      try (JobProcess process = job.startWatching(flags)) {
        job.awaitPublished(1_000, process::isRunning);
        job.drop("second", 1_000, 3_000);
        simulator.awaitBilled(2_000, process::isRunning);
        cluster.killTheCaller();
        job.drop("third", 3_000, DOCUMENTS);
        job.awaitPublished(DOCUMENTS, process::isRunning);
        process.terminate();
        assertThat(process.printed(), process.await(), is(143));
      }
      job.checkRows(DOCUMENTS, "watching");
      assertThat(job.billedAgain(), lessThanOrEqualTo((long) IN_FLIGHT));
    }
  }
}
