package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.TooLong;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.provider.bedrock.BedrockModels.Structure;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes Converse and InvokeModel. The model is in the path. What is known to belong into {@code
 * inferenceConfig} goes there. How an answer is held to {@code output.schema} differs by model
 * ({@link BedrockModels#structure}), and is no part of a request's identity; what the parameters
 * say of it is. Nor is a {@code cachePoint}, which changes no answer. Thread-safe.
 */
final class BedrockRequests implements RequestWriter {
  /** The tool that stands for the answer's schema. */
  static final String TOOL = "sluice_answer";

  static final String CACHE_POINT = "cachePoint";
  static final String MAX_TOKENS = "maxTokens";
  static final String CONFIG = "inferenceConfig";
  static final String OUTPUT_CONFIG = "outputConfig";
  static final String TOOL_CONFIG = "toolConfig";
  static final String MORE = "additionalModelRequestFields";

  /** API reference, InferenceConfiguration. */
  static final Set<String> OF_THE_CONFIG =
      Set.of(MAX_TOKENS, "temperature", "topP", "stopSequences");

  /** API reference, Converse. */
  static final Set<String> OF_THE_REQUEST =
      Set.of(
          CONFIG,
          OUTPUT_CONFIG,
          TOOL_CONFIG,
          MORE,
          CACHE_POINT,
          "additionalModelResponseFieldPaths",
          "guardrailConfig",
          "performanceConfig",
          "promptVariables",
          "requestMetadata",
          "serviceTier");

  /** User guide: the most tokens of one text, of Titan's and Cohere's older models. */
  private static final long MAX_TITAN_TOKENS = 8_192;

  private static final long MAX_COHERE_TOKENS = 512;

  private final ModelTask task;
  private final boolean embeds;
  private final ObjectNode fields;
  private final ObjectNode config;
  private final @Nullable JsonNode cachePoint;
  private final @Nullable ObjectNode schema;
  private final Structure structure;
  private final TokenCounter tokens;

  BedrockRequests(ModelTask task, ObjectNode parameters, TokenCounter tokens) {
    this.task = task;
    this.embeds = task.operation() == Operation.EMBED;
    this.tokens = tokens;
    this.fields = CanonicalJson.newObject();
    this.config = CanonicalJson.newObject();
    JsonNode point = null;
    for (var field : CanonicalJson.sorted(parameters).properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      if (!embeds && name.equals(CACHE_POINT)) {
        point = value;
      } else if (!embeds && name.equals(CONFIG)) {
        value.properties().forEach(one -> config.set(one.getKey(), one.getValue()));
      } else if (!embeds && OF_THE_CONFIG.contains(name)) {
        config.set(name, value);
      } else {
        fields.set(name, value);
      }
    }
    if (!embeds && !config.has(MAX_TOKENS)) {
      // Without it the most that the model can answer is taken from the quota beforehand.
      config.put(MAX_TOKENS, ASSUMED_OUTPUT_TOKENS);
    }
    this.cachePoint = point;
    this.schema = schema(task, fields);
    this.structure = structure(task, fields);
  }

  private static @Nullable ObjectNode schema(ModelTask task, ObjectNode fields) {
    String schema = task.output().schema();
    return schema == null
            || task.output().type() != OutputType.JSON
            || task.operation() != Operation.CHAT
            || fields.path(OUTPUT_CONFIG).has("textFormat")
            || fields.has(TOOL_CONFIG)
        ? null
        : CanonicalJson.parseObject("output.schema", schema);
  }

  private static Structure structure(ModelTask task, ObjectNode fields) {
    // Batches take neither, and thinking takes no tool that must be called.
    Structure structure =
        task.delivery().batch() ? Structure.WORDS : BedrockModels.structure(task.model());
    JsonNode more = fields.path(MORE);
    boolean thinks =
        more.has("thinking") || more.has("reasoning_config") || more.has("reasoningConfig");
    return structure == Structure.TOOL && thinks ? Structure.WORDS : structure;
  }

  @Override
  public Written write(Question question) {
    String path = BedrockPlaces.path(task.model(), task.operation());
    return embeds ? embedding(path, question.user()) : converse(path, question, null);
  }

  @Override
  public Written write(Question question, Misfit misfit) {
    return converse(BedrockPlaces.path(task.model(), task.operation()), question, misfit);
  }

  private Written converse(String path, Question question, @Nullable Misfit misfit) {
    ObjectNode body = CanonicalJson.newObject();
    ArrayNode messages = body.putArray("messages");
    turn(messages, "user", question.user());
    ObjectNode last = null;
    long input = tokens.chatTokens(question.system(), question.user());
    if (misfit != null) {
      turn(messages, "assistant", misfit.turn());
      last = turn(messages, "user", "");
      input += tokens.chatTokens(misfit.turn(), misfit.told());
    }
    String system = question.system();
    boolean hasSystem = system != null && !system.isBlank();
    if (hasSystem) {
      body.putArray("system").addObject().put("text", system);
    }
    body.setAll(fields);
    body.set(CONFIG, config);
    String identity = CanonicalJson.write(body);
    if (misfit != null && last != null) {
      last.put("text", misfit.told());
    }
    ObjectNode sent = schema == null ? body : structured(body, schema);
    if (cachePoint != null && hasSystem) {
      ((ArrayNode) sent.path("system")).insertObject(1).set(CACHE_POINT, cachePoint);
    }
    return new Written(path, identity, CanonicalJson.write(sent), input);
  }

  /** Adds a turn; its only block of text. */
  private static ObjectNode turn(ArrayNode messages, String role, String text) {
    ObjectNode message = messages.addObject().put("role", role);
    return message.putArray("content").addObject().put("text", text);
  }

  private ObjectNode structured(ObjectNode body, ObjectNode schema) {
    switch (structure) {
      case NATIVE -> {
        ObjectNode output = CanonicalJson.newObject();
        body.path(OUTPUT_CONFIG).properties().forEach(e -> output.set(e.getKey(), e.getValue()));
        ObjectNode format = output.putObject("textFormat").put("type", "json_schema");
        format
            .putObject("structure")
            .putObject("jsonSchema")
            .put("name", TOOL)
            .put("schema", CanonicalJson.write(BedrockSchema.strict(schema)));
        body.set(OUTPUT_CONFIG, output);
      }
      case TOOL -> {
        ObjectNode tools = body.putObject(TOOL_CONFIG);
        ObjectNode tool = tools.putArray("tools").addObject().putObject("toolSpec");
        tool.put("name", TOOL).put("description", "Takes the answer.");
        tool.putObject("inputSchema").set("json", schema);
        tools.putObject("toolChoice").putObject("tool").put("name", TOOL);
      }
      case WORDS ->
          body.withArray("/system")
              .addObject()
              .put(
                  "text",
                  "Answer with one JSON value that fits this JSON Schema, and with nothing else: "
                      + CanonicalJson.write(schema));
    }
    return body;
  }

  private Written embedding(String path, String text) {
    ObjectNode body = CanonicalJson.newObject();
    boolean cohere = BedrockModels.isCohere(task.model());
    String input =
        task.prompt().tooLong() == TooLong.CUT ? tokens.cut(text, maxEmbeddingTokens()) : text;
    if (cohere) {
      body.putArray("texts").add(input);
      body.put("input_type", "search_document");
    } else {
      body.put("inputText", input);
    }
    body.setAll(fields);
    String written = CanonicalJson.write(body);
    return new Written(path, written, written, tokens.count(input));
  }

  @Override
  public OptionalLong maxInputTokens() {
    return embeds ? OptionalLong.of(maxEmbeddingTokens()) : OptionalLong.empty();
  }

  private long maxEmbeddingTokens() {
    return BedrockModels.isCohere(task.model()) ? MAX_COHERE_TOKENS : MAX_TITAN_TOKENS;
  }

  @Override
  public long maxOutputTokens() {
    return embeds ? 0 : config.path(MAX_TOKENS).asLong(ASSUMED_OUTPUT_TOKENS);
  }

  @Override
  public boolean limitsOutput() {
    return true;
  }
}
