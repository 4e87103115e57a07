package io.sluice.internal.batches;

import io.sluice.internal.http.Backoff;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Reply;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Repeats a provider's calls a few times where that can help. Thread-safe. */
public final class BatchCalls {
  /** Some 90 s of pauses in the mean: longer troubles are the caller's, at its next poll. */
  public static final int MAX_ATTEMPTS = 8;

  /** A provider that asks for more is asked again at the next poll, not waited for here. */
  private static final Duration MAX_PAUSE = Duration.ofMinutes(2);

  private final Sleeper sleeper;
  private final RandomGenerator random;

  private final int most;
  private final Duration longest;

  /**
   * @param outage after which the caller wants to know: fewer attempts are made then
   */
  BatchCalls(Sleeper sleeper, RandomGenerator random, Duration outage) {
    this(sleeper, random, most(outage), MAX_PAUSE);
  }

  private BatchCalls(Sleeper sleeper, RandomGenerator random, int most, Duration longest) {
    this.sleeper = sleeper;
    this.random = random;
    this.most = most;
    this.longest = longest;
  }

  /** One repetition, after seconds or not at all. */
  static BatchCalls brief(Sleeper sleeper, RandomGenerator random) {
    return new BatchCalls(sleeper, random, 2, Duration.ofSeconds(5));
  }

  /** How often something is tried. */
  int most() {
    return most;
  }

  /** As many attempts as have their pauses within the time; one again in any case. */
  private static int most(Duration outage) {
    int most = 2;
    Duration pauses = Backoff.mean(1);
    while (most < MAX_ATTEMPTS && pauses.plus(Backoff.mean(most)).compareTo(outage) <= 0) {
      pauses = pauses.plus(Backoff.mean(most++));
    }
    return most;
  }

  /** One attempt at something. */
  interface Attempt<T> {
    T run() throws CallFailedException;
  }

  /** For calls that change nothing if they are made twice. */
  <T> T repeated(Attempt<T> attempt) throws BatchException, InterruptedException {
    for (int attempts = 1; ; attempts++) {
      try {
        return attempt.run();
      } catch (CallFailedException e) {
        pauseOrThrow(attempts, e);
      }
    }
  }

  /** Waits before the next attempt, or gives up. */
  void pauseOrThrow(int attempts, CallFailedException e)
      throws BatchException, InterruptedException {
    Reply.Failed failure = e.failure();
    Duration hint = failure.retryAfter();
    if (!failure.retryable() || attempts >= most || (hint != null && hint.compareTo(longest) > 0)) {
      throw BatchException.of(e);
    }
    pause(attempts, hint);
  }

  void pause(int attempts, @Nullable Duration hint) throws InterruptedException {
    sleeper.sleep(Duration.ofNanos(Backoff.nanos(attempts, hint, random)));
  }

  void pause(Duration time) throws InterruptedException {
    sleeper.sleep(time);
  }
}
