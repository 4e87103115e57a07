package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * A row of the dead letters, as {@link RowLines} writes it. What a row lacks is empty or zero.
 *
 * @param answer what the model said; null where it said nothing
 */
public record DeadLetterRow(
    String id, JsonNode document, Error error, @Nullable String answer, ResultRow.Source source) {

  public DeadLetterRow {
    id = ResultRow.orEmpty(id);
    document = ResultRow.orMissing(document);
    error = error == null ? new Error("unknown", "") : error;
    source = source == null ? ResultRow.Source.NONE : source;
  }

  /** Why a document has no answer. */
  public record Error(String kind, String message) {
    public Error {
      kind = kind == null ? "unknown" : kind;
      message = ResultRow.orEmpty(message);
    }
  }
}
