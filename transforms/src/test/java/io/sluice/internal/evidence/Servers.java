package io.sluice.internal.evidence;

import io.sluice.internal.quota.ProviderModel.Bucket;
import io.sluice.internal.quota.ProviderModel.Counter;
import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Providers that behave in the ways that providers do. Their words are on no list. */
final class Servers {
  static final long SECOND = Drill.SECOND;

  private Servers() {}

  static Failure failure(int status, Prior prior, String words) {
    return new Failure(
        Signature.of(status, "", words),
        prior,
        null,
        Left.UNKNOWN,
        "POST http://provider.test/v1/chat/completions was answered " + status + ": " + words);
  }

  static Failure refusal(@Nullable Duration hint, Left left) {
    return new Failure(
        Signature.of(429, "", "no room at the inn"),
        Prior.RATE,
        hint,
        left,
        "POST http://provider.test/v1/chat/completions was answered 429: no room at the inn");
  }

  /** Refuses a share of the calls by chance, beside a limit that is the stated one. */
  static Server chance(double perMinute, double share, @Nullable Duration hint, long seed) {
    return turnsAway(perMinute, share, refusal(hint, Left.UNKNOWN), seed);
  }

  /** As above, where those that are turned away are told why. */
  static Server turnsAway(double perMinute, double share, Failure full, long seed) {
    Counter limit = new Bucket(perMinute, 1);
    Random random = new Random(seed);
    return (document, latency, at) -> {
      if (!limit.admits(1, at)) {
        return Server.Said.refuses(refusal(null, Left.UNKNOWN));
      }
      limit.charge(1, at);
      return random.nextDouble() < share ? Server.Said.refuses(full) : Server.Said.answers(latency);
    };
  }

  /**
   * Counts as it likes.
   *
   * @param stated what headers say is the limit a minute; 0 for no headers
   * @param hints whether a refusal says how long to wait
   */
  static Server exact(Counter limit, double stated, boolean hints) {
    return (document, latency, at) -> {
      boolean letIn = limit.admits(1, at);
      long wait = limit.nanosUntil(1, at);
      if (letIn) {
        limit.charge(1, at);
      }
      RateHeaders headers =
          stated == 0
              ? RateHeaders.NONE
              : new RateHeaders((long) stated, (long) limit.remaining(at), -1, -1);
      if (letIn) {
        return new Server.Said(latency, null, headers);
      }
      Duration hint = hints ? Duration.ofNanos(Math.max(1_000_000, wait)) : null;
      return new Server.Said(3_000_000, refusal(hint, Left.of(headers, 1)), headers);
    };
  }

  /** Has less to give for a time; its headers go on as if nothing had happened. */
  static Server sinks(double perMinute, double share, long from, long until, boolean headers) {
    Counter full = new Bucket(perMinute, 1);
    Counter low = new Bucket(perMinute * share, 1);
    return (document, latency, at) -> {
      Counter limit = at >= from && at < until ? low : full;
      boolean letIn = limit.admits(1, at);
      if (letIn) {
        limit.charge(1, at);
      }
      RateHeaders said =
          headers
              ? new RateHeaders((long) perMinute, (long) full.remaining(at), -1, -1)
              : RateHeaders.NONE;
      return letIn
          ? new Server.Said(latency, null, said)
          : new Server.Said(3_000_000, refusal(null, Left.of(said, 1)), said);
    };
  }

  /** Works on so many calls at once, and turns the others away. */
  static Server places(int places, Failure full) {
    int[] taken = {0};
    return new Server() {
      @Override
      public Said arrives(int document, long latency, long at) {
        if (taken[0] >= places) {
          return Said.refuses(full);
        }
        taken[0]++;
        return Said.answers(latency);
      }

      @Override
      public void ended(long at) {
        taken[0]--;
      }
    };
  }

  /**
   * Is away at times; calls that were let in before are answered.
   *
   * @param takes until the failure is known
   */
  static Server away(LongPredicate away, Failure failure, long takes) {
    return (document, latency, at) ->
        away.test(at)
            ? new Server.Said(takes, failure, RateHeaders.NONE)
            : Server.Said.answers(latency);
  }

  /** Answers some documents with a failure. */
  static Server byDocument(IntFunction<@Nullable Failure> failures) {
    return (document, latency, at) -> {
      Failure failure = failures.apply(document);
      return failure == null ? Server.Said.answers(latency) : Server.Said.refuses(failure);
    };
  }
}
