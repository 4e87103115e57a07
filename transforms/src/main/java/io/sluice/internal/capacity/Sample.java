package io.sluice.internal.capacity;

/**
 * The calls that the share of failures is measured in, and those that are tried after them. Not
 * thread-safe.
 */
final class Sample {
  private static final int MOST = 64;
  private static final int LEAST = 12;
  private static final int ENOUGH_FAILURES = 4;

  /** A share that chance alone would have to explain. */
  private static final double MANY = 0.4;

  /** More in flight than a server could take that turns calls away for it. */
  private static final double GROWN = 1.3;

  private final Crowd crowd = new Crowd();
  private int calls;
  private int failed;
  private int measuredCalls;
  private int measuredFailed;

  /** How many were in flight when the last one was turned away, and the least since it began. */
  private int latest;

  private int least;

  /** The least when it was measured. */
  private int stayed;

  private double sent;

  void begin() {
    calls = 0;
    failed = 0;
    least = latest;
    crowd.clear();
  }

  void add(int inFlight, boolean fails) {
    crowd.add(inFlight, fails);
    calls++;
    failed += fails ? 1 : 0;
  }

  /** A failure has landed, and so many are left in flight. */
  void met(int inFlight) {
    latest = inFlight;
    least = Math.min(least, inFlight);
  }

  boolean isEnough() {
    return calls >= MOST || (failed >= ENOUGH_FAILURES && calls >= LEAST);
  }

  /**
   * It is measured: what follows is tried.
   *
   * @param share of the quota that is sent
   */
  void end(double share) {
    sent = share;
    stayed = least;
    pool();
  }

  /** What was tried counts as measured, too. */
  void pool() {
    measuredCalls = calls;
    measuredFailed = failed;
  }

  Trial trial() {
    return new Trial(measuredCalls, measuredFailed);
  }

  int calls() {
    return calls;
  }

  int failed() {
    return failed;
  }

  double share() {
    return calls == 0 ? 0 : (double) failed / calls;
  }

  boolean isMuch() {
    return share() > MANY;
  }

  /** How many stayed in flight where calls were turned away. */
  int stayed() {
    return stayed;
  }

  /** The share of the quota that was sent, before a window that was tried made it less. */
  double sent() {
    return sent;
  }

  /** The window is changed: how few stay now? */
  void watch() {
    least = Integer.MAX_VALUE;
  }

  int least() {
    return least;
  }

  /** Whether those that failed left with more in flight than those that passed. */
  boolean setsApart() {
    return isMuch() && crowd.setsApart();
  }

  /** Whether the number in flight is not why, by what was seen without trying. */
  boolean isNoMatter() {
    return latest > GROWN * stayed + 2 || (!isMuch() && crowd.isNoMatter());
  }
}
