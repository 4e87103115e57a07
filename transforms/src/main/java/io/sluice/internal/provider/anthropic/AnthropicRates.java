package io.sluice.internal.provider.anthropic;

import com.google.api.client.http.HttpHeaders;
import io.sluice.internal.http.RetryHints;
import io.sluice.spi.RateHeaders;

/**
 * Anthropic's rate-limit headers. Input and output tokens have limits of their own, and a third
 * pair shows the tightest limit in force; a job has one bucket, of input and output together. So
 * the limit is that of the input, which is most of a batch's tokens, and the remainder that of the
 * input or, where another limit is closer to its end, the same share of the input's limit. The
 * limiter takes the lower of its own level and the provider's, so a remainder that was rounded up
 * to the next 1,000 changes nothing, and one that was rounded down delays a call by less than 500
 * tokens' time.
 */
final class AnthropicRates {
  private static final String PREFIX = "anthropic-ratelimit-";

  private AnthropicRates() {}

  static RateHeaders of(HttpHeaders headers) {
    long limit = limit(headers, "input-tokens");
    limit = limit > 0 ? limit : limit(headers, "tokens");
    long remaining = RateHeaders.UNKNOWN_VALUE;
    for (String what : new String[] {"input-tokens", "output-tokens", "tokens"}) {
      long ownLimit = limit(headers, what);
      long ownRemaining = remaining(headers, what);
      if (limit > 0 && ownLimit > 0 && ownRemaining >= 0) {
        long share = (long) ((double) ownRemaining / ownLimit * limit);
        remaining = remaining < 0 ? share : Math.min(remaining, share);
      }
    }
    return new RateHeaders(
        limit(headers, "requests"), remaining(headers, "requests"), limit, remaining);
  }

  private static long limit(HttpHeaders headers, String what) {
    return RetryHints.number(headers, PREFIX + what + "-limit");
  }

  private static long remaining(HttpHeaders headers, String what) {
    return RetryHints.number(headers, PREFIX + what + "-remaining");
  }
}
