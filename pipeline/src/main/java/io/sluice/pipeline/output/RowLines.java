package io.sluice.pipeline.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.internal.text.Text;
import java.util.Locale;

/** The lines of the output files: one JSON object a row, as users' scripts read them. */
final class RowLines {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RowLines() {}

  static String of(Answer answer, boolean includeDocument) {
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
    if (includeDocument) {
      line.putRawValue("document", new RawValue(answer.document().json()));
    }
    return finish(line, answer.document());
  }

  static String of(DeadLetter dead) {
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
