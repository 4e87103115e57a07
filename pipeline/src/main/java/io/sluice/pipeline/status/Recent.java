package io.sluice.pipeline.status;

import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Begun;
import io.sluice.internal.ledger.LedgerRecord.Ended;
import io.sluice.pipeline.costs.LimitUse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A run's newest heartbeats, and what its quota keys used in the last minute. Not thread-safe. */
final class Recent {
  private static final int SECONDS = 60;
  private static final long WINDOW_MILLIS = 1_000L * SECONDS;

  /** What is older by so much is not late: the clock has been set back. */
  private static final int SET_BACK_SECONDS = 30 * SECONDS;

  /** Without a beat for so long, time that has passed since counts as time without progress. */
  private static final long LATE_MILLIS = 5_000;

  /** Rows that have ended, at a moment. */
  private record Point(long at, long done) {}

  /** What one shard last said, and how it came there. */
  private static final class Shard {
    Beat latest;
    final Deque<Point> points = new ArrayDeque<>();

    Shard(Beat beat) {
      latest = beat;
    }

    void add(Beat beat) {
      long at = beat.at();
      if (at < latest.at()) {
        if (seen(beat) <= seen(latest)) {
          return;
        }
        // The clock has been set back: it knows of more, so it is newer.
        points.clear();
      }
      latest = beat;
      points.add(new Point(at, beat.rows().answered() + beat.rows().dead()));
      while (points.size() > 2 && points.getFirst().at() < at - WINDOW_MILLIS) {
        points.removeFirst();
      }
    }

    private static long seen(Beat beat) {
      return beat.rows().seen() + beat.rows().answered() + beat.rows().dead();
    }

    double perSecond(long now) {
      Point first = points.getFirst();
      Point last = points.getLast();
      long until = now - last.at() > LATE_MILLIS ? now : last.at();
      return until <= first.at()
          ? 0
          : 1_000.0 * (last.done() - first.done()) / (until - first.at());
    }
  }

  /** A quota key's calls, second by second, in a ring. */
  static final class KeyUse {
    private final long[] second = new long[SECONDS];
    private final long[] requests = new long[SECONDS];
    private final long[] tokens = new long[SECONDS];
    private long first = Long.MAX_VALUE;

    private void add(long millis, long moreRequests, long moreTokens) {
      first = Math.min(first, millis);
      long at = millis / 1_000;
      int slot = (int) (at % SECONDS);
      if (second[slot] > at && second[slot] - at < SET_BACK_SECONDS) {
        return;
      }
      if (second[slot] != at) {
        second[slot] = at;
        requests[slot] = 0;
        tokens[slot] = 0;
      }
      requests[slot] += moreRequests;
      tokens[slot] += moreTokens;
    }

    /**
     * Requests a minute over the last minute, or over the time since the first if that is less.
     *
     * @param limit null for none
     * @param burstSeconds for so long unused quota is saved up
     */
    double requestsPerMinute(long until, @Nullable Long limit, double burstSeconds) {
      return perMinute(requests, until, limit, burstSeconds);
    }

    /** Tokens a minute, likewise. */
    double tokensPerMinute(long until, @Nullable Long limit, double burstSeconds) {
      return perMinute(tokens, until, limit, burstSeconds);
    }

    private double perMinute(long[] counts, long until, @Nullable Long limit, double burstSeconds) {
      long last = until / 1_000;
      long sum = 0;
      for (int i = 0; i < SECONDS; i++) {
        sum += second[i] > last - SECONDS && second[i] <= last ? counts[i] : 0;
      }
      double span = Math.min(WINDOW_MILLIS, until - first) / 1_000.0;
      return LimitUse.perMinute(
          sum, span, limit == null ? Double.POSITIVE_INFINITY : limit, burstSeconds);
    }
  }

  private final HashMap<Integer, Shard> shards = new HashMap<>();
  private final SortedMap<String, KeyUse> byKey = new TreeMap<>();
  private long newestMillis;

  /** Takes a record of the run. */
  void add(LedgerRecord record) {
    newestMillis = Math.max(newestMillis, record.at());
    // What is in a batch takes nothing of the quota.
    if (record instanceof Beat beat) {
      shards.computeIfAbsent(beat.shard(), shard -> new Shard(beat)).add(beat);
    } else if (record instanceof Begun begun && begun.call().batch() == null) {
      key(begun.call()).add(begun.at(), begun.call().rides() ? 0 : 1, 0);
    } else if (record instanceof Ended ended && ended.call().batch() == null) {
      key(ended.call()).add(ended.at(), 0, ended.tokens());
    }
  }

  private KeyUse key(Ledger.Call call) {
    return byKey.computeIfAbsent(call.key(), key -> new KeyUse());
  }

  /** Epoch milliseconds of the newest record; 0 where there is none. */
  long newestMillis() {
    return newestMillis;
  }

  boolean hasBeats() {
    return !shards.isEmpty();
  }

  /** What holds an account up as the newest beats say; null where nothing does. */
  @Nullable String situation() {
    return shards.values().stream()
        .map(shard -> shard.latest.situation())
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** A number of the newest beats, added up over shards. */
  long sum(ToLongFunction<Beat> number) {
    return shards.values().stream().mapToLong(shard -> number.applyAsLong(shard.latest)).sum();
  }

  /** Rows that end a second, over the last minute. */
  double perSecond(long now) {
    return shards.values().stream().mapToDouble(shard -> shard.perSecond(now)).sum();
  }

  SortedMap<String, KeyUse> byKey() {
    return byKey;
  }
}
