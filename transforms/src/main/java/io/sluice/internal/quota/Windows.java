package io.sluice.internal.quota;

/**
 * The stretches of time in which a provider may count: a minute always, and of requests ten seconds
 * and one second (Azure's slices) once a 429 came for one that did not fit into them. Not
 * thread-safe.
 */
final class Windows {
  private static final long[] SECONDS = {60, 10, 1};

  /** By how much requests may arrive late: a second has room for less of it at the same loss. */
  private static final long[] LATE_NANOS = {100_000_000L, 50_000_000L, 12_000_000L};

  private final Window[] windows;
  private int held = 1;

  /**
   * @param slices whether the shorter ones are thought of
   */
  Windows(boolean slices) {
    windows = new Window[slices ? SECONDS.length : 1];
    for (int i = 0; i < windows.length; i++) {
      windows[i] = new Window(SECONDS[i] * 1_000_000_000L, LATE_NANOS[i]);
    }
  }

  /**
   * @param share of a minute's limit that a minute may hold
   */
  void configure(double perMinute, double share) {
    for (int i = 0; i < windows.length; i++) {
      windows[i].configure(Math.max(1, perMinute * SECONDS[i] / 60 * (i == 0 ? share : 1)));
    }
  }

  double nanosUntil(double amount, long now) {
    double wait = 0;
    for (int i = 0; i < held; i++) {
      wait = Math.max(wait, windows[i].nanosUntil(amount, now));
    }
    return wait;
  }

  void charge(double amount, long now) {
    for (Window window : windows) {
      window.charge(amount, now);
    }
  }

  void correct(double difference, long chargedAt) {
    for (Window window : windows) {
      window.correct(difference, chargedAt);
    }
  }

  /** The longest window that is not held to and that an amount does not fit into; -1 for none. */
  int firstWithout(double amount, long now) {
    for (int i = held; i < windows.length; i++) {
      if (windows[i].nanosUntil(amount, now) > 0) {
        return i;
      }
    }
    return -1;
  }

  /** Holds to a window and all longer ones from now on; false where that is nothing new. */
  boolean hold(int window) {
    if (window < held) {
      return false;
    }
    held = window + 1;
    return true;
  }
}
