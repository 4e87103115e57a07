package io.sluice.pipeline.report;

import io.sluice.ErrorKind;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Begun;
import io.sluice.internal.ledger.LedgerRecord.Ended;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.pipeline.output.RunCalls;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** One run's calls over time, from the ledger. Not thread-safe. */
final class RunHistory implements LedgerScan.Visitor {
  private static final int MOST_KEYS = 500;

  /** What one quota key did, slot by slot. */
  static final class KeyHistory {
    final String key;
    final long[] requests;
    final long[] tokens;
    final long[] refused;
    long calls;
    long refusals;

    private KeyHistory(String key, int slots) {
      this.key = key;
      requests = new long[slots];
      tokens = new long[slots];
      refused = new long[slots];
    }
  }

  private final String run;
  private final Timeline timeline;
  private final Map<String, KeyHistory> byKey = new HashMap<>();
  private final double[] spent;
  final LogHistogram latency = new LogHistogram();

  /** Calls without an answer in each slot, by whose failure it was, and what held the job up. */
  private final SortedMap<Integer, Map<String, Long>> failures = new TreeMap<>();

  private final Map<Integer, String> situations = new HashMap<>();

  RunHistory(String run, Timeline timeline) {
    this.run = run;
    this.timeline = timeline;
    this.spent = new double[timeline.slots()];
  }

  @Override
  public void record(String segment, long offset, LedgerRecord record) {
    if (!RunCalls.isOf(run, segment)) {
      return;
    }
    int slot = timeline.slot(record.at());
    if (record instanceof Beat beat) {
      if (!beat.failures().isEmpty()) {
        add(beat.failures(), failures.computeIfAbsent(slot, each -> new HashMap<>()));
      }
      if (beat.situation() != null) {
        situations.put(slot, beat.situation());
      }
    }
    if (record instanceof Begun begun && begun.call().batch() == null) {
      KeyHistory key = key(begun.call().key());
      int calls = begun.call().rides() ? 0 : 1;
      key.requests[slot] += calls;
      key.calls += calls;
    } else if (record instanceof Ended ended) {
      spent[slot] += ended.usd().doubleValue();
      if (ended.call().batch() == null) {
        // What is in a batch takes nothing of the quota; only its cost has a place in time.
        ended(ended, slot);
      }
    }
  }

  private void ended(Ended ended, int slot) {
    KeyHistory key = key(ended.call().key());
    key.tokens[slot] += ended.tokens();
    if (ended.isAnswer()) {
      latency.add(ended.entry().latencyMs());
    } else if (ended.entry().kind() == ErrorKind.RATE_LIMITED) {
      key.refused[slot]++;
      key.refusals++;
    }
  }

  private static void add(Map<String, Long> counts, Map<String, Long> to) {
    counts.forEach((whose, count) -> to.merge(whose, count, Long::sum));
  }

  /**
   * Calls without an answer over time, in so many parts of the run at most; parts without any are
   * left out.
   */
  List<Part> failures(int parts) {
    int length = Math.max(1, (timeline.slots() + parts - 1) / parts);
    List<Part> found = new ArrayList<>();
    for (int from = 0; from < timeline.slots(); from += length) {
      Map<String, Long> counts = new HashMap<>();
      failures.subMap(from, from + length).values().forEach(each -> add(each, counts));
      String situation = "";
      for (int slot = from; slot < from + length; slot++) {
        situation = situations.getOrDefault(slot, situation);
      }
      if (!counts.isEmpty()) {
        found.add(new Part(from, from + length, counts, situation));
      }
    }
    return found;
  }

  /**
   * A part of the run.
   *
   * @param situation what held the job up, as it was said last; may be empty
   */
  record Part(int fromSlot, int toSlot, Map<String, Long> failures, String situation) {}

  /** Keys beyond the limit get an entry that is thrown away. */
  private KeyHistory key(String name) {
    KeyHistory known = byKey.get(name);
    if (known == null && byKey.size() < MOST_KEYS) {
      known = new KeyHistory(name, timeline.slots());
      byKey.put(name, known);
    }
    return known != null ? known : new KeyHistory(name, timeline.slots());
  }

  /** The keys with the most calls, busiest first. */
  List<KeyHistory> busiest(int limit) {
    return byKey.values().stream()
        .filter(key -> key.calls > 0)
        .sorted(
            Comparator.comparingLong((KeyHistory key) -> key.calls)
                .reversed()
                .thenComparing(key -> key.key))
        .limit(limit)
        .toList();
  }

  long refusals(String key) {
    KeyHistory known = byKey.get(key);
    return known == null ? 0 : known.refusals;
  }

  long calls(String key) {
    KeyHistory known = byKey.get(key);
    return known == null ? 0 : known.calls;
  }

  Timeline timeline() {
    return timeline;
  }

  /** What was spent by the end of each slot, from a sum that was spent before. */
  double[] spentUsd(double before) {
    double[] sums = new double[spent.length];
    double sum = before;
    for (int i = 0; i < spent.length; i++) {
      sum += spent[i];
      sums[i] = sum;
    }
    return sums;
  }
}
