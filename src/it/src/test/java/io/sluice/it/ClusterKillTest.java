package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.simulate.Simulator;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Promises one and two on a real Flink cluster that loses a worker. */
class ClusterKillTest {
  private static final int DOCUMENTS = 4_000;
  private static final int IN_FLIGHT = 100;

  @TempDir Path directory;

  @Test
  void aKilledTaskManager_costsWhatWasInFlightAndNoRow() throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000);
        FlinkCluster cluster = new FlinkCluster(directory.resolve("cluster"))) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, IN_FLIGHT);
      String[] flags = {"--runner=FlinkRunner", "--flinkMaster=" + cluster.master()};
      try (JobProcess process = job.start(flags)) {
        // Early, so that a slow machine starts the second one while the first is still at work.
        simulator.awaitBilled(IN_FLIGHT, process::isRunning);
        try (JobProcess second = job.start("--runner=FlinkRunner", flags[1])) {
          assertThat(second.await(), is(2));
        }
        simulator.awaitBilled(DOCUMENTS / 2, process::isRunning);
        cluster.killTheCaller();
        assertThat(process.printed(), process.await(), is(0));
      }
      job.checkRows(DOCUMENTS);
      assertThat(job.billedAgain(), lessThanOrEqualTo((long) IN_FLIGHT));
      assertThat("429s", job.rateLimited(), lessThanOrEqualTo(5L));
    }
  }

  @Test
  void noCluster_isSaidBeforeAnythingIsSent() throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000)) {
      Rehearsal job = new Rehearsal(directory, simulator, 10, IN_FLIGHT);
      try (JobProcess process = job.start("--runner=FlinkRunner", "--flinkMaster=localhost:1")) {
        assertThat(process.printed(), process.await(), is(2));
        assertThat(process.printed(), containsString("no Flink cluster answers"));
      }
      assertThat(job.billed(), is(0L));
    }
  }
}
