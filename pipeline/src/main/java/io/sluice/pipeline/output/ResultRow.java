package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A row of the results, as {@link RowLines} writes it. What a row lacks is empty or zero.
 *
 * @param costUsd null where the price is unknown
 * @param document missing where the results do not hold documents
 * @param key null for the task's own account
 */
public record ResultRow(
    String id,
    JsonNode output,
    String model,
    @Nullable String finishReason,
    Usage usage,
    @Nullable BigDecimal costUsd,
    int attempts,
    long latencyMs,
    String servedBy,
    JsonNode document,
    @Nullable String key,
    Source source) {

  public ResultRow {
    id = orEmpty(id);
    output = orMissing(output);
    model = orEmpty(model);
    usage = usage == null ? new Usage(0, 0, 0) : usage;
    servedBy = orEmpty(servedBy);
    document = orMissing(document);
    source = source == null ? Source.NONE : source;
  }

  /** Tokens of a row. */
  public record Usage(long inputTokens, long cachedInputTokens, long outputTokens) {}

  /** Where a document was read. */
  public record Source(String file, long position) {
    static final Source NONE = new Source("", 0);

    public Source {
      file = orEmpty(file);
    }
  }

  static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  static JsonNode orMissing(@Nullable JsonNode node) {
    return node == null ? MissingNode.getInstance() : node;
  }
}
