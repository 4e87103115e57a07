package io.sluice.internal.evidence;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a call that was turned away waits before it is asked again, and how long its account
 * pauses where the provider says that nothing is left. Not thread-safe.
 *
 * <p>A call alone waits as long as it was told, {@link #MOST_OWN} at most, since others pass; where
 * it was told nothing, a time by chance, up to half a second at first and twice as long each time,
 * so that those that were turned away together do not come back together.
 */
final class Waiting {
  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_OWN = SECOND / 2;
  private static final int MOST_DOUBLINGS = 5;
  private static final int DOUBLINGS_OF_CHANCE = 1;
  static final long MOST_OWN = Duration.ofMinutes(5).toNanos();

  /** What is turned away more often in a row has a reason. */
  private static final int MOST_BY_CHANCE = 30;

  private static final long FIRST_PAUSE = SECOND / 10;
  private static final long MOST_PAUSE = 60 * SECOND;

  private final RandomGenerator random;

  /** Pauses in a row that the provider gave no time for. */
  private int pauses;

  /** The last call that left before the last pause: what it meets says nothing new. */
  private long pausedBy;

  Waiting(RandomGenerator random) {
    this.random = random;
  }

  /**
   * A call alone.
   *
   * @param times how often it has waited
   * @param hint nanoseconds; 0 for none
   */
  long own(int times, long hint) {
    long jitter = random.nextLong(FIRST_OWN << Math.min(times, MOST_DOUBLINGS));
    return hint == 0 ? jitter : Math.min(MOST_OWN, hint) + jitter / 10;
  }

  /**
   * A call alone: where it was turned away by chance, the next time is as likely to pass as the
   * first, so that it waits little longer, unless it is turned away more often than by chance.
   */
  long own(int times, Scope scope, long hint) {
    boolean byChance = scope == Scope.CALL && times <= MOST_BY_CHANCE;
    return own(byChance ? Math.min(times, DOUBLINGS_OF_CHANCE) : times, hint);
  }

  /**
   * The whole account: nothing is left.
   *
   * @return until when; 0 where that is nothing new
   */
  long pause(long number, long hint, long newest, long now) {
    if (hint > 0) {
      return now + hint;
    }
    if (number <= pausedBy) {
      return 0;
    }
    pausedBy = newest;
    return now + Math.min(MOST_PAUSE, FIRST_PAUSE << Math.min(10, pauses++));
  }

  /**
   * The whole account, where the rate is known to be bound and the wait is of less than a second:
   * so exact a provider knows when there is room.
   *
   * @return until when; 0 for no pause
   */
  long shortPause(long number, long hint, long newest, long now) {
    if (hint == 0 || hint >= SECOND || number <= pausedBy) {
      return 0;
    }
    pausedBy = newest;
    return now + hint;
  }

  void passed(long number) {
    pauses = number > pausedBy ? 0 : pauses;
  }
}
