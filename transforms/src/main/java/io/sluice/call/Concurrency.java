package io.sluice.call;

/**
 * How many calls of an account may be in flight: grows to what the quota needs, shrinks when the
 * server is overloaded, as TCP does with its congestion window. Below the threshold every success
 * adds one call (it doubles once a latency); above it a full window of successes adds one. An
 * overload halves the window, at most once per window of calls, so that the many failures of one
 * overload count once. Not thread-safe.
 */
final class Concurrency {
  private static final int LEAST_INITIAL = 16;

  private final int max;
  private double window;
  private double threshold;
  private long epoch;
  private long started;

  /**
   * @param max the cap, 1 or more
   * @param expected how many calls the quota allows at once, as far as can be guessed before the
   *     first answer: growing to that many would leave quota unused
   */
  Concurrency(int max, double expected) {
    if (max < 1) {
      throw new IllegalArgumentException("maxConcurrent is " + max + "; expected 1 or more");
    }
    this.max = max;
    this.window = Math.min(max, Math.max(LEAST_INITIAL, expected));
    this.threshold = max;
  }

  boolean mayStart(int inFlight) {
    return inFlight < Math.max(1, (int) window);
  }

  /** Notes that a call begins; the number tells {@link #overloaded} which calls it knew of. */
  long start() {
    return ++started;
  }

  void succeeded() {
    window = Math.min(max, window + (window < threshold ? 1 : 1 / window));
  }

  /**
   * @param call the number of the call that met the overload
   */
  void overloaded(long call) {
    if (call <= epoch) {
      return;
    }
    epoch = started;
    window = Math.max(1, window / 2);
    threshold = window;
  }

  int limit() {
    return Math.max(1, (int) window);
  }
}
