package io.sluice.pipeline.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.table.DocumentColumns;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;

/** The lines of the output files: one JSON object a row, as users' scripts read them. */
public final class RowLines implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final boolean includeDocument;
  private final List<String> columns;

  /**
   * @param includeDocument whether each repeats its document
   * @param columns those of the document that are repeated; none for all
   */
  public RowLines(boolean includeDocument, List<String> columns) {
    this.includeDocument = includeDocument;
    this.columns = List.copyOf(columns);
  }

  static RowLines of(RunInfo run) {
    return new RowLines(run.task().output().includeDocument(), run.table().document());
  }

  /** A row of results, without its end. */
  public String of(Answer answer) {
    ObjectNode line = JSON.createObjectNode();
    line.put("id", answer.document().id());
    line.putRawValue("output", new RawValue(answer.outputJson()));
    line.put("model", answer.model());
    line.put("finishReason", answer.finishReason());
    line.putObject("usage")
        .put("inputTokens", answer.usage().inputTokens())
        .put("cachedInputTokens", answer.usage().cachedInputTokens())
        .put("outputTokens", answer.usage().outputTokens());
    Spend.putMoney(line, "costUsd", answer.costUsd());
    line.put("attempts", answer.attempts());
    line.put("latencyMs", answer.latencyMs());
    line.put("servedBy", answer.servedBy().name().toLowerCase(Locale.ROOT));
    if (answer.repaired() != null) {
      line.put("repaired", answer.repaired());
    }
    if (answer.provider() != null) {
      line.put("provider", answer.provider());
      line.put("fallback", answer.fallback());
    }
    if (answer.partsJson() != null) {
      line.putRawValue("parts", new RawValue(answer.partsJson()));
    }
    Answer.Cascaded cascaded = answer.cascaded();
    if (cascaded != null) {
      ObjectNode small = line.putObject("cascade");
      small.put("version", cascaded.version());
      small.put("probability", Math.round(cascaded.probability() * 1e6) / 1e6);
      if (answer.servedBy() != Answer.ServedBy.CASCADE) {
        small.putRawValue("output", new RawValue(cascaded.outputJson()));
      }
    }
    if (includeDocument) {
      if (columns.isEmpty()) {
        line.putRawValue("document", new RawValue(answer.document().json()));
      } else {
        line.set("document", DocumentColumns.of(answer.document().json(), columns));
      }
    }
    return finish(line, answer.document());
  }

  /** A dead letter, without its end. */
  public static String of(DeadLetter dead) {
    ObjectNode line = JSON.createObjectNode();
    line.put("id", dead.document().id());
    line.putRawValue("document", new RawValue(dead.document().json()));
    ObjectNode error = line.putObject("error");
    error.put("kind", dead.kind().code());
    error.put("message", dead.message());
    error.put("status", dead.status());
    error.put("code", dead.code());
    error.put("retryable", dead.retryable());
    error.put("attempts", dead.attempts());
    line.put("answer", dead.answer());
    if (dead.step() != null) {
      error.put("step", dead.step());
    }
    if (dead.answersJson() != null) {
      line.putRawValue("answers", new RawValue(dead.answersJson()));
    }
    return finish(line, dead.document());
  }

  private static String finish(ObjectNode line, Document document) {
    line.put("key", document.key());
    line.putObject("source")
        .put("file", document.source().file())
        .put("position", document.source().position());
    try {
      String whole = Text.whole(JSON.writeValueAsString(line));
      // Here or before it came here: whoever reads the row is told that it is not what it was.
      return Text.isReplaced(whole)
          ? Text.whole(JSON.writeValueAsString(line.put("replaced", true)))
          : whole;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON object can be written", e);
    }
  }
}
