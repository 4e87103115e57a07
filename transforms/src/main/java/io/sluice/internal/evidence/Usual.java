package io.sluice.internal.evidence;

/**
 * The share of calls that fail while others pass, whatever they fail for, and how many failures one
 * after another it explains. Not thread-safe.
 *
 * <p>Each call that passes ends a run of failures, perhaps of none: those runs are counted, the
 * last {@value #MEMORY} calls or so. A run that nothing has ended yet is not, so that an outage
 * does not explain itself. What the share may be, by so few calls, is a beta distribution; a run is
 * as likely as it is under all of those shares together (the Pólya-Eggenberger urn). Before
 * anything is known, that is as if {@value #PASSED_BEFORE} calls had passed and one had failed.
 */
final class Usual {
  private static final int MEMORY = 400;
  private static final double FADING = 1 - 1.0 / MEMORY;
  private static final int PASSED_BEFORE = 32;
  private static final int FAILED_BEFORE = 1;

  private double failed;
  private double passed;

  /** Failures since a call passed. */
  private int open;

  void fails() {
    open++;
  }

  void passes() {
    double fading = Math.pow(FADING, open + 1);
    failed = failed * fading + open;
    passed = passed * fading + 1;
    open = 0;
  }

  /**
   * Whether the failures since a call passed are no more than the share explains that they are a
   * part of themselves.
   */
  boolean explainsOpen(double likelihood) {
    Usual with = new Usual();
    with.failed = failed;
    with.passed = passed;
    with.open = open;
    with.passes();
    return with.longestRun(likelihood, 0, open) >= open;
  }

  /** The failures since a call passed had a reason of their own. */
  void forgetOpen() {
    open = 0;
  }

  /**
   * How many calls may fail one after another, by the share that fails anyway.
   *
   * @param likelihood of a longer run
   */
  int longestRun(double likelihood, int atLeast, int atMost) {
    double least = Math.log(likelihood);
    double fails = FAILED_BEFORE + failed;
    double all = PASSED_BEFORE + passed + fails;
    double logarithm = 0;
    int length = 0;
    while (length < atMost && (length < atLeast || logarithm > least)) {
      logarithm += Math.log((fails + length) / (all + length));
      length++;
    }
    return length;
  }
}
