package io.sluice.internal.capacity;

/**
 * How the rate is lowered while it is known to be bound: a little at first, and more where calls go
 * on failing. Between two first steps, what passed is what the provider has to give. Not
 * thread-safe.
 */
final class StepsBack {
  private static final double[] STEPS = {0.94, 0.88, 0.7};

  /** So many in a row, then it is not the rate alone. */
  private static final int MOST = 5;

  /** A step was enough if so many calls passed since. */
  private static final int CLEAN = 40;

  /** First steps that are less apart than a cycle of the pace is long. */
  private static final double OFTEN = 0.9;

  /** Calls begin to fail at the same rate as before, about. */
  private static final double SAME = 0.98;

  private static final double MINUTE = 60e9;

  private final Pace pace;
  private final Doubt doubt = new Doubt();
  private int steps;
  private double firstAt;
  private long firstTime;
  private double passed;

  StepsBack(Pace pace) {
    this.pace = pace;
  }

  /** The rate is known to be bound since now. */
  void begin(long now) {
    steps = 0;
    firstTime = now;
    passed = 0;
  }

  /**
   * @param cost of a call that passed, in shares of a minute's quota
   */
  void passed(double cost) {
    passed += cost;
  }

  /**
   * Whether calls that fail ask for a step.
   *
   * @param calls since the last change
   */
  boolean isDue(int calls, long now) {
    return isOnTheWay(calls) || pace.isNear(now);
  }

  private boolean isOnTheWay(int calls) {
    return steps > 0 && steps < MOST && calls < CLEAN;
  }

  /**
   * A step back.
   *
   * @param calls since the last change
   * @return false where it is doubtful that it is the rate: then nothing is done
   */
  boolean step(int calls, double callsPerNano, long now) {
    double share = pace.at(now);
    steps = steps > 0 && calls < CLEAN ? steps + 1 : 1;
    double known = 1;
    if (steps == 1) {
      long since = now - firstTime;
      if (doubt.arises(share < SAME * firstAt || since < OFTEN * pace.cycleNanos())) {
        steps = 0;
        return false;
      }
      pace.fails(now);
      known = passed * MINUTE / Math.max(1, since);
      firstAt = share;
      firstTime = now;
      passed = 0;
    }
    double next = share * STEPS[Math.min(steps, STEPS.length) - 1];
    double most = Math.max(next, Math.min(known, (share + next) / 2));
    pace.cut(next, most, callsPerNano, now);
    return true;
  }
}
