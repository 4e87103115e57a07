package io.sluice.pipeline.status;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerRecord.AtWork;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Calls;
import io.sluice.internal.ledger.LedgerRecord.Rows;
import io.sluice.pipeline.GuidePage;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.Machine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusVerbTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant START = Instant.parse("2030-01-02T03:04:05Z");
  private static final String RUN = "20300102T030405_abcd";

  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final List<Ledger> ledgers = new ArrayList<>();
  private Instant now = START;
  private int calls;

  @BeforeEach
  void listen() throws IOException {
    Files.createDirectories(directory.resolve(".sluice"));
  }

  @AfterEach
  void close() {
    ledgers.forEach(Ledger::close);
  }

  private ObjectNode file() {
    ObjectNode file = JSON.createObjectNode();
    file.put("run", RUN).put("name", "topics").put("runner", "DirectRunner");
    file.put("startedAt", START.toString()).put("host", Machine.host());
    file.put("pid", ProcessHandle.current().pid());
    file.put("processStartedAt", Machine.startOf(ProcessHandle.current()));
    file.put("directory", "/work").put("command", "scripts/sluice run --task=t.yaml");
    file.put("documents", 1_000).put("documentsExact", true).put("budgetUsd", 5);
    file.putObject("quota").put("requestsPerMinute", 600).put("tokensPerMinute", 100_000);
    file.withObject("/quota/keys/acme").put("requestsPerMinute", 60).put("tokensPerMinute", 6_000);
    return file;
  }

  private void write(ObjectNode file) throws IOException {
    Files.writeString(directory.resolve(".sluice/run.json"), file.toString());
  }

  private Ledger ledger(String run) {
    Ledger ledger =
        Ledger.open(
            new Ledger.Options(
                directory.resolve("ledger").toString(), "topics", run, part -> true, () -> now));
    ledgers.add(ledger);
    return ledger;
  }

  private Ledger.Call begin(Ledger ledger, String key) {
    return ledger.begin(key, String.format("%032x", calls++), new BigDecimal("0.01"));
  }

  private static LedgerEntry answer() {
    return new LedgerEntry(
        LedgerEntry.Outcome.ANSWER,
        "x",
        "m",
        "stop",
        new Usage(90, 0, 10),
        new BigDecimal("0.0000005"),
        1,
        850,
        null,
        "",
        null,
        null,
        false,
        "billed");
  }

  private static void beat(Ledger ledger, int shard, long answered, long dead) {
    ledger.beat(
        new Beat(
            0,
            shard,
            new Rows(answered + dead + 9, answered, dead, 0, 9),
            new Calls(0, 0, 0, 0, 0, 4),
            AtWork.NONE,
            Map.of(),
            Map.of(),
            null,
            null));
  }

  /** Twenty seconds of a run that answers two documents a second, a third shard of time ago. */
  private Ledger running() {
    Ledger ledger = ledger(RUN);
    for (int second = 0; second <= 20; second++) {
      for (int i = 0; i < 2; i++) {
        ledger.end(begin(ledger, second % 2 == 0 ? "acme" : ""), answer());
      }
      beat(ledger, 0, 2 * second, second / 10);
      now = now.plusSeconds(1);
    }
    begin(ledger, "");
    return ledger;
  }

  private String run(String... args) throws IOException {
    List<String> all = new ArrayList<>(List.of("--output=" + directory));
    all.addAll(List.of(args));
    printed.reset();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertThat(StatusVerb.run(all, out, false, () -> now, time -> now = now.plus(time)), is(0));
    return printed.toString(StandardCharsets.UTF_8);
  }

  private JsonNode json(String... more) throws IOException {
    List<String> args = new ArrayList<>(List.of("--json"));
    args.addAll(List.of(more));
    return JSON.readTree(run(args.toArray(new String[0])));
  }

  @Test
  void runningJob_isToldFromHeartbeatsAndCalls() throws IOException {
    write(file());
    running();
    JsonNode status = json();
    assertThat(status.path("state").asText(), is("running"));
    assertThat(status.path("working").asBoolean(), is(true));
    assertThat(status.path("documents").asLong(), is(1_000L));
    assertThat(status.path("succeeded").asLong(), is(40L));
    assertThat(status.path("deadLettered").asLong(), is(2L));
    assertThat(status.path("inFlight").asLong(), is(4L));
    assertThat(status.path("perSecond").asDouble(), is(2.1));
    assertThat(status.path("secondsLeft").asLong(), is(Math.round(958 / 2.1)));
    assertThat(status.path("calls").path("sent").asLong(), is(43L));
    assertThat(status.path("costUsd").decimalValue(), is(new BigDecimal("0.000021")));
    // The call in flight is not abandoned.
    assertThat(status.path("abandonedCostUsd").decimalValue(), is(BigDecimal.ZERO));
    JsonNode acme = status.path("quota").path(1);
    assertThat(acme.path("key").asText(), is("acme"));
    assertThat(acme.path("requestsPerMinute").asLong(), is(60L));
    // 22 requests in the 21 seconds since the first, as a limiter gives that had one saved up.
    assertThat(acme.path("requestsPerMinuteUsed").asLong(), is(60L));
    assertThat(acme.path("utilisation").asDouble(), is(1.0));
    assertThat(
        run(),
        allOf(
            startsWith("topics: running for 21 s on DirectRunner\n42 of 1,000 documents (4.2 %)"),
            containsString("4 calls in flight, 9 documents waiting, 2.1 documents a second"),
            containsString("Quota of acme: "),
            containsString("budget 5.00 USD"),
            not(containsString("To continue"))));
  }

  @Test
  void aFewCalls_areNotMoreThanALimitThatWasKept() throws IOException {
    write(file());
    Ledger ledger = ledger(RUN);
    // What a bucket of a second may give at once: at 60 a minute one, and the next a second later.
    ledger.end(begin(ledger, "acme"), answer());
    now = now.plusMillis(1_000);
    ledger.end(begin(ledger, "acme"), answer());
    beat(ledger, 0, 2, 0);
    assertThat(json().path("quota").path(0).path("utilisation").asDouble(), is(1.0));
    assertThat(run(), containsString("Quota of acme: 100.0 % used: 60 of 60 requests"));
  }

  @Test
  void aLimitThatWasNotKept_isSaid() throws IOException {
    write(file());
    Ledger ledger = ledger(RUN);
    for (int i = 0; i < 40; i++) {
      ledger.end(begin(ledger, "acme"), answer());
    }
    now = now.plusSeconds(20);
    beat(ledger, 0, 40, 0);
    assertThat(json().path("quota").path(0).path("utilisation").asDouble(), is(2.0));
  }

  @Test
  void exitCodes_tellTheState_whereTheyAreAskedFor() throws IOException {
    write(file());
    running();
    assertThat(code(), is(10));
    write(file().put("processStartedAt", "2001-01-01T00:00:00Z"));
    assertThat(code(), is(137));
    ObjectNode ended = file();
    ended.putObject("ended").put("how", "interrupted").put("message", "");
    write(ended);
    assertThat(code(), is(130));
    ended.putObject("ended").put("how", "failed").put("message", "");
    write(ended);
    assertThat(code(), is(1));
    for (Map.Entry<String, Integer> state :
        Map.of(
                "succeeded", 0,
                "failed", 1,
                "stoppedByBudget", 3,
                "tooManyFailures", 4,
                "stoppedByProvider", 5)
            .entrySet()) {
      Files.writeString(
          directory.resolve("summary.json"),
          "{\"run\": \"%s\", \"startedAt\": \"%s\", \"state\": \"%s\"}"
              .formatted(RUN, START, state.getKey()));
      assertThat(code(), is(state.getValue()));
    }
  }

  private int code() throws IOException {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return StatusVerb.run(
        List.of("--output=" + directory, "--exitCode"),
        out,
        false,
        () -> now,
        time -> now = now.plus(time));
  }

  @Test
  void watchingJob_hasASummaryAndIsNotOver() throws IOException {
    ObjectNode file = file();
    write(file.put("watch", "30s").put("documents", -1).put("detached", true));
    assertThat("before the first file", json().path("state").asText(), is("starting"));
    now = now.plusSeconds(86_400);
    assertThat("a day later", json().path("working").asBoolean(), is(true));
    running();
    Files.writeString(
        directory.resolve("summary.json"),
        "{\"run\": \"" + RUN + "\", \"state\": \"watching\", \"files\": 3, \"documents\": 30}");
    JsonNode status = json();
    assertThat(status.path("state").asText(), is("running"));
    assertThat(status.path("documents").isNull(), is(true));
    assertThat(status.path("files").asLong(), is(3L));
    assertThat(
        run(),
        allOf(
            containsString("\n42 documents: 40 answered"),
            containsString("\nLooks for new files every 30s; 3 files are in the outputs\n")));
  }

  @Test
  void diedJob_saysHowToContinue_andAbandonsWhatWasInFlight() throws IOException {
    ObjectNode file = file();
    write(file.put("processStartedAt", "2001-01-01T00:00:00Z"));
    running();
    now = now.plusSeconds(600);
    JsonNode status = json();
    assertThat(status.path("state").asText(), is("died"));
    assertThat(status.path("working").asBoolean(), is(false));
    assertThat(status.path("abandonedCostUsd").decimalValue(), is(new BigDecimal("0.01")));
    assertThat(status.path("inFlight").asLong(), is(0L));
    assertThat(status.path("secondsLeft").isNull(), is(true));
    assertThat(
        run(),
        allOf(
            startsWith("topics: died; its last sign is 10 min old"),
            containsString(
                "run the same command again, in /work:\n  scripts/sluice run --task=t.yaml")));
    file.putObject("ended")
        .put("at", START.toString())
        .put("how", "interrupted")
        .put("message", "");
    write(file);
    assertThat(json().path("state").asText(), is("interrupted"));
  }

  @Test
  void finishedJob_isToldFromItsSummary_andALaterRunIsNot() throws IOException {
    write(file());
    running();
    ObjectNode summary = JSON.createObjectNode().put("run", RUN).put("name", "topics");
    summary.put("state", "stoppedByBudget").put("documents", 999).put("succeeded", 900);
    summary.put("deadLettered", 99).put("wallSeconds", 30).put("finishedAt", now.toString());
    summary.put("startedAt", START.toString()).put("budgetUsd", 5);
    summary.putObject("deadLettersByKind").put("budget", 99);
    Files.writeString(directory.resolve("summary.json"), summary.toString());
    JsonNode status = json("--watch=1s");
    assertThat(status.path("state").asText(), is("stoppedByBudget"));
    assertThat(status.path("documents").asLong(), is(999L));
    assertThat(status.path("succeeded").asLong(), is(900L));
    assertThat(status.path("perSecond").asDouble(), is(33.3));
    assertThat(
        run(),
        allOf(
            startsWith("topics: stopped at the budget 0 s ago\n"),
            containsString("99 dead letters (99 budget)"),
            containsString("again, with a larger budget, in /work")));
    write(file().put("run", "20300102T040000_efgh"));
    assertThat(json().path("state").asText(), is("starting"));
    assertThat(json().path("succeeded").asLong(), is(0L));
    // What the job has cost is that of all its runs.
    assertThat(json().path("costUsd").decimalValue(), is(new BigDecimal("0.000021")));
  }

  @Test
  void jobElsewhere_livesAsLongAsItsHeartbeat() throws IOException {
    write(file().put("host", "other").put("detached", true));
    assertThat(json().path("state").asText(), is("starting"));
    running();
    assertThat(json().path("state").asText(), is("running"));
    now = now.plusSeconds(31);
    assertThat(json().path("state").asText(), is("died"));
  }

  @Test
  void ledgerAlone_isEnough_andShardsAddUp() throws IOException {
    Ledger ledger = ledger("some-run");
    beat(ledger, 0, 10, 0);
    beat(ledger, 1, 5, 1);
    now = now.plusSeconds(10);
    beat(ledger, 0, 20, 0);
    beat(ledger, 1, 15, 1);
    JsonNode status = json();
    assertThat(status.path("run").asText(), is("some-run"));
    assertThat(status.path("succeeded").asLong(), is(35L));
    assertThat(status.path("perSecond").asDouble(), is(2.0));
    assertThat(status.path("documents").isNull(), is(true));
    assertThat(status.path("working").asBoolean(), is(true));
    assertThat(run(), containsString("36 documents: 35 answered"));
  }

  @Test
  void watch_saysItAgainUntilTheRunIsOver_readingOnlyWhatIsNew() throws IOException {
    write(file().put("host", "other").put("detached", true));
    running();
    String[] looks = run("--watch=10s", "--json").split("\n");
    assertThat(looks.length, is(4));
    assertThat(JSON.readTree(looks[0]).path("state").asText(), is("running"));
    assertThat(JSON.readTree(looks[3]).path("state").asText(), is("died"));
    assertThat(JSON.readTree(looks[3]).path("calls"), is(JSON.readTree(looks[0]).path("calls")));
  }

  @Test
  void looking_changesNothing() throws IOException {
    write(file());
    running();
    Map<Path, FileTime> before = files();
    run();
    json();
    assertThat(files(), is(before));
  }

  @Test
  void whatHoldsTheJobUp_andWhoseFailuresItHad_areSaid() throws IOException {
    write(file());
    Ledger ledger = running();
    Map<String, Long> failures = Map.of("call", 1_200L, "rate", 7L);
    String situation = "provider does not answer since 14:02:11, next attempt in 20 s";
    for (int i = 0; i < 2; i++) {
      ledger.beat(
          new Beat(0, 0, Rows.NONE, Calls.NONE, AtWork.NONE, Map.of(), failures, situation, null));
    }
    assertThat(json().path("message").asText(), is(situation));
    assertThat(json().path("calls").path("failures").path("call").asLong(), is(2_400L));
    assertThat(
        run(),
        allOf(
            containsString(situation),
            containsString("2,400 turned away by chance, 14 by the account's rate")));
  }

  @Test
  void theGuideHasEveryField_andNoOther() throws IOException {
    write(file().put("watch", "30s"));
    Ledger ledger = running();
    ledger.beat(
        new Beat(
            0,
            0,
            Rows.NONE,
            Calls.NONE,
            new AtWork(1, 9, 3),
            Map.of(),
            Map.of(),
            null,
            "no credit"));
    SortedSet<String> fields = new TreeSet<>();
    json().fieldNames().forEachRemaining(fields::add);
    ObjectNode summary = JSON.createObjectNode().put("run", RUN).put("state", "succeeded");
    Files.writeString(directory.resolve("summary.json"), summary.toString());
    json().fieldNames().forEachRemaining(fields::add);
    GuidePage section = GuidePage.of("resume.md").section("## How far it is: `status`");
    assertThat(section.names("field"), is(fields));
  }

  private Map<Path, FileTime> files() throws IOException {
    Map<Path, FileTime> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        times.put(file, Files.getLastModifiedTime(file));
      }
    }
    return times;
  }

  private String usage(String... args) {
    return String.valueOf(assertThrows(UsageException.class, () -> run(args)).getMessage());
  }

  @Test
  void badCommandLines_sayWhatToDo() throws IOException {
    assertThat(usage(), containsString("holds no job"));
    assertThat(usage("--wach"), containsString("did you mean --watch?"));
    assertThat(usage("--watch=fast"), containsString("--watch: expected a time with its unit"));
    assertThat(usage("--ledger=" + directory.resolve("no")), containsString("no directory"));
    assertThat(
        String.valueOf(
            assertThrows(UsageException.class, () -> StatusVerb.run(List.of(), System.out))
                .getMessage()),
        containsString("Missing --output=DIR"));
    running();
    Path segment;
    try (Stream<Path> files = Files.walk(directory.resolve("ledger"))) {
      segment = files.filter(Files::isRegularFile).sorted().findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(segment);
    bytes[200] ^= 1;
    Files.write(segment, bytes);
    assertThat(usage(), containsString("--ledger: " + segment + ": the record at byte "));
  }
}
