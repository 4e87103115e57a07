package io.sluice.internal.capacity;

/**
 * Watches the share of calls that fail, and says when it is more than what is tolerated. Not
 * thread-safe.
 *
 * <p>It looks after every call, so a test that is made to be looked at once would find something
 * sooner or later. This is Page's cumulative sum (E. S. Page, Continuous inspection schemes,
 * Biometrika 41, 1954): each call adds the logarithm of how much likelier it is under a share that
 * matters than under the one tolerated, the sum never falls below nothing, and an alarm is a sum
 * above a bound. With nothing tolerated, the third failure within some twenty calls is one, or the
 * fifth within a hundred; at one failure in a hundred there is none in thousands of calls. Where an
 * alarm turned out to be nothing, the next needs more ({@link #tolerate}).
 */
final class ShareTest {
  /** Shares below this are nobody's concern, and this much more than the tolerated one matters. */
  private static final double CALM = 0.01;

  private static final double MATTERS = 0.05;
  private static final double TIMES = 1.5;

  private static final double SUSPICIOUS = 3;
  private static final double FIRST_BOUND = 6;
  private static final double BOUND_STEP = 2;
  private static final double LAST_BOUND = 12;

  private static final double DEVIATIONS = 1.5;
  private static final double FADING = 1 / 200.0;

  private double tolerated;
  private double most;
  private double sum;
  private int calls;
  private double bound = FIRST_BOUND;
  private double passFactor;
  private double failFactor;

  ShareTest() {
    weigh();
  }

  /**
   * @return whether more fail than is tolerated, as is to be seen at a failure
   */
  boolean add(boolean failed) {
    calls++;
    sum += failed ? failFactor : passFactor;
    sum = Math.max(0, sum);
    if (tolerated > 0) {
      fade(failed);
    }
    return failed && sum > bound;
  }

  /** What is tolerated follows the failures down, and a little way up. */
  private void fade(boolean failed) {
    tolerated += FADING * ((failed ? 1 : 0) - tolerated);
    tolerated = Math.min(tolerated, most);
    if (tolerated < CALM / 4) {
      tolerated = 0;
      bound = FIRST_BOUND;
    }
    weigh();
  }

  private void weigh() {
    double usual = Math.min(0.98, 1.1 * tolerated + CALM);
    double much = Math.min(0.995, TIMES * tolerated + MATTERS);
    failFactor = Math.log(much / usual);
    passFactor = Math.log((1 - much) / (1 - usual));
  }

  /** Whether two have failed close together: no alarm yet. */
  boolean isSuspicious() {
    return sum > SUSPICIOUS;
  }

  /** How many calls there were since something was changed. */
  int calls() {
    return calls;
  }

  double tolerated() {
    return tolerated;
  }

  /** Something was changed: what was before it counts no more. */
  void restart() {
    sum = 0;
    calls = 0;
  }

  /**
   * Nothing that we do makes it less.
   *
   * @param calls that the share is of
   */
  void tolerate(double share, int calls) {
    tolerated = share;
    most = Math.min(1, share + CALM + 2 * Math.sqrt(share * (1 - share) / Math.max(1, calls)));
    bound = Math.min(LAST_BOUND, bound + BOUND_STEP);
    weigh();
    restart();
  }

  /** It was what we do: nothing needs to be tolerated. */
  void forget() {
    tolerated = 0;
    bound = FIRST_BOUND;
    weigh();
    restart();
  }

  /** Whether so many failures of so many calls are no more than is tolerated. */
  boolean explains(int failed, int calls) {
    double deviation = Math.sqrt(calls * tolerated * (1 - tolerated));
    return failed <= calls * tolerated + DEVIATIONS * deviation + 1;
  }

  /** How many calls may fail one after another by the share that is tolerated. */
  int longestRun(double likelihood, int atLeast, int atMost) {
    double usual = Math.max(0.05, Math.min(0.99, 1.3 * tolerated + 0.05));
    double length = Math.ceil(Math.log(likelihood) / Math.log(usual));
    return (int) Math.max(atLeast, Math.min(atMost, length));
  }
}
