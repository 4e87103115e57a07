package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.status.JobReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that come with documents make no accounts; those that the task lists are some. */
class UnlistedKeysTest {
  @TempDir Path directory;

  private static Set<String> accounts(JobRig rig) throws IOException {
    Set<String> accounts = new TreeSet<>();
    rig.summary().path("quota").forEach(quota -> accounts.add(quota.path("key").asText("")));
    return accounts;
  }

  private static Set<String> keys(JobRig rig) throws IOException {
    Set<String> keys = new TreeSet<>();
    for (JsonNode row : rig.rows("results").values()) {
      keys.add(row.path("key").asText());
    }
    return keys;
  }

  /** The rig's task with other accounts among the quota's keys. */
  private void keysOfTheTask(String keys) throws IOException {
    Path task = directory.resolve("task.yaml");
    String text = Files.readString(task);
    int from = text.indexOf("  keys:");
    int to = text.indexOf("retry:");
    assertThat(from > 0 && to > from, is(true));
    Files.writeString(task, text.substring(0, from) + keys + text.substring(to));
  }

  @Test
  void unlisted_areOneAccount_andStandInTheResults() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(40, 40)) {
      keysOfTheTask("");
      assertThat(rig.run(), is(0));
      assertThat(rig.summary().path("quota").size(), is(1));
      assertThat(keys(rig), is(Set.of("t0", "t1")));
    }
  }

  @Test
  void costs_areByTheDocumentsKey_overAllRuns_andAddUp() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(60, 60)) {
      keysOfTheTask("");
      assertThat(rig.run("--limit=21"), is(0));
      checkCosts(rig, 11, 10);
      assertThat(rig.run(), is(0));
      checkCosts(rig, 30, 30);
      assertThat("a run that pays nothing", rig.run(), is(0));
      checkCosts(rig, 30, 30);
      assertThat(rig.run("--fresh"), is(0));
      checkCosts(rig, 30, 30);
    }
  }

  private static void checkCosts(JobRig rig, int even, int odd) throws IOException {
    JsonNode byKey = rig.summary().path("byKey");
    BigDecimal sum = BigDecimal.ZERO;
    for (JsonNode entry : byKey) {
      assertThat(
          entry.path("calls").asInt(), is(entry.path("key").asText().equals("t0") ? even : odd));
      sum = sum.add(entry.path("costUsd").decimalValue());
    }
    assertThat(byKey.size(), is(2));
    assertThat(sum, comparesEqualTo(rig.summary().path("costUsd").decimalValue()));
    JsonNode status =
        Json.tree(
            new JobReader(new OutputPaths(rig.out.toString()), null)
                .look(Instant.now())
                .orElseThrow());
    assertThat(status.path("byKey").size(), is(2));
  }

  @Test
  void costsOfFailures_stayTheAccounts_andAddUp() throws IOException {
    try (JobRig rig = new JobRig(directory, "invalid=0.3").documents(60, 60)) {
      keysOfTheTask("");
      assertThat(rig.run(), is(0));
      BigDecimal sum = BigDecimal.ZERO;
      for (JsonNode entry : rig.summary().path("byKey")) {
        sum = sum.add(entry.path("costUsd").decimalValue());
      }
      assertThat(rig.summary().path("byKey").size(), is(3));
      assertThat(sum, comparesEqualTo(rig.summary().path("costUsd").decimalValue()));
    }
  }

  @Test
  void listed_isAnAccountBesideTheTasks() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(40, 40)) {
      keysOfTheTask("  keys: {t1: {maxConcurrent: 5}}\n");
      assertThat(rig.run(), is(0));
      assertThat(rig.summary().path("quota").size(), is(2));
      assertThat(accounts(rig).contains("t1"), is(true));
      assertThat(keys(rig), is(Set.of("t0", "t1")));
    }
  }
}
