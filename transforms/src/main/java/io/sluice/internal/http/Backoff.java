package io.sluice.internal.http;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When a failed request may be sent again: after the provider's hint where there is one, otherwise
 * after a full-jitter exponential delay (uniform between zero and the cap of the attempt), so that
 * requests that failed together do not return together.
 */
public final class Backoff {
  private static final long BASE_NANOS = Duration.ofMillis(500).toNanos();
  private static final long MAX_NANOS = Duration.ofSeconds(60).toNanos();

  /** A provider that asks one request for more is asked again by then all the same. */
  private static final Duration LONGEST_HINT = Duration.ofMinutes(15);

  /** What is longer says nothing of when the server is back: it may be a number of years. */
  private static final Duration ABSURD = Duration.ofHours(1);

  private Backoff() {}

  /**
   * What is waited in the mean where nobody hints.
   *
   * @param attempts failed attempts so far, 1 or more
   */
  public static Duration mean(int attempts) {
    return Duration.ofNanos(capNanos(attempts) / 2);
  }

  private static long capNanos(int attempts) {
    return Math.min(MAX_NANOS, BASE_NANOS << Math.min(attempts, 10));
  }

  /**
   * @param attempts failed attempts so far, 1 or more
   * @return nanoseconds to wait
   */
  public static long nanos(int attempts, @Nullable Duration hint, RandomGenerator random) {
    long jittered = random.nextLong(capNanos(attempts));
    if (hint == null || hint.compareTo(ABSURD) > 0) {
      return jittered;
    }
    Duration wait = hint.compareTo(LONGEST_HINT) > 0 ? LONGEST_HINT : hint;
    return Math.max(wait.toNanos(), 0) + jittered / 10;
  }
}
