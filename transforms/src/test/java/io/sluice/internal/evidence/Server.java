package io.sluice.internal.evidence;

import io.sluice.spi.RateHeaders;
import org.jspecify.annotations.Nullable;

/** A provider in virtual time. */
interface Server {
  /**
   * What it says to a request.
   *
   * @param takes nanoseconds until it says so
   * @param failure null for an answer
   */
  record Said(long takes, @Nullable Failure failure, RateHeaders headers) {
    static Said answers(long takes) {
      return new Said(takes, null, RateHeaders.NONE);
    }

    static Said refuses(Failure failure) {
      return new Said(3_000_000, failure, RateHeaders.NONE);
    }
  }

  /**
   * A request arrives.
   *
   * @param document its number
   * @param latency what answering it takes, nanoseconds
   */
  Said arrives(int document, long latency, long at);

  /** A request that was let in has been answered. */
  default void ended(long at) {}
}
