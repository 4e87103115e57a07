package io.sluice.internal.batches;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.api.client.http.HttpContent;
import io.sluice.internal.provider.Backoff;
import io.sluice.internal.provider.CallFailedException;
import io.sluice.internal.provider.ControlCalls;
import io.sluice.spi.Reply;
import java.time.Duration;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Control calls, repeated a few times where that can help. Thread-safe. */
final class BatchCalls implements AutoCloseable {
  /** Some 90 s of pauses in the mean: longer troubles are the caller's, at its next poll. */
  static final int MAX_ATTEMPTS = 8;

  /** A provider that asks for more is asked again at the next poll, not waited for here. */
  private static final Duration MAX_PAUSE = Duration.ofMinutes(2);

  private final ControlCalls calls;
  private final Sleeper sleeper;
  private final RandomGenerator random;

  BatchCalls(ControlCalls calls, Sleeper sleeper, RandomGenerator random) {
    this.calls = calls;
    this.sleeper = sleeper;
    this.random = random;
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
    if (!failure.retryable()
        || attempts >= MAX_ATTEMPTS
        || (hint != null && hint.compareTo(MAX_PAUSE) > 0)) {
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

  JsonNode get(String path, Map<String, String> query) throws BatchException, InterruptedException {
    return repeated(() -> calls.call("GET", path, query, null));
  }

  JsonNode post(String path, @Nullable HttpContent content)
      throws BatchException, InterruptedException {
    return repeated(() -> postOnce(path, content));
  }

  JsonNode postOnce(String path, @Nullable HttpContent content) throws CallFailedException {
    return calls.call("POST", path, Map.of(), content);
  }

  void delete(String path) throws BatchException, InterruptedException {
    repeated(() -> calls.call("DELETE", path, Map.of(), null));
  }

  void downloadOnce(String path, ControlCalls.BodyReader reader) throws CallFailedException {
    calls.download(path, reader);
  }

  @Override
  public void close() {
    calls.close();
  }
}
