package io.sluice.internal.evidence;

import io.sluice.spi.RateHeaders;

/** What the headers of a refusal say is left of the account's limits. */
public enum Left {
  UNKNOWN,
  /** Enough for the call that was refused. */
  ROOM,
  /** Too little for it. */
  NOTHING;

  /**
   * @param tokens what the call reserves
   */
  public static Left of(RateHeaders headers, long tokens) {
    boolean requests = headers.limitRequests() > 0 && headers.remainingRequests() >= 0;
    boolean counted = headers.limitTokens() > 0 && headers.remainingTokens() >= 0;
    if (!requests && !counted) {
      return UNKNOWN;
    }
    boolean none = requests && headers.remainingRequests() == 0;
    // A call larger than the bucket is let in when that is full.
    boolean few = counted && headers.remainingTokens() < Math.min(tokens, headers.limitTokens());
    return none || few ? NOTHING : ROOM;
  }
}
