package io.sluice.pipeline.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * A few elements of a stream, each as likely as any other. The seed is fixed: the same outputs give
 * the same report. Not thread-safe.
 *
 * @param <T> the type of elements
 */
final class Reservoir<T> {
  private final Random random = new Random(1);
  private final int size;
  private final List<T> kept = new ArrayList<>();
  private long seen;

  Reservoir(int size) {
    this.size = size;
  }

  /** Takes the next element; it is made only where it is kept. */
  void add(Supplier<T> element) {
    seen++;
    if (kept.size() < size) {
      kept.add(element.get());
      return;
    }
    long at = random.nextLong(seen);
    if (at < size) {
      kept.set((int) at, element.get());
    }
  }

  List<T> kept() {
    return List.copyOf(kept);
  }
}
