package io.sluice.pipeline.claim;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotOursTest {
  @TempDir Path directory;

  private OutputPaths paths() {
    return new OutputPaths(directory.toString());
  }

  private Path write(String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "{}\n");
  }

  private String refused(boolean replace) {
    return String.valueOf(
        assertThrows(UsageException.class, () -> NotOurs.check(paths(), replace)).getMessage());
  }

  @Test
  void check_rowsThatNoJobHasWritten_areNotLostUnlessThatIsSaid() throws IOException {
    NotOurs.check(paths(), false);
    Path mine = write("results/mine.jsonl");
    write("results/results-00000.jsonl");
    write("report.html");
    assertThat(
        refused(false),
        allOf(
            containsString(mine + " and 2 more would be lost, which no job has written"),
            containsString("say --replace to lose it. Nothing was sent")));
    NotOurs.check(paths(), true);
    // Once it is a job's, its own rows are, and no others.
    RunFile.writeOwner(paths(), "t");
    assertThat(refused(false), containsString(mine + " would be lost"));
    Files.delete(mine);
    NotOurs.check(paths(), false);
    write("dead-letter/dead-letter-00000002-00000.jsonl");
    write("results/notes.txt");
    NotOurs.check(paths(), false);
  }

  @Test
  void check_aRunOfAnEarlierVersion_isAJobs() throws IOException {
    write("results/results-00000.jsonl");
    Files.writeString(directory.resolve("summary.json"), "{\"run\": \"20250102T030405_abcd\"}");
    NotOurs.check(paths(), false);
    Files.writeString(directory.resolve("summary.json"), "{\"total\": 5}");
    assertThat(refused(false), containsString("results-00000.jsonl and 1 more would be lost"));
  }

  /** Whoever has deleted what was damaged has a job all the same. */
  @Test
  void check_rowsBesideALedger_areAJobs() throws IOException {
    write("results/results-00000.jsonl");
    write("ledger/part-00/20250102T030405_abcd-1-000000.jsonl");
    NotOurs.check(paths(), false);
  }

  /** Of whoever runs tests as root nothing is kept. */
  @Test
  void check_rowsThatCannotBeReplaced_areSeenBeforeAnythingIsPaidFor() throws IOException {
    RunFile.writeOwner(paths(), "t");
    Path rows = Files.createDirectory(directory.resolve("results"));
    assumeTrue(rows.toFile().setWritable(false) && !Files.isWritable(rows), "not as root");
    assertThat(
        refused(true),
        containsString(
            "--output: cannot write to " + rows + ": Permission denied; nothing was sent"));
  }

  @Test
  void check_whatIsInTheWay_isSeenBeforeAnythingIsPaidFor() throws IOException {
    Path file = write("results");
    assertThat(refused(true), containsString(file + " is in the way; expected a directory"));
    Files.delete(file);
    Path summary = Files.createDirectory(directory.resolve("summary.json"));
    assertThat(refused(true), containsString(summary + " is in the way; expected a file"));
  }
}
