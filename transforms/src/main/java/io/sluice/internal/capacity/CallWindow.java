package io.sluice.internal.capacity;

/**
 * How many calls may be in flight. Pure arithmetic over given times. Not thread-safe.
 *
 * <p><b>Opening.</b> What the quota needs is rate times latency, and a slow model tells its latency
 * after half a minute: a window that waits for answers would leave most of that minute unused. So
 * it begins with {@value #FIRST} and doubles every quarter of a second for as long as it is full
 * and nothing says that the server has too many; refusals come back sooner than that. The rate is
 * what bounds it, and {@code maxConcurrent}.
 *
 * <p><b>Load.</b> Where fewer fail with fewer in flight, the calls that are in flight when one is
 * turned away are what the server can take: the window is cut below that, and each later refusal
 * takes it to what stayed. From there each answer adds an eightieth of a call, and more the longer
 * none is turned away.
 */
final class CallWindow {
  static final int FIRST = 16;

  /** As of a window that is not full, quotas are what bound the job. */
  private static final double FULL = 0.9;

  private static final long STEP_NANOS = 250_000_000L;
  private static final double SLOWLY = 1 / 80.0;
  private static final double ROUNDS = 8;
  private static final double NEAR = 0.9;
  static final double CUT = 0.92;

  private final int max;
  private double window;
  private long steppedAt;
  private boolean started;
  private boolean full;

  /** Whether it is bound by what the server can take. */
  private boolean loaded;

  private boolean held;
  private double ceiling;
  private int answeredSince;

  /**
   * @param max 1 or more
   */
  CallWindow(int max) {
    if (max < 1) {
      throw new IllegalArgumentException("maxConcurrent is " + max + "; expected 1 or more");
    }
    this.max = max;
    this.window = Math.min(FIRST, max);
  }

  int limit() {
    return (int) Math.max(1, Math.min(max, window));
  }

  /**
   * When a call may begin, as far as the window is concerned.
   *
   * @return a time that is not later than now, or when it will have grown; {@link Long#MAX_VALUE}
   *     where only the end of a call makes room
   */
  long readyAt(int inFlight, long now) {
    grow(inFlight, now);
    if (inFlight < limit()) {
      return now;
    }
    return loaded || held || limit() >= max ? Long.MAX_VALUE : steppedAt + STEP_NANOS;
  }

  /** Whether it is what holds calls back, and grows. */
  boolean isOpening() {
    return full && !loaded && !held && limit() < max;
  }

  private void grow(int inFlight, long now) {
    full = inFlight >= FULL * limit();
    if (!started) {
      started = true;
      steppedAt = now;
    }
    if (!loaded && !held && full && now - steppedAt >= STEP_NANOS) {
      window = Math.min(max, 2 * window);
      steppedAt = now;
    }
  }

  void answered() {
    if (held) {
      return;
    }
    if (loaded) {
      answeredSince++;
      double faster = 1 + answeredSince / (ROUNDS * window);
      window = Math.min(max, window + SLOWLY * faster * faster);
      loaded = window < max;
    } else {
      window = Math.min(max, window + 1);
    }
  }

  double ceiling() {
    return ceiling;
  }

  double now() {
    return window;
  }

  /** Whether it is about as large as when a call was turned away the last time. */
  boolean isNear() {
    return loaded && window >= NEAR * ceiling;
  }

  boolean isLoaded() {
    return loaded;
  }

  /** Stays at a size until it is told otherwise. */
  void hold(double size) {
    window = Math.max(1, Math.min(max, size));
    held = true;
  }

  /** The server takes so many. */
  void bound(double staying) {
    held = false;
    loaded = true;
    answeredSince = 0;
    ceiling = Math.max(1, Math.min(max, staying));
    window = Math.max(1, Math.min(window, staying));
  }

  /** Back to a size, and on as before. */
  void free(double size) {
    held = false;
    loaded = false;
    window = Math.max(1, Math.min(max, size));
  }

  /** Opens anew, as after an outage. */
  void reopen(long now) {
    held = false;
    loaded = false;
    window = Math.min(window, FIRST);
    steppedAt = now;
  }
}
