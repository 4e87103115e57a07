package io.sluice.internal.cascade;

import io.sluice.internal.cascade.Lesson.Known;
import io.sluice.internal.cascade.learning.Features;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was answered and may be learnt from, the newest of it. Guarded by its owner. */
final class Lore {
  private static final int MOST = 4_000;

  private final LinkedHashMap<String, Known> known = new LinkedHashMap<>();

  /** Takes in a row, if it has been seen and answered. */
  void add(Item<?> item) {
    Features features = item.features;
    String output = item.output;
    if (features == null || output == null) {
      return;
    }
    known.put(item.fingerprint, new Known(features, output));
    item.features = null;
    if (known.size() > MOST) {
      known.remove(known.keySet().iterator().next());
    }
  }

  /** By fingerprint. */
  Map<String, Known> known() {
    return known;
  }
}
