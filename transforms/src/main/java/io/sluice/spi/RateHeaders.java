package io.sluice.spi;

/**
 * A provider's rate-limit headers; {@link #UNKNOWN_VALUE} stands for absent or unusable.
 *
 * @param limitRequests requests a minute
 * @param remainingRequests requests left when this one was counted
 * @param limitTokens tokens a minute
 * @param remainingTokens tokens left when this request was counted
 */
public record RateHeaders(
    long limitRequests, long remainingRequests, long limitTokens, long remainingTokens) {
  public static final long UNKNOWN_VALUE = -1;
  public static final RateHeaders NONE =
      new RateHeaders(UNKNOWN_VALUE, UNKNOWN_VALUE, UNKNOWN_VALUE, UNKNOWN_VALUE);
}
