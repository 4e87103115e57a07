package io.sluice.spi;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What became of one request. */
public sealed interface Reply {
  /** The limits as the provider last stated them. */
  RateHeaders headers();

  /**
   * The model answered and nothing in the protocol says that the answer is unusable.
   *
   * @param raw the model's text, or for embeddings the vector as little-endian float32 in base64
   * @param usage null where the server did not say
   */
  record Answered(
      String raw, String model, String finishReason, @Nullable Usage usage, RateHeaders headers)
      implements Reply {}

  /**
   * No usable answer.
   *
   * @param scope what else the failure concerns
   * @param retryable whether the same request may succeed later
   * @param retryAfter how long the provider asks to wait; null where it does not say
   * @param billing whether the provider may have charged for the attempt
   * @param usage what was charged, null where unknown or nothing
   * @param raw what the model said, if anything
   */
  record Failed(
      ErrorKind kind,
      Scope scope,
      boolean retryable,
      String message,
      @Nullable Integer status,
      @Nullable String code,
      @Nullable Duration retryAfter,
      Billing billing,
      @Nullable Usage usage,
      @Nullable String raw,
      RateHeaders headers)
      implements Reply {
    /** The same answer of the provider, taken for another failure. */
    public Failed judged(ErrorKind kind, Scope scope, boolean retryable, String message) {
      return new Failed(
          kind, scope, retryable, message, status, code, retryAfter, billing, usage, raw, headers);
    }
  }

  /** What a failure concerns. */
  enum Scope {
    /** This request only. */
    ROW,
    /**
     * The account's rate: everything on the key waits. Only with {@link ErrorKind#RATE_LIMITED}.
     */
    RATE,
    /** The server is overloaded (503, 529, time-outs): fewer calls at a time. */
    LOAD,
    /** The account itself (bad key, no credit, unknown model): stop sending on this key. */
    ACCOUNT,
    /**
     * The connection alone, which was kept from an earlier request and brought no answer that can
     * be this one's: asked again at once, as a call of its own, and no attempt. The server may have
     * read the request and billed it.
     */
    CONNECTION
  }

  /** Whether an attempt was paid for. */
  enum Billing {
    NOT_BILLED,
    BILLED,
    UNKNOWN
  }
}
