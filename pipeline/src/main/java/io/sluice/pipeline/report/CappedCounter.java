package io.sluice.pipeline.report;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts values, of which it remembers a limited number: the first ones to come. Not thread-safe.
 */
final class CappedCounter {
  /**
   * @param value clipped where it is long
   */
  record Count(String value, long count) {}

  private static final int VALUE_LENGTH = 120;

  private final int cap;
  private final Map<String, Long> counts = new HashMap<>();
  private long total;
  private long uncounted;

  CappedCounter(int cap) {
    this.cap = cap;
  }

  void add(String value) {
    total++;
    String name = Texts.clip(value, VALUE_LENGTH);
    if (counts.containsKey(name) || counts.size() < cap) {
      counts.merge(name, 1L, Long::sum);
    } else {
      uncounted++;
    }
  }

  /** The commonest first; equally common ones by name. */
  List<Count> commonest(int limit) {
    return counts.entrySet().stream()
        .map(entry -> new Count(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong(Count::count).reversed().thenComparing(Count::value))
        .limit(limit)
        .toList();
  }

  /** Whether values came that it had no room for. */
  boolean overflowed() {
    return uncounted > 0;
  }

  int distinct() {
    return counts.size();
  }

  long total() {
    return total;
  }
}
