package io.sluice.pipeline.runner;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.flags.UsageException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlinkLoopbackTest {
  @TempDir Path directory;

  @Test
  void aClustersConfiguration_isOverruled_andTheRestOfItKept() throws IOException {
    Files.writeString(
        directory.resolve("flink-conf.yaml"),
        "rest.bind-address: 0.0.0.0\ntaskmanager.memory.x: 1\n");
    List<String> args = new ArrayList<>(List.of("--flinkConfDir=" + directory));
    FlinkLoopback.confine(args, "/nowhere");
    assertThat(args.size(), is(1));
    Path made = Path.of(args.get(0).substring("--flinkConfDir=".length()), "flink-conf.yaml");
    List<String> lines = Files.readAllLines(made);
    assertThat(lines.contains("rest.bind-address: 127.0.0.1"), is(true));
    assertThat(lines.contains("jobmanager.bind-host: 127.0.0.1"), is(true));
    assertThat(lines.contains("taskmanager.memory.x: 1"), is(true));
  }

  @Test
  void whatFlinkWritesForAJob_isInADirectoryThatGoesWithIt() throws IOException {
    Files.writeString(directory.resolve("flink-conf.yaml"), "web.tmpdir: /theirs\n");
    List<String> args = new ArrayList<>(List.of("--flinkConfDir=" + directory));
    FlinkLoopback.confine(args, null);
    String made = args.get(0).substring("--flinkConfDir=".length());
    List<String> lines = Files.readAllLines(Path.of(made, "flink-conf.yaml"));
    assertThat(lines.contains("io.tmp.dirs: " + made), is(true));
    assertThat(lines.contains("web.tmpdir: /theirs"), is(true));
  }

  @Test
  void aConfigurationThatIsNotThere_isAFlagThatIsWrong() {
    List<String> args = new ArrayList<>(List.of("--flinkConfDir=" + directory.resolve("none")));
    UsageException e = assertThrows(UsageException.class, () -> FlinkLoopback.confine(args, null));
    assertThat(String.valueOf(e.getMessage()).startsWith("--flinkConfDir: "), is(true));
  }

  @Test
  void aMachineWhoseNameHasNoAddress_isToldSo() {
    List<String> args = new ArrayList<>();
    UsageException e =
        assertThrows(
            UsageException.class,
            () ->
                FlinkLoopback.confine(
                    args,
                    null,
                    () -> {
                      throw new UnknownHostException("box7: Name or service not known");
                    }));
    assertThat(
        e.getMessage(),
        allOf(containsString("has none (box7: "), containsString("--runner=DirectRunner")));
    assertThat(args.isEmpty(), is(true));
  }
}
