package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
