package io.sluice;

import java.io.Serializable;
import java.math.BigDecimal;
import org.apache.beam.sdk.coders.DefaultCoder;
import org.jspecify.annotations.Nullable;

/**
 * What the model returned for a document.
 *
 * @param document the document asked about
 * @param outputJson the output as JSON text: a string (text, label), an object (json) or an array
 *     of numbers (embed)
 * @param model the model that answered, as the provider names it
 * @param finishReason the provider's word for why the answer ended
 * @param costUsd what this row cost; null where the price is unknown; zero where an identical
 *     request had already paid for it
 * @param attempts requests sent for this row, without those that the provider turned away for the
 *     rate or for what was not this row's fault; at least 1, and 0 where a small model answered
 * @param latencyMs milliseconds of the call that brought the answer
 * @param servedBy where the answer came from
 * @param repaired what of the answer was mended before it fitted, such as {@code fence}: words of
 *     {@code thinking}, {@code fence}, {@code text}, {@code quotes}, {@code markup}, {@code name},
 *     {@code punctuation}, joined by ", "; null for nothing
 * @param provider the kind of the provider that answered in place of the task's model; null where
 *     that one answered. Of several steps all kinds that stepped in, joined by ", "
 * @param fallback which of the task's other models answered, from 1; 0 where its own did. Of
 *     several steps the highest
 * @param partsJson of a document that was asked in parts, which: a JSON object, {@code {"field":
 *     "text", "count": 2, "ranges": [[0, 900], [850, 1200]]}}, each with the characters (UTF-16) of
 *     the field from, and up to; of steps an object of these by name; null where it was not
 * @param cascaded what the small model of a {@link Cascade} says of it; null where it was not asked
 */
@DefaultCoder(AnswerCoder.class)
public record Answer(
    Document document,
    String outputJson,
    String model,
    String finishReason,
    Usage usage,
    @Nullable BigDecimal costUsd,
    int attempts,
    long latencyMs,
    ServedBy servedBy,
    @Nullable String repaired,
    @Nullable String provider,
    int fallback,
    @Nullable String partsJson,
    @Nullable Cascaded cascaded)
    implements Serializable {

  /** An answer of the task's own model to a whole document, without a cascade. */
  public Answer(
      Document document,
      String outputJson,
      String model,
      String finishReason,
      Usage usage,
      @Nullable BigDecimal costUsd,
      int attempts,
      long latencyMs,
      ServedBy servedBy,
      @Nullable String repaired) {
    this(
        document,
        outputJson,
        model,
        finishReason,
        usage,
        costUsd,
        attempts,
        latencyMs,
        servedBy,
        repaired,
        null,
        0,
        null,
        null);
  }

  /** An answer that needed no mending. */
  public Answer(
      Document document,
      String outputJson,
      String model,
      String finishReason,
      Usage usage,
      @Nullable BigDecimal costUsd,
      int attempts,
      long latencyMs,
      ServedBy servedBy) {
    this(
        document,
        outputJson,
        model,
        finishReason,
        usage,
        costUsd,
        attempts,
        latencyMs,
        servedBy,
        null);
  }

  /** The same with another output. */
  public Answer withOutput(String json) {
    return with(json, partsJson, cascaded);
  }

  /** The same with the parts that it was asked in. */
  public Answer withParts(@Nullable String json) {
    return with(outputJson, json, cascaded);
  }

  private Answer with(String output, @Nullable String parts, @Nullable Cascaded says) {
    return new Answer(
        document,
        output,
        model,
        finishReason,
        usage,
        costUsd,
        attempts,
        latencyMs,
        servedBy,
        repaired,
        provider,
        fallback,
        parts,
        says);
  }

  /** Where an answer came from. */
  public enum ServedBy {
    REALTIME,
    BATCH,
    LEDGER,
    LOCAL,
    /** The small model of a {@link Cascade}; nothing was sent. */
    CASCADE
  }

  /**
   * What the small model of a {@link Cascade} says.
   *
   * @param version which one
   * @param probability what it takes for the probability of its answer
   * @param outputJson its answer; that of the row where it served it
   */
  public record Cascaded(String version, double probability, String outputJson)
      implements Serializable {}

  /** The same with what the small model says of it. */
  public Answer withCascaded(Cascaded value) {
    return with(outputJson, partsJson, value);
  }

  /**
   * The output as an object of Java's: a record or bean whose components have the names of the
   * output's fields, a {@code Map}, a {@code JsonNode}, of text and labels a {@code String} or an
   * enum, of an embedding a {@code float[]} or {@code double[]}. Fields that the type does not have
   * are passed over, and components that the output does not have are null, or zero.
   *
   * @throws IllegalArgumentException if the output does not fit; the message has the document's id
   *     and where it does not, and nothing of the output
   */
  public <T> T outputAs(Class<T> type) {
    return OutputReader.read(this, type);
  }
}
