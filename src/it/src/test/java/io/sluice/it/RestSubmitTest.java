package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.simulate.Simulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar for clusters, submitted by Flink's REST interface alone: nothing of ours launches it. */
class RestSubmitTest {
  private static final int DOCUMENTS = 4_000;
  private static final int IN_FLIGHT = 100;

  @TempDir Path directory;

  @Test
  void aSavepointInTheMiddle_anotherParallelism_nothingLostNothingPaidTwice() throws Exception {
    // So slow that the job has not ended when all of it was looked at, on a machine of any speed.
    try (Simulator simulator = Rehearsal.provider(6_000);
        FlinkCluster cluster = new FlinkCluster(directory.resolve("cluster"))) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, IN_FLIGHT);
      FlinkRest rest = cluster.rest();
      String jar = rest.upload(Path.of(System.getProperty("sluice.flink.jar", "")));

      String first = rest.run(jar, job.flags(), 2, null);
      simulator.awaitBilled(DOCUMENTS / 8, () -> rest.isRunning(first));
      assertThat(
          "a second job on the same output",
          rest.refusal(jar, job.flags()),
          containsString("is writing to it already (Flink job " + first));
      assertThat(
          rest.refusal(jar, job.flags("--bugdetUsd=1")),
          allOf(containsString("Exit code 2"), containsString("did you mean --budgetUsd")));
      Map<String, Long> metrics = rest.awaitMetrics(first, "callsSent");
      assertThat(metrics.get("callsSent"), greaterThan(0L));
      assertThat(metrics.keySet(), is(FlinkRest.METRICS));

      String savepoint = rest.stop(first, directory.resolve("savepoints"));
      assertThat(Files.exists(directory.resolve("out/summary.json")), is(false));
      String second = rest.run(jar, job.flags(), 4, savepoint);
      rest.awaitState(second, "FINISHED");

      job.checkRows(DOCUMENTS);
      assertThat(job.billedAgain(), is(0L));
      assertThat(job.billed(), is((long) DOCUMENTS));
      assertThat(Files.exists(directory.resolve("out/report.html")), is(true));
      assertThat(
          rest.refusalOfSavepoint(jar, job.flags(), savepoint),
          containsString("run the same command without the savepoint"));
    }
  }

  @Test
  void aJobThatWatches_goesOnFromASavepoint_nothingLostNothingPaidTwice() throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000);
        FlinkCluster cluster = new FlinkCluster(directory.resolve("cluster"))) {
      Rehearsal job = new Rehearsal(directory, simulator, 2_200, IN_FLIGHT);
      FlinkRest rest = cluster.rest();
      String jar = rest.upload(Path.of(System.getProperty("sluice.flink.jar", "")));

      String first = rest.run(jar, job.watchingFlags(), 2, null);
      job.drop("first", 0, 500);
      job.awaitPublished(500, () -> rest.isRunning(first));
      job.drop("second", 500, 2_000);
      simulator.awaitBilled(1_000, () -> rest.isRunning(first));
      String savepoint = rest.stop(first, directory.resolve("savepoints"));
      job.drop("third", 2_000, 2_200);
      String second = rest.run(jar, job.watchingFlags(), 4, savepoint);
      job.awaitPublished(2_200, () -> rest.isRunning(second));
      rest.cancel(second);

      job.checkRows(2_200, "watching");
      assertThat(job.billedAgain(), is(0L));
    }
  }

  @Test
  void manyKeys_areServedByBothTaskManagers() throws Exception {
    try (Simulator simulator = Rehearsal.provider(60_000);
        FlinkCluster cluster = new FlinkCluster(directory.resolve("cluster"))) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, IN_FLIGHT).withKeys(1_000);
      FlinkRest rest = cluster.rest();
      String jar = rest.upload(Path.of(System.getProperty("sluice.flink.jar", "")));

      String id = rest.run(jar, job.flags(), 4, null);
      rest.awaitState(id, "FINISHED");

      job.checkRows(DOCUMENTS);
      assertThat(job.billed(), is((long) DOCUMENTS));
      Map<String, Long> rows = rest.rowsByTaskManager(id);
      assertThat(rows.toString(), rows.keySet(), is(cluster.taskManagers()));
      assertThat(rows.toString(), rows.values().stream().filter(n -> n == 0).toList(), is(empty()));
      assertThat(rest.exceptions(id), not(containsString("Exception")));
    }
  }
}
