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

  private Backoff() {}

  /**
   * @param attempts failed attempts so far, 1 or more
   * @return nanoseconds to wait
   */
  public static long nanos(int attempts, @Nullable Duration hint, RandomGenerator random) {
    long cap = Math.min(MAX_NANOS, BASE_NANOS << Math.min(attempts, 10));
    long jittered = random.nextLong(cap);
    return hint == null ? jittered : Math.max(hint.toNanos(), 0) + jittered / 10;
  }
}
