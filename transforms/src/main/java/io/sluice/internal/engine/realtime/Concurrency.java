package io.sluice.internal.engine.realtime;

/**
 * How many calls of an account may be in flight: grows to what the quota needs, shrinks when the
 * server is overloaded, as TCP does with its congestion window. Not thread-safe.
 *
 * <p><b>Growth.</b> Below the threshold every success adds one call (the window doubles once a
 * latency), above it a fortieth.
 *
 * <p><b>An overload</b> is more failures in a round of calls than what is tolerated and chance
 * explain. Providers turn away a few calls at any load, and to halve the window at each of those
 * would leave most of the quota unused. The window then shrinks to four fifths of what got through,
 * by half at most; calls that began before tell nothing of the new one.
 *
 * <p><b>Whether that helps</b> is looked at before the window grows again. A server that had too
 * many calls turns away hardly any once it has fewer than it could serve. If it still turns away
 * more than half of the share it did before, the failures have nothing to do with how many calls
 * are in flight: the window goes back to where it was, and that share is tolerated. What is
 * tolerated sinks again with the failures.
 *
 * <p><b>In an outage</b> nearly nothing gets through, which says nothing of what the server can
 * take when it is back: the threshold stays at half of the window before it.
 */
final class Concurrency {
  private static final int LEAST_INITIAL = 16;

  /** A share of failures that no conclusion is drawn from. */
  private static final double TOLERANCE = 0.05;

  /** Standard deviations, and failures besides for small numbers, that chance explains. */
  private static final double BY_CHANCE = 3;

  private static final double BY_CHANCE_AT_LEAST = 1.5;

  /** Calls of a round, the window itself if that is more; fewer if they tell enough. */
  private static final int ROUND = 40;

  private static final int SHORT_ROUND = 20;
  private static final double PLAIN_SHARE = 0.75;

  /** Above this share the window is not cut below what got through, so nothing can be concluded. */
  private static final double TELLING_SHARE = 0.375;

  /** Failures that a look expects if they do not depend on the window. */
  private static final double TELLING_FAILURES = 16;

  private static final double OUTAGE_SHARE = 0.95;
  private static final double CUT = 0.8;
  private static final double DEEPEST_CUT = 0.5;
  private static final double GROWTH = 1 / 40.0;

  private final int max;
  private double window;
  private double threshold;
  private long started;

  /** The last call that began before the window was cut: later ones tell of this window. */
  private long epoch;

  private int ended;
  private int failed;

  /** The share of failures that a smaller window does not cure. */
  private double incurable;

  /** Whether the effect of a cut is looked at, and what was before it. */
  private boolean looking;

  private double windowBefore;
  private double shareBefore;

  /** Whether the last round ended in a cut. */
  private boolean shrinking;

  /** Whether hardly anything got through, and nothing has since. */
  private boolean outage;

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
    return inFlight < limit();
  }

  /** Notes that a call begins; the number tells which calls are of the present window. */
  long start() {
    return ++started;
  }

  /**
   * @param call the number of the call that was answered
   */
  void succeeded(long call) {
    if (!looking) {
      window = Math.min(max, window + (window < threshold ? 1 : GROWTH));
    }
    if (outage) {
      // It is over: its last failures tell nothing of what begins.
      outage = false;
      nextRound(shrinking);
    }
    ended(call, 0);
  }

  /**
   * @param call the number of the call that met the overload
   */
  void overloaded(long call) {
    ended(call, 1);
  }

  private void ended(long call, int failures) {
    if (call <= epoch) {
      return;
    }
    ended++;
    failed += failures;
    double share = (double) failed / ended;
    if (ended >= SHORT_ROUND && share >= PLAIN_SHARE) {
      cut(share);
    } else if (looking) {
      look(share);
    } else if (ended >= Math.max(window, ROUND)) {
      judge(share);
    }
  }

  private void look(double share) {
    if (ended < Math.max(window, TELLING_FAILURES / shareBefore)) {
      return;
    }
    looking = false;
    if (share <= shareBefore / 2) {
      judge(share);
      return;
    }
    incurable = Math.max(incurable, share);
    window = windowBefore;
    threshold = max;
    nextRound(false);
  }

  private void judge(double share) {
    double tolerated = Math.min(1, incurable + TOLERANCE);
    double deviation = Math.sqrt(ended * tolerated * (1 - tolerated));
    if (failed > ended * tolerated + BY_CHANCE * deviation + BY_CHANCE_AT_LEAST) {
      cut(share);
      return;
    }
    incurable += Math.min(0, share - incurable) / 10;
    nextRound(false);
  }

  private void cut(double share) {
    looking = share <= TELLING_SHARE;
    windowBefore = window;
    shareBefore = share;
    window = Math.max(1, window * Math.max(DEEPEST_CUT, CUT * (1 - share)));
    outage = share >= OUTAGE_SHARE;
    if (share < (shrinking ? PLAIN_SHARE : OUTAGE_SHARE)) {
      threshold = window;
    } else if (!shrinking) {
      threshold = windowBefore / 2;
    }
    epoch = started;
    nextRound(true);
  }

  private void nextRound(boolean afterCut) {
    shrinking = afterCut;
    ended = 0;
    failed = 0;
  }

  int limit() {
    return Math.max(1, (int) window);
  }
}
