package io.sluice.internal.ledger;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z"));

  @TempDir Path directory;

  private Ledger open(String run) {
    return Ledger.open(
        new Ledger.Options(directory.toString(), "job", run, partition -> true, CLOCK));
  }

  private static String fingerprint(int i) {
    return String.format("%016x", i * 0x9E3779B97F4A7C15L).repeat(4);
  }

  private static LedgerEntry answer(String raw) {
    return new LedgerEntry(
        LedgerEntry.Outcome.ANSWER,
        raw,
        "gpt",
        "stop",
        new Usage(10, 2, 3),
        new BigDecimal("0.00000125"),
        1,
        42,
        null,
        "",
        null,
        null,
        false,
        "billed");
  }

  private static LedgerEntry failure(LedgerEntry.Outcome outcome, String billing) {
    return new LedgerEntry(
        outcome,
        null,
        "",
        "",
        Usage.NONE,
        null,
        2,
        7,
        ErrorKind.BAD_REQUEST,
        "no",
        400,
        "invalid",
        false,
        billing);
  }

  private static void call(Ledger ledger, int i, LedgerEntry entry) {
    ledger.end(ledger.begin("key" + i % 3, fingerprint(i), new BigDecimal("0.5")), entry);
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList();
    }
  }

  @Test
  void answers_areFoundByThisRunAndTheNext() {
    try (Ledger ledger = open("one")) {
      for (int i = 0; i < 100; i++) {
        call(ledger, i, answer("text \"" + i + "\" ü\n"));
      }
      assertThat(ledger.find(fingerprint(7)), is(answer("text \"7\" ü\n")));
    }
    try (Ledger ledger = open("two")) {
      assertThat(ledger.find(fingerprint(99)), is(answer("text \"99\" ü\n")));
      assertThat(ledger.find(fingerprint(100)), is(nullValue()));
      assertThat(ledger.totals().spentUsd(), is(new BigDecimal("0.00012500")));
      assertThat(ledger.totals().usage(), is(new Usage(1000, 200, 300)));
      assertThat(ledger.lastCallMillis("key1"), is(CLOCK.millis()));
      assertThat(ledger.lastCallMillis("other"), is(0L));
    }
  }

  @Test
  void refresh_showsWhatAnotherWorkerHasWritten_andCountsNothingTwice() {
    try (Ledger here = open("run");
        Ledger there = open("run")) {
      call(here, 1, answer("one"));
      call(there, 2, answer("two"));
      assertThat(here.find(fingerprint(2)), is(nullValue()));
      here.refresh();
      assertThat(here.find(fingerprint(2)), is(answer("two")));
      call(there, 3, answer("three"));
      here.refresh();
      here.refresh();
      assertThat(here.find(fingerprint(3)), is(answer("three")));
      assertThat(here.find(fingerprint(1)), is(answer("one")));
      assertThat(here.totals().spentUsd(), is(new BigDecimal("0.00000375")));
    }
  }

  @Test
  void newestRecordWins_butAFailureNeverHidesAnAnswer() {
    try (Ledger ledger = open("one")) {
      call(ledger, 1, failure(LedgerEntry.Outcome.FAILURE, "not_billed"));
      call(ledger, 1, answer("first"));
      call(ledger, 1, answer("second"));
      call(ledger, 1, failure(LedgerEntry.Outcome.FAILURE, "not_billed"));
      call(ledger, 2, failure(LedgerEntry.Outcome.RETRY, "not_billed"));
      call(ledger, 3, failure(LedgerEntry.Outcome.FAILURE, "not_billed"));
    }
    try (Ledger ledger = open("two")) {
      assertThat(ledger.find(fingerprint(1)), is(answer("second")));
      assertThat(ledger.find(fingerprint(2)), is(nullValue()));
      assertThat(
          ledger.find(fingerprint(3)), is(failure(LedgerEntry.Outcome.FAILURE, "not_billed")));
    }
  }

  @Test
  void callsWithoutAnEnd_andOfUnknownBilling_areAbandonedAtTheirWorst() {
    Ledger ledger = open("one");
    ledger.begin("k", fingerprint(1), new BigDecimal("0.25"));
    call(ledger, 2, failure(LedgerEntry.Outcome.RETRY, "unknown"));
    call(ledger, 3, failure(LedgerEntry.Outcome.RETRY, "not_billed"));
    ledger.sync();
    try (Ledger next = open("two")) {
      assertThat(next.totals().abandonedUsd(), is(new BigDecimal("0.75")));
      assertThat(next.totals().abandonedCalls(), is(2L));
    }
  }

  @Test
  void lastRecordCutAtEveryByte_costsThatRecordOnly() throws IOException {
    try (Ledger ledger = open("one")) {
      for (int i = 0; i < 9; i += 3) {
        call(ledger, i, answer("answer " + i));
      }
    }
    Path segment = segments().get(0);
    byte[] whole = Files.readAllBytes(segment);
    int lastLine =
        new String(whole, 0, whole.length - 1, java.nio.charset.StandardCharsets.ISO_8859_1)
                .lastIndexOf('\n')
            + 1;
    for (int length = lastLine; length < whole.length; length++) {
      Files.write(segment, Arrays.copyOf(whole, length));
      try (Ledger ledger = open("two")) {
        assertThat("cut at " + length, ledger.find(fingerprint(3)), is(answer("answer 3")));
        assertThat("cut at " + length, ledger.find(fingerprint(6)), is(nullValue()));
      }
    }
  }

  @Test
  void damageInTheMiddle_isReportedWithFileAndPlace() throws IOException {
    try (Ledger ledger = open("one")) {
      call(ledger, 0, answer("zero"));
      call(ledger, 3, answer("three"));
    }
    Path segment = segments().get(0);
    byte[] bytes = Files.readAllBytes(segment);
    int secondLine =
        new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
    bytes[secondLine + 30] ^= 1;
    Files.write(segment, bytes);
    LedgerException e = assertThrows(LedgerException.class, () -> open("two"));
    assertThat(
        e.getMessage(),
        allOf(containsString(segment.toString()), containsString("byte " + secondLine)));
  }

  @Test
  void unknownVersion_isRefused() throws IOException {
    open("one").begin("k", fingerprint(1), null);
    Path segment = segments().get(0);
    byte[] header = LedgerLine.encode(new LedgerRecord.Segment(9, "job", "one", 0, CLOCK.millis()));
    Files.write(segment, header);
    LedgerException e = assertThrows(LedgerException.class, () -> open("two"));
    assertThat(e.getMessage(), containsString("version 9"));
  }

  @Test
  void emptySegment_isACrashBeforeTheFirstRecord() throws IOException {
    Path segment = directory.resolve("part-00/x-1-0.jsonl");
    Files.createDirectories(segment.getParent());
    Files.createFile(segment);
    try (Ledger ledger = open("two")) {
      assertThat(ledger.totals().calls(), is(0L));
    }
  }

  @Test
  void keysAreApart_andAWorkerReadsItsOwn() throws IOException {
    try (Ledger ledger = open("one")) {
      for (int i = 0; i < 3; i++) {
        call(ledger, i, answer("a"));
      }
    }
    assertThat(segments(), hasSize(3));
    int mine = Ledger.partition("key1");
    try (Ledger ledger =
        Ledger.open(
            new Ledger.Options(directory.toString(), "job", "two", p -> p == mine, CLOCK))) {
      assertThat(ledger.find(fingerprint(1)), is(notNullValue()));
      assertThat(ledger.find(fingerprint(0)), is(nullValue()));
    }
  }

  @Test
  void claimCost_isTrueOnce() {
    try (Ledger ledger = open("one")) {
      call(ledger, 1, answer("a"));
      assertThat(ledger.claimCost(fingerprint(1)), is(true));
      assertThat(ledger.claimCost(fingerprint(1)), is(false));
      assertThat(ledger.claimCost(fingerprint(2)), is(false));
    }
  }

  @Test
  void index_takesAtMost64BytesARecord() {
    LedgerIndex index = new LedgerIndex();
    for (int i = 0; i < 300_000; i++) {
      index.put(fingerprint(i), LedgerIndex.place(i % 7, i), true);
      if (i >= 1_000 && i % 997 == 0) {
        assertThat(index.bytes() / index.size(), is(lessThanOrEqualTo(64L)));
      }
    }
    for (int i = 0; i < 300_000; i++) {
      assertThat(index.get(fingerprint(i)), is(LedgerIndex.place(i % 7, i)));
    }
    assertThat(index.get(fingerprint(300_000)), is(LedgerIndex.ABSENT));
  }

  @Test
  void unwritableDirectory_saysWhatToDo() throws IOException {
    Path file = directory.resolve("part-13");
    @Nullable LedgerException caught = null;
    for (int partition = 0; partition < Ledger.PARTITIONS; partition++) {
      Files.createFile(directory.resolve(String.format("part-%02d", partition)));
    }
    try (Ledger ledger = open("one")) {
      caught = assertThrows(LedgerException.class, () -> ledger.begin("k", fingerprint(1), null));
    }
    assertThat(Files.exists(file), is(true));
    assertThat(caught.getMessage(), containsString("run the same command again"));
  }

  @Test
  void aCascade_isThereWhenTheLedgerIsOpenedAgain() {
    LedgerCascade.Served answer = new LedgerCascade.Served("2-ab", "\"b\"", 0.75f);
    try (Ledger ledger = open("one")) {
      assertThat(ledger.cascade(), is(LedgerCascade.State.NONE));
      ledger.note(LedgerCascade.VERSION, "{\"epoch\":1}");
      ledger.note(LedgerCascade.DOUBT, "{\"epoch\":1}");
      ledger.note(LedgerCascade.VERSION, "{\"epoch\":2,\"name\":\"2-ab\"}");
      ledger.note(LedgerCascade.FLOW, "{\"epoch\":2,\"rows\":7}");
      ledger.serve(
          "2-ab",
          Map.of(
              fingerprint(1),
              answer,
              fingerprint(2),
              new LedgerCascade.Served("2-ab", "\"a\"", 0.5f)));
      ledger.note("served", "not JSON");
      ledger.note("another version's", "{\"epoch\":2}");
    }
    try (Ledger ledger = open("two")) {
      assertThat(
          ledger.cascade(),
          is(
              new LedgerCascade.State(
                  2, false, "{\"epoch\":2,\"name\":\"2-ab\"}", "{\"epoch\":2,\"rows\":7}")));
      assertThat(ledger.findServed(fingerprint(1)), is(answer));
      assertThat(ledger.findServed(fingerprint(3)), is(nullValue()));
      assertThat(ledger.knows(fingerprint(1)), is(false));
    }
  }
}
