package io.sluice.internal.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
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

  /** What the end of a call means for its request. */
  public enum Outcome {
    /** The model answered; whether the answer fits the task is judged when it is used. */
    ANSWER,
    /** A permanent failure. */
    FAILURE,
    /** A failure after which the request is sent again. */
    RETRY
  }

  void write(ObjectNode record) {
    record.put("outcome", outcome.name().toLowerCase(java.util.Locale.ROOT));
    record.put("ms", latencyMs).put("attempts", attempts).put("billing", billing);
    if (costUsd != null) {
      record.put("usd", costUsd.toPlainString());
    }
    if (usage.inputTokens() != 0 || usage.outputTokens() != 0) {
      record
          .put("in", usage.inputTokens())
          .put("cached", usage.cachedInputTokens())
          .put("out", usage.outputTokens());
      if (usage.cacheWriteTokens() != 0) {
        record.put("written", usage.cacheWriteTokens());
      }
    }
    if (outcome == Outcome.ANSWER || !model.isEmpty()) {
      record.put("model", model);
    }
    if (outcome == Outcome.ANSWER) {
      record.put("finish", finishReason);
    } else if (kind != null) {
      record.put("kind", kind.code()).put("message", message).put("retryable", retryable);
      if (status != null) {
        record.put("status", status);
      }
      if (code != null) {
        record.put("code", code);
      }
    }
    if (raw != null) {
      record.put("raw", raw);
    }
  }

  /** What an end's record says was used; all 0 where it says nothing. */
  public static Usage usage(ObjectNode record) {
    return new Usage(
        record.path("in").asLong(),
        record.path("cached").asLong(),
        record.path("out").asLong(),
        record.path("written").asLong());
  }

  /** Reads what {@link #write} wrote. */
  public static LedgerEntry read(ObjectNode record) {
    return new LedgerEntry(
        Outcome.valueOf(record.path("outcome").asText().toUpperCase(java.util.Locale.ROOT)),
        record.has("raw") ? record.path("raw").asText() : null,
        record.path("model").asText(""),
        record.path("finish").asText(""),
        usage(record),
        record.has("usd") ? new BigDecimal(record.path("usd").asText()) : null,
        record.path("attempts").asInt(),
        record.path("ms").asLong(),
        record.has("kind") ? ErrorKind.ofCode(record.path("kind").asText()) : null,
        record.path("message").asText(""),
        record.has("status") ? record.path("status").asInt() : null,
        record.has("code") ? record.path("code").asText() : null,
        record.path("retryable").asBoolean(),
        record.path("billing").asText("unknown"));
  }
}
