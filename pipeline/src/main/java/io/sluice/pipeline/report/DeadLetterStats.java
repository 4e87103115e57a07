package io.sluice.pipeline.report;

import io.sluice.pipeline.output.DeadLetterRow;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Dead letters by kind, from their rows. Not thread-safe. */
final class DeadLetterStats {
  private static final int EXAMPLES = 3;
  private static final int KINDS = 50;

  /** The dead letters of one kind. */
  static final class KindStats {
    final String kind;
    private final Reservoir<Shown.DeadRow> examples = new Reservoir<>(EXAMPLES);
    long count;

    private KindStats(String kind) {
      this.kind = kind;
    }

    List<Shown.DeadRow> examples() {
      return examples.kept();
    }
  }

  private final Map<String, KindStats> byKind = new HashMap<>();
  long total;

  void add(DeadLetterRow row) {
    total++;
    String kind = Texts.clip(row.error().kind(), 40);
    if (byKind.containsKey(kind) || byKind.size() < KINDS) {
      KindStats stats = byKind.computeIfAbsent(kind, KindStats::new);
      stats.count++;
      stats.examples.add(() -> Shown.dead(row));
    }
  }

  /** The commonest kinds first. */
  List<KindStats> kinds() {
    return byKind.values().stream()
        .sorted(
            Comparator.comparingLong((KindStats stats) -> stats.count)
                .reversed()
                .thenComparing(stats -> stats.kind))
        .toList();
  }
}
