package io.sluice.internal.capacity;

/**
 * The share of the stated quota that is sent: all of it, unless fewer calls fail when it is less.
 * Pure arithmetic over given times. Not thread-safe.
 *
 * <p>After a cut it grows as TCP's congestion window does in CUBIC (RFC 9438): soon back near the
 * rate at which calls began to fail, slowly past it, and faster and faster when nothing fails
 * beyond it, because then the provider has more to give than it had. The time to that rate is four
 * seconds, or as long as {@value #CALLS} calls take, so that the few refusals of each cycle stay a
 * small share of its calls.
 */
final class Pace {
  private static final double CALLS = 40;
  private static final double LEAST_NANOS = 4e9;
  private static final double MOST_NANOS = 20e9;
  private static final double BEYOND = 0.05;
  private static final double EAGER = 0.15;
  private static final double LEAST_EAGER = 0.05;

  /** So many seconds later it grows twice as fast. */
  private static final double FASTER = 6;

  private static final double SAME = 0.2;
  private static final double LEAST = 0.01;

  /** From here on it is near the rate at which calls began to fail. */
  private static final double NEAR = 0.98;

  private double from = 1;
  private double ceiling = 1;
  private long began;
  private double cycle = LEAST_NANOS;
  private boolean held;

  /** By how much it grows in a second where nothing is known. */
  private double eager = EAGER;

  private double failedAt;

  /** At most 1. */
  double at(long now) {
    if (held || from >= 1) {
      return from;
    }
    double u = Math.max(0, now - began) / cycle;
    if (u < 1) {
      return ceiling - (ceiling - from) * Math.pow(1 - u, 3);
    }
    double beyond = Math.min(u - 1, 1);
    double share = ceiling * (1 + BEYOND * beyond * beyond * beyond);
    double seconds = Math.min(300, Math.max(0, u - 2) * cycle / 1e9);
    double slower = Math.sqrt(LEAST_NANOS / cycle);
    return Math.min(1, share * Math.exp(eager * slower * seconds * (1 + seconds / FASTER)));
  }

  /** Stays where it is told until it is told otherwise. */
  void hold(double share) {
    from = within(share);
    held = true;
  }

  /**
   * Calls fail above a rate.
   *
   * @param share of the quota to go on with
   * @param most share of the quota at which they began to fail
   * @param callsPerNano the rate of calls now
   */
  void cut(double share, double most, double callsPerNano, long now) {
    held = false;
    ceiling = within(most);
    from = Math.min(within(share), ceiling);
    began = now;
    double nanos = callsPerNano <= 0 ? 0 : CALLS / callsPerNano;
    cycle = Math.min(MOST_NANOS, Math.max(LEAST_NANOS, nanos));
  }

  /**
   * Calls begin to fail at the present rate. Where that is where they began the last time, there is
   * less to be found beyond.
   */
  void fails(long now) {
    double share = at(now);
    boolean same = Math.abs(share - failedAt) < SAME * failedAt;
    eager = same ? Math.max(LEAST_EAGER, eager / 2) : EAGER;
    failedAt = share;
  }

  /** As fast as the quota says. */
  void free() {
    held = false;
    from = 1;
    ceiling = 1;
  }

  double ceiling() {
    return ceiling;
  }

  double cycleNanos() {
    return cycle;
  }

  boolean isFree(long now) {
    return at(now) >= 1;
  }

  /** Whether it is where calls began to fail the last time, or beyond. */
  boolean isNear(long now) {
    return !held && at(now) >= NEAR * ceiling;
  }

  private static double within(double share) {
    return Math.max(LEAST, Math.min(1, share));
  }
}
