package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.flags.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of an earlier run go only where that is said. */
class ReplacingTest {
  @TempDir Path directory;

  private static String refused(JobRig rig, String... flags) {
    long calls = rig.books("billed");
    String message =
        String.valueOf(assertThrows(UsageException.class, () -> rig.run(flags)).getMessage());
    assertThat(rig.books("billed"), is(calls));
    return message;
  }

  private static String without(String json, String field) throws IOException {
    ObjectNode object = (ObjectNode) JobRig.JSON.readTree(json);
    assertThat(object.remove(field).size(), is(1));
    return object.toString();
  }

  private Path file(String name, int from, int to) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = from; i < to; i++) {
      lines.add("{\"id\": \"" + name + i + "\", \"text\": \"" + i + " bug\", \"tenant\": \"t0\"}");
    }
    return Files.write(directory.resolve(name + ".jsonl"), lines);
  }

  @Test
  void fewerByLimit_isAsked_andReplaceLosesThem() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(30, 30)) {
      assertThat(rig.run(), is(0));
      assertThat(
          refused(rig, "--limit=5"),
          allOf(
              containsString("30 documents"),
              containsString("it reads 5 documents (--limit)"),
              containsString("--replace")));
      assertThat(rig.rows("results").size(), is(30));
      assertThat(rig.run("--limit=5", "--replace"), is(0));
      assertThat(rig.rows("results").size(), is(5));
      assertThat(rig.run(), is(0));
      assertThat(rig.rows("results").size(), is(30));
    }
  }

  @Test
  void otherFiles_areAsked_alsoOfAnOutputThatNamesNoInputs() throws Exception {
    try (JobRig rig = new JobRig(directory, "")) {
      Path monday = file("monday", 0, 6);
      Path tuesday = file("tuesday", 0, 8);
      assertThat(rig.run("--input=" + monday), is(0));
      assertThat(
          refused(rig, "--input=" + tuesday),
          containsString("the rows of " + monday + " are not in its input"));
      Path run = rig.out.resolve(".sluice/run.json");
      Files.writeString(run, without(Files.readString(run), "inputs"));
      assertThat(
          refused(rig, "--input=" + tuesday),
          containsString("the rows of " + monday + " are not in its input"));
      assertThat(rig.run("--input=" + monday + "," + tuesday), is(0));
      assertThat(rig.rows("results").size(), is(14));
    }
  }

  @Test
  void aFileWrittenAnew_isAsked_andOneThatWasMendedIsNot() throws Exception {
    try (JobRig rig = new JobRig(directory, "")) {
      Path today = file("today", 0, 6);
      assertThat(rig.run("--input=" + today), is(0));
      Files.writeString(today, Files.readString(today).replace("today3", "mended"));
      assertThat(rig.run("--input=" + today), is(0));
      file("today", 50, 60);
      assertThat(
          refused(rig, "--input=" + today), containsString("has other documents than it had"));
    }
  }

  @Test
  void fewerInTheSameFile_isAsked() throws Exception {
    try (JobRig rig = new JobRig(directory, "")) {
      Path today = file("today", 0, 6);
      assertThat(rig.run("--input=" + today), is(0));
      file("today", 0, 4);
      assertThat(refused(rig, "--input=" + today), containsString("its input has 4 documents"));
    }
  }
}
