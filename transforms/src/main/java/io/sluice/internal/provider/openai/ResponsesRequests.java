package io.sluice.internal.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.OutputType;
import io.sluice.internal.completions.StrictSchema;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.Parameters;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes questions for the Responses API (OpenAI's API reference, create a response). Nothing of
 * them is stored at the provider unless the task's parameters say so. A {@code text.format} that
 * comes from {@code output.schema} is no part of a request's identity; one written in the
 * parameters is. Thread-safe.
 */
final class ResponsesRequests implements RequestWriter {
  private static final String MAX_OUTPUT_TOKENS = "max_output_tokens";
  private static final String FORMAT = "format";
  private static final String STORE = "store";
  private static final String TEXT = "text";

  /** What chat completions call otherwise. */
  private static final Map<String, String> OF_CHAT =
      Map.of(
          "max_tokens", MAX_OUTPUT_TOKENS,
          "max_completion_tokens", MAX_OUTPUT_TOKENS,
          "reasoning_effort", "reasoning: {effort: …}",
          "verbosity", "text: {verbosity: …}",
          "response_format", "text: {format: …}, or output.schema");

  private final ModelTask task;
  private final ObjectNode parameters;
  private final @Nullable ObjectNode text;
  private final TokenCounter tokens;

  ResponsesRequests(ModelTask task, ObjectNode parameters, TokenCounter tokens) {
    this.task = task;
    this.parameters = CanonicalJson.sorted(parameters);
    if (parameters.has(TEXT)) {
      // Its format may hold a schema, and a model writes an object's fields in schema order.
      this.parameters.set(TEXT, parameters.path(TEXT));
    }
    this.text = text(task, parameters);
    this.tokens = tokens;
  }

  /** What of a task's parameters it refuses. */
  static void check(Parameters checked) {
    checked.conversation();
    checked.reserved("input", "it is made from prompt.user");
    checked.reserved("instructions", "they are made from prompt.system");
    checked.reserved("background", "answers are waited for; provider.mode: batch is for the rest");
    checked.reserved("previous_response_id", "each document is a question of its own");
    checked.reserved("conversation", "each document is a question of its own");
    checked.outputLimit(MAX_OUTPUT_TOKENS);
    checked.oneAnswer("n");
    OF_CHAT.forEach(
        (name, instead) ->
            checked.reserved(name, "with provider.api: responses it is written as " + instead));
    checked.within(TEXT);
  }

  private static @Nullable ObjectNode text(ModelTask task, ObjectNode parameters) {
    String schema = task.output().schema();
    JsonNode own = parameters.path(TEXT);
    if (schema == null || task.output().type() != OutputType.JSON || own.has(FORMAT)) {
      return null;
    }
    ObjectNode text = CanonicalJson.newObject();
    own.properties().forEach(field -> text.set(field.getKey(), field.getValue()));
    text.set(
        FORMAT,
        StrictSchema.textFormat(task.name(), CanonicalJson.parseObject("output.schema", schema)));
    return text;
  }

  @Override
  public Written write(Question question) {
    return write(question, null);
  }

  @Override
  public Written write(Question question, @Nullable Misfit misfit) {
    ObjectNode body = CanonicalJson.newObject().put("model", task.model());
    if (question.system() != null) {
      body.put("instructions", question.system());
    }
    long input = tokens.chatTokens(question.system(), question.user());
    ObjectNode last = null;
    if (misfit == null) {
      body.put("input", question.user());
    } else {
      ArrayNode turns = body.putArray("input");
      turns.addObject().put("role", "user").put("content", question.user());
      turns.addObject().put("role", "assistant").put("content", misfit.turn());
      last = turns.addObject().put("role", "user").put("content", "");
      input += tokens.chatTokens(misfit.turn(), misfit.told());
    }
    body.put(STORE, false);
    body.setAll(parameters);
    String identity = CanonicalJson.write(body);
    if (misfit != null && last != null) {
      last.put("content", misfit.told());
    }
    if (text != null) {
      body.set(TEXT, text);
    }
    String sent = misfit == null && text == null ? identity : CanonicalJson.write(body);
    return new Written(OpenAiProvider.RESPONSES, identity, sent, input);
  }

  @Override
  public long maxOutputTokens() {
    return parameters.path(MAX_OUTPUT_TOKENS).asLong(ASSUMED_OUTPUT_TOKENS);
  }

  @Override
  public boolean limitsOutput() {
    return parameters.has(MAX_OUTPUT_TOKENS);
  }
}
