package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.Usage;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.ledger.LedgerScan;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ledger where a file is there once it is closed, and not before. */
class StoreLedgerTest {
  @TempDir Path directory;
  private final AtomicLong millis = new AtomicLong(1_700_000_000_000L);
  private final InstantSource clock = () -> Instant.ofEpochMilli(millis.get());

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  @AfterEach
  void mend() {
    FaultyFileSystem.mend();
  }

  private Ledger open(String run) {
    return Ledger.open(new Ledger.Options(name(), "job", run, partition -> true, clock));
  }

  private String name() {
    return FaultyFileSystem.name(directory.resolve("ledger"));
  }

  private static String fingerprint(int i) {
    return String.format("%016x", i * 0x9E3779B97F4A7C15L).repeat(4);
  }

  private static void answer(Ledger ledger, int i) {
    ledger.end(
        ledger.begin("key" + i % 3, fingerprint(i), new BigDecimal("0.5")),
        new LedgerEntry(
            LedgerEntry.Outcome.ANSWER,
            "answer " + i,
            "gpt",
            "stop",
            new Usage(10, 2, 3),
            new BigDecimal("0.25"),
            1,
            42,
            null,
            "",
            null,
            null,
            false,
            "billed"));
  }

  @Test
  @Timeout(60)
  void killedAnywhere_losesNoMoreThanTheLastSecond() {
    Ledger killed = open("one");
    for (int second = 0; second < 5; second++) {
      for (int i = 0; i < 100; i++) {
        answer(killed, 100 * second + i);
        millis.addAndGet(10);
        killed.tick();
      }
    }
    answer(killed, 500);
    millis.addAndGet(999);
    killed.tick();
    // What was shipped arrives; what was not dies with the process, which does nothing more.
    while (LedgerScan.segments(name()).size() < 5 * 3) {
      Thread.onSpinWait();
    }
    try (Ledger next = open("two")) {
      for (int i = 0; i < 500; i++) {
        assertThat("answer " + i, next.find(fingerprint(i)), is(notNullValue()));
      }
      assertThat(next.find(fingerprint(500)), is(nullValue()));
      assertThat(next.totals().spentUsd(), is(new BigDecimal("125.00")));
      assertThat(next.totals().abandonedCalls(), is(0L));
    }
  }

  @Test
  @Timeout(60)
  void aClockThatIsSetBack_holdsNothingBack() {
    Ledger killed = open("one");
    millis.addAndGet(-3 * 3_600_000L);
    answer(killed, 0);
    killed.tick();
    while (LedgerScan.segments(name()).isEmpty()) {
      Thread.onSpinWait();
    }
    try (Ledger next = open("two")) {
      assertThat(next.find(fingerprint(0)), is(notNullValue()));
    }
  }

  @Test
  void ownAnswers_areFoundBeforeTheirSegmentIsThere() {
    try (Ledger ledger = open("one")) {
      answer(ledger, 1);
      assertThat(LedgerScan.segments(name()), hasSize(0));
      LedgerEntry found = ledger.find(fingerprint(1));
      assertThat(found == null ? "" : found.raw(), is("answer 1"));
      ledger.sync();
      assertThat(LedgerScan.segments(name()), hasSize(1));
      ledger.sync();
      assertThat(LedgerScan.segments(name()), hasSize(1));
    }
  }

  @Test
  void callThatIsNoted_isKeptWithoutItsEnd() {
    Ledger killed = open("one");
    killed.begin("k", fingerprint(1), new BigDecimal("0.5"));
    killed.sync();
    try (Ledger next = open("two")) {
      assertThat(next.totals().abandonedUsd(), is(new BigDecimal("0.5")));
    }
  }

  @Test
  void storeThatRefuses_isSaidAtTheNextWord() {
    Ledger ledger = open("one");
    answer(ledger, 1);
    FaultyFileSystem.FILES.set(0);
    LedgerException e = assertThrows(LedgerException.class, ledger::sync);
    assertThat(e.getMessage(), containsString("Read-only file system"));
    assertThat(e.getMessage(), containsString(name()));
    assertThat(e.getMessage(), containsString("run the same command again"));
  }

  @Test
  void manySegments_areReadInTheirOrder() {
    for (int run = 0; run < 30; run++) {
      try (Ledger ledger = open("run" + (10 + run))) {
        answer(ledger, run);
        ledger.sync();
        answer(ledger, 1_000 + run);
        millis.addAndGet(1_000);
      }
    }
    try (Ledger ledger = open("last")) {
      for (int run = 0; run < 30; run++) {
        assertThat(ledger.find(fingerprint(run)), is(notNullValue()));
        assertThat(ledger.find(fingerprint(1_000 + run)), is(notNullValue()));
      }
      assertThat(ledger.totals().calls(), is(60L));
    }
  }
}
