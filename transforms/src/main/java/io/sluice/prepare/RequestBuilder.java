package io.sluice.prepare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.ProviderKind;
import io.sluice.provider.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Builds the canonical request of a document: equal documents have equal bytes and an equal
 * fingerprint. The fingerprint covers the endpoint, the model, the messages and the parameters, not
 * the schema that Sluice adds from the task's output: a changed schema judges stored answers anew
 * without paying again. Thread-safe.
 */
public final class RequestBuilder {
  /**
   * The output that is reserved from the token limit where the task sets no {@code max_tokens} or
   * {@code max_completion_tokens}; settled with what an answer used.
   */
  public static final long DEFAULT_OUTPUT_TOKENS = 1024;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> RESERVED =
      List.of("model", "messages", "input", "stream", "n", "labels");

  private final ModelTask task;
  private final @Nullable PromptTemplate system;
  private final PromptTemplate user;
  private final TokenCounter tokens;
  private final ObjectNode parameters;
  private final @Nullable ObjectNode responseFormat;
  private final long maxOutputTokens;

  public RequestBuilder(ModelTask task) {
    this.task = task;
    String systemText = task.prompt().system();
    this.system = systemText == null ? null : new PromptTemplate(systemText);
    this.user = new PromptTemplate(task.prompt().user());
    this.tokens = TokenCounter.forModel(task.model());
    this.parameters = parse(task.parameters());
    this.responseFormat = responseFormat(task, parameters);
    this.maxOutputTokens = maxOutputTokens(task, parameters);
  }

  /** What is wrong with a task's parameters; empty if nothing is. */
  public static List<String> problems(ObjectNode parameters) {
    List<String> problems = new ArrayList<>();
    for (String name : RESERVED) {
      if (parameters.has(name)) {
        problems.add("parameters." + name + ": is set by Sluice and cannot be a parameter");
      }
    }
    return problems;
  }

  /**
   * @throws PromptException if the document lacks a field, or there is nothing to ask about
   */
  public Request build(ObjectNode document) throws PromptException {
    String userText = user.render(document);
    if (userText.isBlank()) {
      throw new PromptException("Render the prompt: it is empty for this document");
    }
    String systemText = system == null ? null : system.render(document);
    ObjectNode body = JSON.createObjectNode();
    body.put("model", task.model());
    long inputTokens;
    if (task.provider().kind() == ProviderKind.LOCAL || task.operation() == Operation.EMBED) {
      body.put("input", userText);
      if (task.output().type() == OutputType.LABEL) {
        ArrayNode labels = body.putArray("labels");
        task.output().labels().forEach(labels::add);
      }
      inputTokens = tokens.count(userText);
    } else {
      ArrayNode messages = body.putArray("messages");
      if (systemText != null) {
        messages.addObject().put("role", "system").put("content", systemText);
      }
      messages.addObject().put("role", "user").put("content", userText);
      inputTokens = tokens.chat(systemText, userText);
    }
    body.setAll(parameters);
    String fingerprint = fingerprint(body.toString());
    if (responseFormat != null) {
      body.set("response_format", responseFormat);
    }
    return new Request(fingerprint, body.toString(), inputTokens, maxOutputTokens);
  }

  private String fingerprint(String canonicalBody) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String endpoint =
          task.provider().kind() + " " + task.provider().baseUrl() + " " + task.operation() + "\n";
      digest.update(endpoint.getBytes(StandardCharsets.UTF_8));
      digest.update(canonicalBody.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  private static long maxOutputTokens(ModelTask task, ObjectNode parameters) {
    if (task.provider().kind() == ProviderKind.LOCAL || task.operation() == Operation.EMBED) {
      return 0;
    }
    for (String name : List.of("max_completion_tokens", "max_tokens")) {
      if (parameters.path(name).canConvertToLong()) {
        return parameters.path(name).asLong();
      }
    }
    return DEFAULT_OUTPUT_TOKENS;
  }

  private static @Nullable ObjectNode responseFormat(ModelTask task, ObjectNode parameters) {
    String schema = task.output().schema();
    if (task.provider().kind() != ProviderKind.OPENAI
        || task.operation() != Operation.CHAT
        || task.output().type() != OutputType.JSON
        || schema == null
        || parameters.has("response_format")) {
      return null;
    }
    ObjectNode schemaNode = parse(schema);
    ObjectNode format = JSON.createObjectNode().put("type", "json_schema");
    ObjectNode inner = format.putObject("json_schema");
    inner.put("name", task.name().substring(0, Math.min(64, task.name().length())));
    inner.put("strict", isStrict(schemaNode));
    inner.set("schema", schemaNode);
    return format;
  }

  /**
   * OpenAI's strict mode wants every object closed and every property required; anything else is
   * sent as a hint and judged here.
   */
  private static boolean isStrict(JsonNode schema) {
    if (schema.isArray()) {
      for (JsonNode element : schema) {
        if (!isStrict(element)) {
          return false;
        }
      }
      return true;
    }
    if (!schema.isObject()) {
      return true;
    }
    JsonNode properties = schema.path("properties");
    if (schema.path("type").asText().equals("object") || properties.isObject()) {
      List<String> required = new ArrayList<>();
      schema.path("required").forEach(name -> required.add(name.asText()));
      List<String> names = new ArrayList<>();
      properties.fieldNames().forEachRemaining(names::add);
      if (!schema.path("additionalProperties").isBoolean()
          || schema.path("additionalProperties").asBoolean()
          || !required.containsAll(names)) {
        return false;
      }
    }
    for (JsonNode child : schema) {
      if (!isStrict(child)) {
        return false;
      }
    }
    return true;
  }

  /** Parses an object and sorts its fields at every level, so that equal tasks have equal bytes. */
  private static ObjectNode parse(String json) {
    try {
      return (ObjectNode) sorted(JSON.readTree(json));
    } catch (JsonProcessingException | ClassCastException e) {
      throw new IllegalArgumentException("Expected a JSON object, got: " + json, e);
    }
  }

  private static JsonNode sorted(JsonNode node) {
    if (node.isArray()) {
      ArrayNode out = JSON.createArrayNode();
      node.forEach(element -> out.add(sorted(element)));
      return out;
    }
    if (!node.isObject()) {
      return node;
    }
    TreeMap<String, JsonNode> fields = new TreeMap<>();
    node.fields().forEachRemaining(field -> fields.put(field.getKey(), sorted(field.getValue())));
    ObjectNode out = JSON.createObjectNode();
    out.setAll(fields);
    return out;
  }
}
