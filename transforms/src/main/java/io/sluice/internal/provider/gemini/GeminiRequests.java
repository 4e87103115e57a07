package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.TooLong;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes generateContent and batchEmbedContents. Parameters that are not fields of the request are
 * its {@code generation_config}. The model is in the path. A schema that comes from {@code
 * output.schema} is no part of a request's identity; one written in the parameters is. Thread-safe.
 */
final class GeminiRequests implements RequestWriter {
  /** Fields of the request itself (API reference, models.generateContent). */
  private static final Set<String> OF_THE_REQUEST =
      Set.of(
          "tools",
          "tool_config",
          "safety_settings",
          "cached_content",
          "service_tier",
          "labels",
          "store");

  private static final String CONFIG = "generation_config";
  private static final String MAX_OUTPUT_TOKENS = "max_output_tokens";
  private static final String RESPONSE_SCHEMA = "response_schema";
  private static final String RESPONSE_JSON_SCHEMA = "response_json_schema";
  private static final String RESPONSE_MIME_TYPE = "response_mime_type";

  /** Guide to embeddings: the most tokens of one input. */
  private static final long MAX_EMBEDDING_TOKENS = 2_048;

  private final ModelTask task;
  private final boolean embeds;
  private final ObjectNode fields;
  private final ObjectNode config;
  private final @Nullable ObjectNode structured;
  private final TokenCounter tokens;

  GeminiRequests(ModelTask task, ObjectNode parameters, TokenCounter tokens) {
    this.task = task;
    this.embeds = task.operation() == Operation.EMBED;
    this.tokens = tokens;
    ObjectNode given = CanonicalJson.sorted(GeminiNames.proto(parameters));
    this.fields = CanonicalJson.newObject();
    this.config = CanonicalJson.newObject();
    given
        .properties()
        .forEach(
            field -> {
              String name = field.getKey();
              if (embeds || OF_THE_REQUEST.contains(name)) {
                fields.set(name, field.getValue());
              } else if (name.equals(CONFIG)) {
                field.getValue().properties().forEach(e -> config.set(e.getKey(), e.getValue()));
              } else {
                config.set(name, field.getValue());
              }
            });
    this.structured = structured(task, config);
  }

  /** What the output's type adds to the configuration; null for nothing. */
  private static @Nullable ObjectNode structured(ModelTask task, ObjectNode config) {
    if (task.output().type() != OutputType.JSON
        || task.operation() != Operation.CHAT
        || config.has(RESPONSE_SCHEMA)
        || config.has(RESPONSE_JSON_SCHEMA)) {
      return null;
    }
    ObjectNode out = CanonicalJson.newObject();
    config.properties().forEach(e -> out.set(e.getKey(), e.getValue()));
    out.put(RESPONSE_MIME_TYPE, "application/json");
    String schema = task.output().schema();
    if (schema != null) {
      out.set(
          RESPONSE_JSON_SCHEMA,
          GeminiSchema.reduced(CanonicalJson.parseObject("output.schema", schema)));
    }
    return out;
  }

  @Override
  public Written write(Question question) {
    if (embeds) {
      ObjectNode body = CanonicalJson.newObject();
      String input = fitted(question.user());
      ObjectNode request = body.putArray("requests").addObject();
      request.put("model", GeminiProvider.resource(task.model()));
      request.putObject("content").putArray("parts").addObject().put("text", input);
      request.setAll(fields);
      String text = CanonicalJson.write(body);
      String path = GeminiProvider.path(task.provider(), task.model(), task.operation());
      return new Written(path, text, text, tokens.count(input));
    }
    return chat(question, null);
  }

  @Override
  public Written write(Question question, Misfit misfit) {
    return chat(question, misfit);
  }

  private Written chat(Question question, @Nullable Misfit misfit) {
    ObjectNode body = CanonicalJson.newObject();
    ArrayNode contents = body.putArray("contents");
    turn(contents, "user", question.user());
    long input = tokens.chatTokens(question.system(), question.user());
    ObjectNode last = null;
    if (misfit != null) {
      turn(contents, "model", misfit.turn());
      last = turn(contents, "user", "");
      input += tokens.chatTokens(misfit.turn(), misfit.told());
    }
    // The file of a batch is refused where a system text is empty.
    if (question.system() != null && !question.system().isBlank()) {
      body.putObject("system_instruction")
          .putArray("parts")
          .addObject()
          .put("text", question.system());
    }
    body.setAll(fields);
    if (!config.isEmpty()) {
      body.set(CONFIG, config);
    }
    String identity = CanonicalJson.write(body);
    if (misfit != null && last != null) {
      last.put("text", misfit.told());
    }
    if (structured != null) {
      body.set(CONFIG, structured);
    }
    return new Written(
        GeminiProvider.path(task.provider(), task.model(), task.operation()),
        identity,
        misfit == null && structured == null ? identity : CanonicalJson.write(body),
        input);
  }

  /** What countTokens takes of a request: its turns, before them its system text as one. */
  static String conversation(Request request) {
    ObjectNode body = CanonicalJson.parseObject("request", request.body());
    ObjectNode counted = CanonicalJson.newObject();
    ArrayNode contents = counted.putArray("contents");
    JsonNode system = body.path("system_instruction").path("parts");
    if (system.isArray()) {
      contents.addObject().put("role", "user").set("parts", system);
    }
    body.path("contents").forEach(contents::add);
    return CanonicalJson.write(counted);
  }

  private static ObjectNode turn(ArrayNode contents, String role, String text) {
    ObjectNode content = contents.addObject().put("role", role);
    return content.putArray("parts").addObject().put("text", text);
  }

  /** The encoding is not public, so only what is to be cut can be. */
  private String fitted(String text) {
    return task.prompt().tooLong() == TooLong.CUT ? tokens.cut(text, MAX_EMBEDDING_TOKENS) : text;
  }

  @Override
  public OptionalLong maxInputTokens() {
    return embeds ? OptionalLong.of(MAX_EMBEDDING_TOKENS) : OptionalLong.empty();
  }

  @Override
  public long maxOutputTokens() {
    return embeds ? 0 : config.path(MAX_OUTPUT_TOKENS).asLong(ASSUMED_OUTPUT_TOKENS);
  }

  @Override
  public boolean limitsOutput() {
    return embeds || config.has(MAX_OUTPUT_TOKENS);
  }
}
