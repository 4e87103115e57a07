package io.sluice.internal.http.net;

import java.time.Duration;

/**
 * How long an answer is waited for: as long as a task says. Where it does not say, nobody knows a
 * model before it has answered. One that thinks takes minutes, and a call that is given up is paid
 * all the same. So the first answers are waited for as long as any model takes; once {@value
 * #KNOWN} are there, {@value #TIMES} times as long as the slowest of late took, and never less than
 * the least: beyond that it is the server that has gone. Thread-safe.
 */
public final class Patience {
  static final int KNOWN = 20;
  static final int TIMES = 3;

  /** The slowest is forgotten by half in some 700 answers. */
  private static final double FADING = 0.999;

  private final long least;
  private final long most;
  private double slowest;
  private int answers;

  private Patience(Duration least, Duration most) {
    this.least = least.toNanos();
    this.most = most.toNanos();
  }

  public static Patience of(Duration exactly) {
    return new Patience(exactly, exactly);
  }

  /**
   * @param least that is waited, however fast the answers are
   * @param most that is waited, however slow they are
   */
  public static Patience between(Duration least, Duration most) {
    return new Patience(least, most);
  }

  /** An answer took so long, from before it was asked for. */
  synchronized void answered(long nanos) {
    slowest = Math.max(slowest * FADING, nanos);
    answers = Math.min(KNOWN, answers + 1);
  }

  /** How long a call may take, as far as is known by now. */
  synchronized long nanos() {
    double learnt = answers < KNOWN ? most : TIMES * slowest;
    return (long) Math.max(least, Math.min(most, learnt));
  }

  long leastNanos() {
    return least;
  }

  public Duration most() {
    return Duration.ofNanos(most);
  }
}
