package io.sluice.pipeline.launch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * How many documents end a second, over the last half minute: what a job did before its first
 * answer, as starting and reading, says nothing of the rest. Not thread-safe.
 */
final class Rate {
  private static final double WINDOW_SECONDS = 30;

  /** From less than this nothing is concluded. */
  private static final double LEAST_SECONDS = 5;

  private static final long LEAST_DOCUMENTS = 10;

  private record Point(double seconds, long done) {}

  private final Deque<Point> points = new ArrayDeque<>();

  /**
   * @param seconds since the beginning
   * @param done documents that have ended by now
   */
  void add(double seconds, long done) {
    if (done == 0) {
      return;
    }
    points.addLast(new Point(seconds, done));
    while (points.size() > 2 && points.getFirst().seconds() < seconds - WINDOW_SECONDS) {
      points.removeFirst();
    }
  }

  /** Documents a second; empty where it is too early to say. */
  OptionalDouble perSecond() {
    if (points.isEmpty()) {
      return OptionalDouble.empty();
    }
    double seconds = points.getLast().seconds() - points.getFirst().seconds();
    long done = points.getLast().done() - points.getFirst().done();
    return seconds < LEAST_SECONDS || done < LEAST_DOCUMENTS
        ? OptionalDouble.empty()
        : OptionalDouble.of(done / seconds);
  }
}
