package io.sluice.pipeline.report;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.flags.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportVerbTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private int run(String... args) throws IOException {
    return ReportVerb.run(List.of(args), new PrintStream(printed, true, StandardCharsets.UTF_8));
  }

  private String usage(String... args) {
    return String.valueOf(assertThrows(UsageException.class, () -> run(args)).getMessage());
  }

  @Test
  void finishedJob_isWrittenAnew() throws IOException {
    new JobFiles(directory).write(JobFiles.summary("succeeded", 0, 0));
    Files.writeString(directory.resolve("report.html"), "old");
    assertThat(run("--output=" + directory), is(0));
    assertThat(Files.readString(directory.resolve("report.html")), containsString("Sluice report"));
    assertThat(printed.toString(StandardCharsets.UTF_8), containsString("report.html"));
  }

  @Test
  void aSummaryWithoutATime_isNamed() throws IOException {
    new JobFiles(directory).write(JobFiles.summary("succeeded", 0, 0));
    Path summary = directory.resolve("summary.json");
    Files.writeString(
        summary,
        Files.readString(summary)
            .replaceFirst("\"startedAt\" ?: ?\"[^\"]*\"", "\"startedAt\":\"7\""));
    IOException e = assertThrows(IOException.class, () -> run("--output=" + directory));
    assertThat(e.getMessage(), containsString(summary + " is damaged: its startedAt is no time"));
  }

  @Test
  void badCommandLines_sayWhatToDo() {
    assertThat(usage(), containsString("--output=DIR"));
    assertThat(usage("--ouput=x"), containsString("did you mean --output?"));
    assertThat(usage("--output=" + directory.resolve("no")), containsString("no directory"));
    assertThat(usage("--output=" + directory), containsString("run its command again"));
    assertThat(
        usage("--output=" + directory, "--ledger=" + directory, "more"),
        containsString("There is no flag more"));
  }

  @Test
  void help_namesTheFlags() throws IOException {
    assertThat(run("--help"), is(0));
    assertThat(printed.toString(StandardCharsets.UTF_8), containsString("--ledger=DIR"));
  }
}
