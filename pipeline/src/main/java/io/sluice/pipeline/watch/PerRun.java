package io.sluice.pipeline.watch;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What this JVM keeps of runs, so that it is not read again from their files whenever a runner
 * makes a reader or a bundle. It can be: so of many runs, as a cluster's worker sees them come and
 * go, those that were asked for last are kept. Thread-safe.
 */
final class PerRun<T> {
  private static final int MOST = 16;

  private final Map<String, T> byRun =
      new LinkedHashMap<>(2 * MOST, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
          return size() > MOST;
        }
      };

  /** What is kept of a run; made where there is nothing. */
  synchronized T of(String run, Supplier<T> made) {
    return byRun.computeIfAbsent(run, name -> made.get());
  }

  /** A run is over. */
  synchronized void forget(String run) {
    byRun.remove(run);
  }

  synchronized int size() {
    return byRun.size();
  }
}
