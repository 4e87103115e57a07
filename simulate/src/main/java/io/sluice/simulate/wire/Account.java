package io.sluice.simulate.wire;

import io.sluice.Usage;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * One API key's quota and books: two continuously refilling buckets, charged when a request is let
 * in with its input and its worst-case output. Thread-safe; times are given.
 */
public final class Account {
  /** Whether a request was let in, and what the headers say. */
  public record Admission(
      boolean admitted,
      boolean tooLarge,
      boolean noCredit,
      long remainingRequests,
      long remainingTokens,
      long waitNanos) {}

  private final long requestsPerMinute;
  private final long tokensPerMinute;
  private final double requestCapacity;
  private final double tokenCapacity;
  private final BigDecimal credit;
  private double given = 1;
  private double requests;
  private double tokens;
  private long at;

  private long received;
  private long admitted;
  private long admittedTokens;
  private long rateLimited;
  private long turnedAway;
  private long billed;
  private Usage used = Usage.NONE;
  private long firstNanos;
  private long lastNanos;
  private final Map<String, Integer> billedByBody = new HashMap<>();
  private BigDecimal spent = BigDecimal.ZERO;

  public Account(
      long requestsPerMinute,
      long tokensPerMinute,
      double burstSeconds,
      BigDecimal credit,
      long now) {
    this.requestsPerMinute = requestsPerMinute;
    this.tokensPerMinute = tokensPerMinute;
    this.requestCapacity = Math.max(1, requestsPerMinute / 60.0 * burstSeconds);
    this.tokenCapacity = Math.max(1, tokensPerMinute / 60.0 * burstSeconds);
    this.credit = credit;
    this.requests = requestCapacity;
    this.tokens = tokenCapacity;
    this.at = now;
  }

  public long requestsPerMinute() {
    return requestsPerMinute;
  }

  public long tokensPerMinute() {
    return tokensPerMinute;
  }

  /** A request is turned away before anything else. */
  public synchronized void turnedAway(boolean rateLimit) {
    received++;
    rateLimited += rateLimit ? 1 : 0;
    turnedAway += rateLimit ? 1 : 0;
  }

  /** Requests that were let in. */
  public synchronized long letIn() {
    return admitted;
  }

  /** From now on a share of the limits is given. */
  public synchronized void give(double share, long now) {
    advance(now);
    given = share;
  }

  /** A request arrives. One that is larger than the bucket is let in when the bucket is full. */
  public synchronized Admission admit(long requestTokens, long now) {
    advance(now);
    received++;
    if (isSpent()) {
      return new Admission(false, false, true, 0, 0, 0);
    }
    if (requestTokens > tokensPerMinute) {
      return new Admission(false, true, false, (long) requests, (long) tokens, 0);
    }
    double needed = Math.min(requestTokens, tokenCapacity);
    double wait =
        Math.max(
                (1 - requests) / requestsPerMinute * 60e9,
                (needed - tokens) / tokensPerMinute * 60e9)
            / given;
    if (wait > 0) {
      rateLimited++;
      return new Admission(
          false,
          false,
          false,
          Math.max(0, (long) requests),
          Math.max(0, (long) tokens),
          (long) Math.ceil(wait));
    }
    requests -= 1;
    tokens -= requestTokens;
    admitted++;
    admittedTokens += requestTokens;
    firstNanos = admitted == 1 ? now : firstNanos;
    lastNanos = now;
    return new Admission(true, false, false, (long) requests, Math.max(0, (long) tokens), 0);
  }

  public synchronized boolean isSpent() {
    return spent.compareTo(credit) >= 0;
  }

  /** An answer was made, and is billed whether it arrives or not. */
  public synchronized void bill(String body, Usage usage, BigDecimal usd) {
    billed++;
    used = used.plus(usage);
    spent = spent.add(usd);
    billedByBody.merge(body, 1, Integer::sum);
  }

  /** Gives back tokens that were charged and not used. */
  public synchronized void refund(long unused, long now) {
    advance(now);
    tokens = Math.min(tokenCapacity, tokens + unused);
  }

  private void advance(long now) {
    double seconds = Math.max(0, now - at) / 1e9;
    at = Math.max(at, now);
    requests = Math.min(requestCapacity, requests + seconds * given * requestsPerMinute / 60);
    tokens = Math.min(tokenCapacity, tokens + seconds * given * tokensPerMinute / 60);
  }

  /** The books, in the order in which they are shown. */
  public synchronized Map<String, Object> books() {
    Map<String, Object> books = new java.util.LinkedHashMap<>();
    books.put("received", received);
    books.put("admitted", admitted);
    books.put("rateLimited", rateLimited);
    books.put("turnedAway", turnedAway);
    books.put("billed", billed);
    books.put("distinctBilled", billedByBody.size());
    books.put("billedAgain", billedByBody.values().stream().mapToLong(count -> count - 1L).sum());
    books.put("inputTokens", used.inputTokens());
    books.put("cachedInputTokens", used.cachedInputTokens());
    books.put("cacheWriteTokens", used.cacheWriteTokens());
    books.put("outputTokens", used.outputTokens());
    books.put("costUsd", spent);
    double minutes = (lastNanos - firstNanos) / 60e9;
    books.put("seconds", Math.round(minutes * 60_000) / 1000.0);
    books.put(
        "requestUtilisation",
        minutes <= 0 ? 0 : Math.round(admitted / minutes / requestsPerMinute * 10_000) / 10_000.0);
    books.put(
        "tokenUtilisation",
        minutes <= 0
            ? 0
            : Math.round(admittedTokens / minutes / tokensPerMinute * 10_000) / 10_000.0);
    return books;
  }
}
