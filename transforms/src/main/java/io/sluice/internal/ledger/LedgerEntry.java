package io.sluice.internal.ledger;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * How a call ended.
 *
 * @param outcome what it means for the request
 * @param raw what the model said; null where it said nothing
 * @param model empty where unknown
 * @param finishReason empty where unknown
 * @param costUsd null where it is unknown
 * @param attempts requests sent for this fingerprint up to here
 * @param kind null for an answer
 * @param message empty for an answer
 * @param billing "billed", "not_billed" or "unknown"
 */
public record LedgerEntry(
    Outcome outcome,
    @Nullable String raw,
    String model,
    String finishReason,
    Usage usage,
    @Nullable BigDecimal costUsd,
    int attempts,
    long latencyMs,
    @Nullable ErrorKind kind,
    String message,
    @Nullable Integer status,
    @Nullable String code,
    boolean retryable,
    String billing) {

  /** The word for a call that may have been billed or not. */
  static final String UNKNOWN = "unknown";

  /** What the end of a call means for its request. */
  public enum Outcome {
    /** The model answered; whether the answer fits the task is judged when it is used. */
    ANSWER,
    /** A permanent failure. */
    FAILURE,
    /** A failure after which the request is sent again. */
    RETRY
  }

  /** The same where nothing is known of what it took, and it may have been billed. */
  LedgerEntry ofUnknownCost() {
    return new LedgerEntry(
        outcome,
        raw,
        model,
        finishReason,
        Usage.NONE,
        costUsd == null ? null : BigDecimal.ZERO,
        attempts,
        latencyMs,
        kind,
        message,
        status,
        code,
        retryable,
        UNKNOWN);
  }
}
