package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.claim.OutputDirectory;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.status.JobReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that fill up, directories that cannot be written, damage: it is mended, and goes on. */
class TroubleTest {
  private static final int DOCUMENTS = 200;
  private static final int IN_FLIGHT = 2 * 20;

  @TempDir Path directory;
  private JobRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new JobRig(directory, "").documents(DOCUMENTS, DOCUMENTS);
  }

  @AfterEach
  void close() {
    FaultyFileSystem.mend();
    rig.close();
  }

  private String failure(String... more) {
    return String.valueOf(assertThrows(JobFailedException.class, () -> rig.run(more)).getMessage());
  }

  private void assertComplete() throws IOException {
    assertThat(rig.rows("results"), is(aMapWithSize(DOCUMENTS)));
    assertThat(rig.rows("dead-letter"), is(aMapWithSize(0)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"DirectRunner", "FlinkRunner"})
  void diskOfTheLedgerFillsUp(String runner) throws IOException {
    String ledger = "--ledger=" + FaultyFileSystem.name(directory.resolve("ledger"));
    FaultyFileSystem.ROOM.set(40_000);
    assertThat(
        failure(ledger, "--runner=" + runner),
        allOf(
            containsString("Write to the ledger faulty://"),
            containsString("No space left on device"),
            containsString("run the same command again")));
    long paid = rig.books("billed");
    assertThat(paid > 0 && paid <= DOCUMENTS, is(true));
    JsonNode status = status();
    assertThat(status.path("state").asText(), is("failed"));
    assertThat(status.path("message").asText(), containsString("No space left on device"));
    FaultyFileSystem.mend();
    assertThat(rig.run(ledger, "--runner=" + runner), is(0));
    assertComplete();
    // All of it was answered within the second that such a ledger may lose.
    assertThat(rig.books("billed"), is(lessThanOrEqualTo(paid + DOCUMENTS)));
  }

  private JsonNode status() throws IOException {
    return Json.tree(
        new JobReader(new OutputPaths(rig.out.toString()), null).look(Instant.now()).orElseThrow());
  }

  @Test
  void diskOfTheOutputsFillsUp_nothingIsPaidTwice() throws IOException {
    String[] flags = {
      "--ledger=" + directory.resolve("ledger"), "--output=" + FaultyFileSystem.name(rig.out)
    };
    FaultyFileSystem.ROOM.set(20_000);
    assertThat(
        failure(flags),
        allOf(
            containsString("Write faulty://"),
            containsString("No space left on device"),
            containsString("run the same command again")));
    assertThat(Files.exists(rig.out.resolve("summary.json")), is(false));
    FaultyFileSystem.mend();
    assertThat(rig.run(flags), is(0));
    assertComplete();
    assertThat(rig.books("billed"), is(lessThanOrEqualTo((long) DOCUMENTS + IN_FLIGHT)));
  }

  @Test
  void outputsBecomeReadOnlyMidRun_nothingIsPaidTwice() throws IOException {
    String[] flags = {
      "--ledger=" + directory.resolve("ledger"), "--output=" + FaultyFileSystem.name(rig.out)
    };
    // The launcher's file and the first part.
    FaultyFileSystem.FILES.set(2);
    assertThat(
        failure(flags),
        allOf(containsString("Write faulty://"), containsString("Read-only file system")));
    FaultyFileSystem.mend();
    assertThat(rig.run(flags), is(0));
    assertComplete();
    assertThat(rig.books("billed"), is(lessThanOrEqualTo((long) DOCUMENTS + IN_FLIGHT)));
  }

  @Test
  void ledgerThatCannotBeBegun_sendsNothing() throws IOException {
    Path ledger = Files.writeString(directory.resolve("ledger"), "a file");
    UsageException e = assertThrows(UsageException.class, () -> rig.run("--ledger=" + ledger));
    assertThat(
        e.getMessage(),
        allOf(
            containsString("--ledger: cannot write to " + ledger),
            containsString("Not a directory"),
            containsString("nothing was sent")));
    assertThat(rig.books("billed"), is(0L));
    Files.delete(ledger);
    assertThat(rig.run("--ledger=" + ledger), is(0));
    assertComplete();
  }

  @Test
  void secondJobOnTheSameOutput_isToldToWait_andSendsNothing() throws IOException {
    try (OutputDirectory first = OutputDirectory.claim(rig.out.toString(), "topics")) {
      UsageException e = assertThrows(UsageException.class, () -> rig.run());
      assertThat(
          e.getMessage(),
          allOf(
              containsString("another job is writing to " + first.paths().root()),
              containsString("wait for it")));
    }
    assertThat(rig.books("billed"), is(0L));
    assertThat(rig.run(), is(0));
    assertComplete();
  }

  @Test
  void ledgerCutInItsLastRecord_paysThatOneAgain_andDamageBeforeItIsReported() throws IOException {
    rig.run();
    assertThat(rig.books("billed"), is((long) DOCUMENTS));
    Path segment = longest();
    byte[] whole = Files.readAllBytes(segment);
    int end = lastEnd(whole);
    // Within the record of the last answer: its beginning, its middle, all but its newline.
    for (int length : List.of(end + 1, end + 40, endOf(whole, end) - 1)) {
      Files.write(segment, Arrays.copyOf(whole, length));
      long before = rig.books("billed");
      assertThat(rig.run(), is(0));
      assertComplete();
      assertThat("cut at " + length, rig.books("billed"), is(before + 1));
      assertThat(rig.run(), is(0));
      assertThat(rig.summary().path("calls").path("sent").asLong(), is(0L));
      removeNewer(segment);
      Files.write(segment, whole);
    }
    whole[end / 2] ^= 1;
    Files.write(segment, whole);
    assertThat(
        failure(),
        allOf(containsString(segment.toString()), containsString("restore the file from a copy")));
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.walk(rig.out.resolve("ledger"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private Path longest() throws IOException {
    Path longest = segments().get(0);
    for (Path file : segments()) {
      longest = Files.size(file) > Files.size(longest) ? file : longest;
    }
    return longest;
  }

  /** Puts the ledger back to its first run. */
  private void removeNewer(Path kept) throws IOException {
    String name = kept.getFileName().toString();
    String run = name.substring(0, name.indexOf('-'));
    for (Path file : segments()) {
      if (!file.getFileName().toString().startsWith(run + "-")) {
        Files.delete(file);
      }
    }
  }

  /** Where the last record of an answer begins. */
  private static int lastEnd(byte[] segment) {
    String text = new String(segment, java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.lastIndexOf('\n', text.lastIndexOf("\"t\":\"end\"")) + 1;
  }

  private static int endOf(byte[] segment, int from) {
    int at = from;
    while (segment[at] != '\n') {
      at++;
    }
    return at + 1;
  }
}
