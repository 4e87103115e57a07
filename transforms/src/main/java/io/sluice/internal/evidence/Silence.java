package io.sluice.internal.evidence;

import java.time.Duration;

/**
 * Nothing passes that passed before: an outage, or a limit that lets nothing through. Pure
 * arithmetic over given times. Not thread-safe.
 *
 * <p>It is concluded from a {@link Run} of failures that is too long for the share that fails
 * anyway ({@link Usual}), as chance brings it once in a thousand million; ten at least, of calls
 * that are turned away twenty, of one or two documents alone, which may be to blame themselves,
 * twenty as well. In an outage one call at a time looks whether the provider is back, after 1, 2,
 * 4, 8, 16 and then {@value #OUTAGE_GAP_SECONDS} seconds; a limit that refuses everything ends
 * within a minute or so, and is looked at every {@value #BLOCKED_GAP_SECONDS} seconds at first. A
 * wait that the provider asks for comes before both. What ends it is a call that left after the
 * failures began, for older ones were let in before: one that is answered, or where failures come
 * fast, one that is out for so long that it cannot have failed.
 */
final class Silence {
  static final int OUTAGE_GAP_SECONDS = 20;
  static final int BLOCKED_GAP_SECONDS = 5;
  static final double ONCE_IN = 1e-9;
  private static final int SHORTEST = 10;

  /** Of refusals, of which many may come by chance before that is known. */
  private static final int SHORTEST_REFUSED = 20;

  /** A limit is believed to let nothing through after so many. */
  private static final int SURE = 24;

  private static final int LONGEST = 200;
  private static final int OF_FEW = 20;

  private static final long SECOND = 1_000_000_000L;
  private static final long LONG_WAIT = 5 * SECOND;
  private static final long OFTEN_NANOS = 120 * SECOND;

  /** How long a limit that never let anything through is waited for, and one that did. */
  private static final Duration NEVER_PASSED = Duration.ofMinutes(2);

  private static final Duration BLOCKED = Duration.ofMinutes(5);

  /** How long an address that never answered is asked. */
  private static final Duration NEVER_ANSWERED = Duration.ofMinutes(1);

  private boolean on;

  /** Whether nothing has been answered since it began, though it may have been let go on. */
  private boolean unanswered;

  private boolean late;
  private boolean blocked;
  private boolean ofFew;
  private long since;
  private long from;
  private long nextAt;
  private int probes;

  /** Those that it began with, and probes. */
  private int failures;

  /** The call that looks whether it is over, when it left, and whether it is out. */
  private long probe;

  private long probeAt;
  private boolean probing;

  /**
   * Whether it begins with this run.
   *
   * @param refused whether it is of calls that were turned away
   * @param times so much longer it must be, whatever is usual
   * @param told after so many refusals a long wait that is asked for is believed
   */
  boolean begins(Run run, boolean refused, int times, int told, long hint, long now) {
    int least = times * (refused ? SHORTEST_REFUSED : SHORTEST);
    boolean isTold = told <= run.inAll() && hint >= LONG_WAIT && run.isOfRate();
    int shortest = run.distinct() < Run.DISTINCT ? Math.max(OF_FEW, least) : least;
    if (on || (!isTold && run.length() < run.longest(ONCE_IN, shortest, LONGEST))) {
      return false;
    }
    since = unanswered ? since : run.since();
    on = true;
    unanswered = true;
    late = run.isLate();
    ofFew = run.distinct() < Run.DISTINCT;
    blocked = run.isOfRate();
    from = run.from();
    probes = 0;
    failures = run.length();
    // Waits are rounded down as often as up.
    nextAt = now + Math.max(gap(now, 0), hint + hint / 50);
    return true;
  }

  /**
   * A call has been answered.
   *
   * @return whether that ends the silence
   */
  boolean answered(long number) {
    if (number <= from) {
      return false;
    }
    unanswered = false;
    boolean ends = on;
    on = false;
    return ends;
  }

  /**
   * Whether a probe is out for so long that it was let in: failures come fast, and answers may take
   * half a minute. Then calls go on; if those fail after all, it has lasted since it began.
   *
   * @param grace nanoseconds
   */
  boolean endsBy(long grace, long now) {
    boolean ends = on && probing && !late && now - probeAt >= grace;
    on = on && !ends;
    return ends;
  }

  /** When the next probe may leave, or the present one tells by being out. */
  long readyAt(long grace) {
    return !probing ? nextAt : late ? Evidence.NEVER : probeAt + grace;
  }

  boolean isOn() {
    return on;
  }

  /** Whether it is a limit that lets nothing through. */
  boolean isBlocked() {
    return blocked;
  }

  /** Whether one or two documents alone were asked. */
  boolean isOfFew() {
    return ofFew;
  }

  long since() {
    return since;
  }

  long from() {
    return from;
  }

  long nextAt() {
    return nextAt;
  }

  /** A probe leaves. */
  void probes(long number, long now) {
    probes++;
    probe = number;
    probeAt = now;
    probing = true;
  }

  boolean isProbing() {
    return probing;
  }

  boolean isProbe(long number) {
    return number == probe;
  }

  void landed(long number) {
    probing &= number != probe;
  }

  /**
   * A probe failed.
   *
   * @param hint how long the provider asks to wait, nanoseconds; 0 for none
   * @param byRate whether it was a refusal for the rate
   * @param deadline the last attempt is made then
   */
  void failed(long hint, boolean byRate, long deadline, long now) {
    blocked = byRate;
    failures++;
    long next = now + Math.max(gap(now, probes), hint);
    nextAt = now < deadline ? Math.min(next, Math.max(deadline, now + hint)) : next;
  }

  /**
   * The deadline has come, and calls have passed before it began.
   *
   * @param ofItself whether the probe's document failed where others passed: those like it that
   *     wait are asked once more each, without a gap
   * @return whether it is the document that is given up, and not the account
   */
  boolean givesUp(boolean ofItself, long now) {
    if (ofFew && ofItself) {
      nextAt = now;
    }
    return ofFew;
  }

  private long gap(long now, int times) {
    long most = blocked && now - since < OFTEN_NANOS ? BLOCKED_GAP_SECONDS : OUTAGE_GAP_SECONDS;
    return Math.min(most, 1L << Math.min(times, 10)) * SECOND;
  }

  /** When the account stops, if nothing passes until then. */
  long deadline(boolean everPassed, Duration outage) {
    Duration limit = everPassed ? BLOCKED : failures < SURE ? outage : NEVER_PASSED;
    Duration most = blocked ? limit : everPassed ? outage : NEVER_ANSWERED;
    return since + (most.compareTo(outage) < 0 ? most : outage).toNanos();
  }
}
