package io.sluice.internal.quota;

import io.sluice.spi.RateHeaders;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one account inside its requests and tokens a minute, and uses them to the last drop. Pure
 * arithmetic over the times it is given (epoch nanoseconds; a time that goes back stands still).
 * Not thread-safe.
 *
 * <p><b>Buckets.</b> Two buckets refill continuously. A request takes one from the first and its
 * tokens (input and worst-case output) from the second, and settles with the usage afterwards. Ours
 * refill at 99.7% of the limit and hold half a second less than the provider's, because requests
 * that leave evenly spaced arrive in bunches. A request larger than the bucket waits until it is
 * full and leaves it in debt, so that the rate holds in the long run. What else bounds a request is
 * told at {@link Quantity}.
 *
 * <p><b>Beginning.</b> The first requests of a process open connections, and may all arrive at once
 * a second or two later. So no more are sent than the provider's bucket holds until the first
 * answer is there, and our buckets begin anew with it.
 *
 * <p><b>Correction.</b> Headers lower the limit in force, and anchor each bucket to what the
 * provider says is left ({@link Bucket}). A 429 pauses the whole account for as long as the
 * provider asks; afterwards both buckets start empty and the rate at seven tenths of what it was,
 * rising again by a twentieth of the limit a second. The 429s of requests that were on their way
 * before the pause say nothing new, and only extend it.
 */
public final class QuotaLimiter {
  /** The share of a limit that is used: clocks differ, and networks bunch requests. */
  static final double USED_SHARE = 0.997;

  private static final double MIN_FACTOR = 0.1;
  private static final double MIN_PACE = 0.001;

  /** Smaller changes are not worth their arithmetic. */
  private static final double PACE_STEP = 0.002;

  private static final double DECREASE = 0.7;
  private static final double RECOVERY_PER_NANO = 0.05 / 1e9;
  private static final double NANOS_PER_MINUTE = 60e9;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long SLACK_NANOS = 500_000_000L;

  /** What may be sent before the first answer: a share of the burst, but never less than a few. */
  private static final double FIRST_SHARE = 0.9;

  private static final long FIRST_REQUESTS = 2;

  /** For so long the first answer is waited for. */
  private static final long FIRST_NANOS = 5_000_000_000L;

  private static final long MIN_PAUSE_NANOS = 1_000_000_000L;
  private static final long MAX_PAUSE_NANOS = 60_000_000_000L;
  private static final long MAX_HINT_NANOS = 3_600_000_000_000L;

  /**
   * An account's limits.
   *
   * @param requestsPerMinute 1 or more; {@link Long#MAX_VALUE} is no limit
   * @param tokensPerMinute 1 or more; {@link Long#MAX_VALUE} is no limit
   * @param burst how much unused quota may be saved up, above zero
   */
  public record Limits(long requestsPerMinute, long tokensPerMinute, Duration burst) {
    public Limits {
      if (requestsPerMinute < 1 || tokensPerMinute < 1) {
        throw new IllegalArgumentException(
            "Limits of "
                + requestsPerMinute
                + " requests and "
                + tokensPerMinute
                + " tokens a minute; expected 1 or more of each");
      }
      if (burst.isZero() || burst.isNegative()) {
        throw new IllegalArgumentException("A burst of " + burst + "; expected more than zero");
      }
    }

    /** False where a request needs more tokens than a minute has: it can never be sent. */
    public boolean canEverFit(long requestTokens) {
      return requestTokens <= tokensPerMinute;
    }
  }

  /**
   * What a request took when it was sent.
   *
   * @param sequence counts the requests of this limiter
   */
  public record Charge(
      long sequence, long atNanos, long tokens, Quantity.Mark ofRequests, Quantity.Mark ofTokens) {}

  private final Limits limits;
  private final Quantity requests = new Quantity(true);
  private final Quantity tokens = new Quantity(false);
  private long statedRequests;
  private long statedTokens;
  private long now;
  private long pausedUntil;
  private boolean paced;
  private double factor = 1;
  private long lastDecrease = Long.MIN_VALUE;
  private int pausesInARow;
  private long sequence;
  private boolean heard;
  private long firstSentAt;
  private double firstTokens;

  /**
   * @param startFull whether the provider's buckets can be expected to be full
   */
  public QuotaLimiter(Limits limits, long nowNanos, boolean startFull) {
    this.limits = limits;
    this.statedRequests = limits.requestsPerMinute();
    this.statedTokens = limits.tokensPerMinute();
    this.now = nowNanos;
    configure();
    if (startFull) {
      requests.fill();
      tokens.fill();
    }
  }

  /** Continues where an earlier worker stopped; the limits may have changed since. */
  public static QuotaLimiter restore(Limits limits, QuotaState state, long nowNanos) {
    QuotaLimiter limiter = new QuotaLimiter(limits, Math.min(state.atNanos(), nowNanos), false);
    limiter.requests.setLevel(state.requests());
    limiter.tokens.setLevel(state.tokens());
    // A pause goes on for as long as it was to, also where the clock has been set back since.
    long ahead = Math.max(0, state.atNanos() - nowNanos);
    limiter.pausedUntil = state.pausedUntilNanos() - ahead;
    limiter.factor = Math.min(1, Math.max(MIN_FACTOR, state.rateFactor()));
    limiter.configure();
    limiter.advance(nowNanos);
    return limiter;
  }

  public QuotaState state() {
    return new QuotaState(requests.level(), tokens.level(), now, pausedUntil, factor);
  }

  /** As {@link Limits#canEverFit}. */
  public boolean canEverFit(long requestTokens) {
    return limits.canEverFit(requestTokens);
  }

  /**
   * How long to wait before a request of so many tokens may be sent.
   *
   * @return nanoseconds; 0 is now
   */
  public long nanosUntilAllowed(long requestTokens, long nowNanos) {
    advance(nowNanos);
    long pause = Math.max(0, pausedUntil - now);
    double wait = Math.max(requests.nanosUntil(1, now), tokens.nanosUntil(requestTokens, now));
    wait = Math.max(wait, untilHeard(requestTokens));
    if (pause == 0 && wait <= 0) {
      return 0;
    }
    return Math.max(1, Math.max(pause, (long) Math.ceil(Math.min(wait, 1e18))));
  }

  /** How long to wait for the first answer, before more is sent than a bucket holds. */
  private long untilHeard(long requestTokens) {
    double burstMinutes = FIRST_SHARE * limits.burst().toNanos() / NANOS_PER_MINUTE;
    boolean few =
        sequence < Math.max(FIRST_REQUESTS, effectiveRequestsPerMinute() * burstMinutes)
            && (sequence == 0
                || firstTokens + requestTokens < effectiveTokensPerMinute() * burstMinutes);
    return heard || few ? 0 : Math.max(0, firstSentAt + FIRST_NANOS - now);
  }

  /** Charges a request that is about to be sent, and may be. */
  public Charge take(long requestTokens, long nowNanos) {
    advance(nowNanos);
    firstSentAt = sequence == 0 ? now : firstSentAt;
    firstTokens += heard ? 0 : requestTokens;
    return new Charge(
        sequence++, now, requestTokens, requests.take(1, now), tokens.take(requestTokens, now));
  }

  /**
   * Corrects the tokens of a request to what it really used. A minute's worth is the most that
   * counts: a provider has forgotten it a minute later, and what a server says may be absurd.
   */
  public void settle(Charge charge, long actualTokens, long nowNanos) {
    advance(nowNanos);
    long used = Math.min(actualTokens, Math.max(charge.tokens(), tokensPerMinute()));
    tokens.settle(charge.ofTokens(), charge.atNanos(), charge.tokens(), used, now);
  }

  /** Learns from an answer, however it turned out, and from its rate-limit headers. */
  public void observe(Charge charge, RateHeaders headers, long nowNanos) {
    advance(nowNanos);
    if (!heard) {
      heard = true;
      requests.heard();
      tokens.heard();
    }
    if (headers.limitRequests() > 0) {
      statedRequests = headers.limitRequests();
      if (headers.remainingRequests() >= 0) {
        requests.observe(
            charge.sequence(), charge.atNanos(), charge.ofRequests(), headers.remainingRequests());
      }
    }
    if (headers.limitTokens() > 0) {
      statedTokens = headers.limitTokens();
      if (headers.remainingTokens() >= 0) {
        tokens.observe(
            charge.sequence(), charge.atNanos(), charge.ofTokens(), headers.remainingTokens());
      }
    }
    configure();
  }

  /**
   * A 429: pauses the account.
   *
   * @param retryAfter what the provider asks for; null doubles the pause from 1 s to 60 s
   */
  public void rateLimited(Charge charge, @Nullable Duration retryAfter, long nowNanos) {
    advance(nowNanos);
    boolean news = charge.atNanos() > lastDecrease;
    if (news) {
      boolean understood =
          (tokens.hold(charge.ofTokens()) || tokens.recount(charge.ofTokens(), now))
              | (requests.hold(charge.ofRequests()) || requests.recount(charge.ofRequests(), now));
      factor = understood ? factor : Math.max(MIN_FACTOR, factor * DECREASE);
      lastDecrease = now;
      pausesInARow++;
    }
    long pause =
        retryAfter != null
            ? Math.min(Math.max(retryAfter.toNanos(), 0), MAX_HINT_NANOS)
            : Math.min(MAX_PAUSE_NANOS, MIN_PAUSE_NANOS << Math.min(6, pausesInARow - 1));
    pausedUntil = Math.max(pausedUntil, now + pause);
    requests.empty();
    tokens.empty();
    configure();
  }

  /**
   * Sends a share of the limits from now on, whatever was learned from 429s before.
   *
   * @param share above 0, at most 1
   */
  public void pace(double share, long nowNanos) {
    advance(nowNanos);
    paced = true;
    if (Math.abs(share - factor) > PACE_STEP * factor || (share >= 1 && factor < 1)) {
      factor = Math.min(1, Math.max(MIN_PACE, share));
      configure();
    }
  }

  /** The share of a minute's limits that a request of so many tokens takes. */
  public double cost(long requestTokens) {
    return Math.max(1.0 / requestsPerMinute(), (double) requestTokens / tokensPerMinute());
  }

  /**
   * A call was turned away.
   *
   * @param ofRate whether for an account's limit, as far as is known
   * @return whether another way to count would have foreseen it: then that is used from now on
   */
  public boolean refused(Charge charge, boolean ofRate, long nowNanos) {
    advance(nowNanos);
    if (tokens.hold(charge.ofTokens()) | requests.hold(charge.ofRequests()) | !ofRate) {
      return false;
    }
    return tokens.recount(charge.ofTokens(), now) | requests.recount(charge.ofRequests(), now);
  }

  /** Sends nothing before a time; there is nothing saved up then. */
  public void pause(long untilNanos, long nowNanos) {
    advance(nowNanos);
    pausedUntil = Math.max(pausedUntil, Math.min(untilNanos, now + MAX_HINT_NANOS));
    requests.empty();
    tokens.empty();
  }

  /** A call that was let in. */
  public void succeeded(Charge charge, long nowNanos) {
    advance(nowNanos);
    if (charge.atNanos() > lastDecrease) {
      pausesInARow = 0;
    }
  }

  public long pausedUntilNanos() {
    return pausedUntil;
  }

  public double rateFactor() {
    return factor;
  }

  /** Requests a minute in force. */
  public double effectiveRequestsPerMinute() {
    return requestsPerMinute() * factor;
  }

  /** Tokens a minute in force. */
  public double effectiveTokensPerMinute() {
    return tokensPerMinute() * factor;
  }

  private void advance(long nowNanos) {
    if (nowNanos <= now) {
      return;
    }
    long from = Math.max(now, pausedUntil);
    long refill = Math.max(0, nowNanos - from);
    requests.advance(refill);
    tokens.advance(refill);
    now = nowNanos;
    if (factor < 1 && refill > 0 && !paced) {
      factor = Math.min(1, factor + refill * RECOVERY_PER_NANO);
      configure();
    }
  }

  private void configure() {
    double burst = limits.burst().toNanos();
    double held = burst - Math.min(SLACK_NANOS, burst / 2);
    // A burst of more than a second says that the provider holds a bucket, and no window.
    double windowShare = 1 + Math.max(0, burst - SECOND_NANOS) / NANOS_PER_MINUTE;
    double rate = factor * USED_SHARE;
    requests.configure(requestsPerMinute(), rate, held, windowShare);
    tokens.configure(tokensPerMinute(), rate, held, windowShare);
  }

  /** In force: the task's limit, or a lower one that headers state. */
  private long requestsPerMinute() {
    return Math.min(limits.requestsPerMinute(), statedRequests);
  }

  private long tokensPerMinute() {
    return Math.min(limits.tokensPerMinute(), statedTokens);
  }
}
