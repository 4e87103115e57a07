package io.sluice.internal.ledger;

import static io.sluice.internal.ledger.Records.answer;
import static io.sluice.internal.ledger.Records.failure;
import static io.sluice.internal.ledger.Records.fingerprint;
import static io.sluice.internal.ledger.Records.open;
import static io.sluice.internal.ledger.Records.segments;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.Usage;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTotalsTest {
  private static final Ledger.Call CALL = new Ledger.Call("k", fingerprint(7), 7, false, null);

  @TempDir Path directory;

  private LedgerTotals read() {
    LedgerTotals totals = new LedgerTotals();
    LedgerScan.scan(directory.toString(), (segment, at, record) -> totals.add(segment, record));
    return totals;
  }

  private static Ledger.Call begin(Ledger ledger, String key, int i) {
    return ledger.begin(key, fingerprint(i), new BigDecimal("0.5"));
  }

  @Test
  void everyCent_isInOneModelOneKeyAndOneOutcome() {
    try (Ledger ledger = open(directory, "one")) {
      ledger.end(begin(ledger, "a", 0), answer("big", "0.01"));
      ledger.endUnfit(begin(ledger, "a", 1), answer("small", "0.002"), true);
      ledger.endUnfit(begin(ledger, "b", 1), answer("small", "0.0003"), false);
      ledger.end(begin(ledger, "b", 2), failure("billed", "0.00004"));
      ledger.end(begin(ledger, "b", 3), failure("unknown", ""));
      begin(ledger, "b", 4);
    }
    LedgerTotals totals = read();
    assertThat(totals.inFlight(), is(1));
    assertThat(totals.openUsd(segment -> segment.contains("/one-")), is(new BigDecimal("0.5")));
    assertThat(totals.openUsd(segment -> false), is(BigDecimal.ZERO));
    totals.endOfSegments();
    assertThat(totals.spentUsd(), is(new BigDecimal("0.01234")));
    assertThat(totals.answeredUsd(), is(new BigDecimal("0.01000")));
    assertThat(totals.repeatedUsd(), is(new BigDecimal("0.002")));
    assertThat(totals.failedUsd(), is(new BigDecimal("0.00034")));
    assertThat(totals.abandonedUsd(), is(new BigDecimal("1.0")));
    assertThat(totals.abandonedCalls(), is(2L));
    Map<String, LedgerTotals.Sum> byKey = totals.byKey();
    assertThat(
        byKey.get("a"), is(new LedgerTotals.Sum(2, new Usage(20, 4, 6), new BigDecimal("0.012"))));
    assertThat(
        byKey.get("b"),
        is(new LedgerTotals.Sum(3, new Usage(30, 2, 3), new BigDecimal("0.00034"))));
    Map<String, LedgerTotals.Sum> byModel = new HashMap<>(totals.byModel());
    BigDecimal sum = BigDecimal.ZERO;
    for (LedgerTotals.Sum model : byModel.values()) {
      sum = sum.add(model.usd());
    }
    assertThat(sum, is(totals.spentUsd()));
    assertThat(totals.byTier().keySet(), is(Set.of("standard")));
    assertThat("as usual", totals.byTier().values().iterator().next().usd(), is(totals.spentUsd()));
    assertThat(
        byModel.get("big"),
        is(new LedgerTotals.Sum(1, new Usage(10, 2, 3), new BigDecimal("0.01"))));
  }

  /** Its provider does not show it any more, or not whose it is: nobody knows what was billed. */
  @Test
  void batchThatIsForgotten_isAbandoned() {
    try (Ledger ledger = open(directory, "one")) {
      ledger.beginInBatch("a", fingerprint(1), "read", new BigDecimal("4"));
      ledger.batch("a", "read", new BatchEvent.Intended(1, 0));
      ledger.batch("a", "read", new BatchEvent.Closed("completed", null));
      ledger.beginInBatch("a", fingerprint(2), "gone", new BigDecimal("0.5"));
      ledger.batch("a", "gone", new BatchEvent.Intended(1, 0));
      ledger.batch("a", "gone", new BatchEvent.Closed("forgotten", new BigDecimal("0.5")));
    }
    LedgerTotals totals = read();
    totals.endOfSegments();
    assertThat(totals.abandonedUsd(), is(new BigDecimal("0.5")));
    assertThat(totals.spentUsd("a"), is(new BigDecimal("0.5")));
    assertThat(totals.spentUsd(), is(BigDecimal.ZERO));
  }

  /** What another model is asked in place of one is no call of a model without a name. */
  @Test
  void requestThatWasPassedOnUnasked_isOfNoModel() {
    try (Ledger ledger = open(directory, "one")) {
      LedgerEntry unasked = failure("unknown", "").ofUnknownCost();
      ledger.end(ledger.ride("a", fingerprint(0), BigDecimal.ZERO), unasked);
      ledger.end(begin(ledger, "a", 1), answer("other", "0.01"));
    }
    assertThat(read().byModel().keySet(), is(Set.of("other")));
  }

  @Test
  void segmentCutAnywhere_countsWhatIsWhole_andTheRestAsAbandoned() throws IOException {
    try (Ledger ledger = open(directory, "one")) {
      for (int i = 0; i < 4; i++) {
        ledger.end(begin(ledger, "k", i), answer("m", "0.25"));
      }
    }
    Path segment = segments(directory).get(0);
    byte[] whole = Files.readAllBytes(segment);
    for (int cut = 0; cut <= whole.length; cut++) {
      Files.write(segment, Arrays.copyOf(whole, cut));
      int lines = 0;
      for (int i = 0; i < cut; i++) {
        lines += whole[i] == '\n' ? 1 : 0;
      }
      int calls = lines / 2;
      int ends = Math.max(0, lines - 1) / 2;
      try (Ledger next = open(directory, "two")) {
        String where = "cut at " + cut;
        assertThat(where, next.totals().calls(), is((long) calls));
        assertThat(where, next.totals().answers(), is((long) ends));
        assertThat(where, next.totals().abandonedCalls(), is((long) calls - ends));
        for (int i = 0; i < 4; i++) {
          assertThat(where, next.find(fingerprint(i)) != null, is(i < ends));
        }
      }
    }
  }

  @Test
  void callAndEndInTwoSegmentsOfAWriter_belongTogether_inEitherOrder() {
    for (boolean endFirst : new boolean[] {false, true}) {
      LedgerTotals totals = new LedgerTotals();
      LedgerRecord call = begun();
      LedgerRecord end = ended(answer("m", "0.1"));
      if (endFirst) {
        totals.add("d/part-03/run-w-000002.jsonl", end);
        totals.add("d/part-03/run-w-000001.jsonl", call);
      } else {
        totals.add("d/part-03/run-w-000001.jsonl", call);
        totals.add("d/part-03/run-w-000002.jsonl", end);
      }
      // Another writer's call of the same number is another call.
      totals.add("d/part-03/run-x-000001.jsonl", begun());
      assertThat(totals.inFlight(), is(1));
      totals.endOfSegments();
      assertThat(totals.abandonedUsd(), is(new BigDecimal("0.5")));
    }
  }

  private static LedgerRecord begun() {
    return new LedgerRecord.Begun(CALL, 0, new BigDecimal("0.5"));
  }

  private static LedgerRecord ended(LedgerEntry entry) {
    return new LedgerRecord.Ended(CALL, 0, entry, LedgerRecord.Fit.FITS, null, false);
  }
}
