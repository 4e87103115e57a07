package io.sluice.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decides whether what a model said is of the task's output type. Thread-safe. */
public final class AnswerJudge {
  /** The outcome. */
  public sealed interface Verdict {}

  /** The answer, as JSON text. */
  public record Fits(String outputJson) implements Verdict {}

  /** Not of the type; the message says what was expected. */
  public record Unfit(String message) implements Verdict {}

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectReader STRICT =
      JSON.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Pattern FENCED =
      Pattern.compile("\\s*```(?:json)?\\s*\\n(.*?)\\n?\\s*```\\s*", Pattern.DOTALL);
  private static final int SHOWN_LABELS = 20;

  private final ModelTask.Output output;
  private final Operation operation;
  private final Map<String, String> labels = new HashMap<>();
  private final @Nullable JsonSchema schema;

  public AnswerJudge(ModelTask.Output output, Operation operation) {
    this.output = output;
    this.operation = operation;
    output.labels().forEach(label -> labels.put(fold(label), label));
    this.schema = output.schema() == null ? null : schema(output.schema());
  }

  /**
   * @param raw the model's text; for embeddings the vector as little-endian float32 in base64
   */
  public Verdict judge(String raw) {
    if (operation == Operation.EMBED) {
      return vector(raw);
    }
    return switch (output.type()) {
      case TEXT -> new Fits(TextNode.valueOf(raw).toString());
      case LABEL -> label(raw);
      case JSON -> json(raw);
    };
  }

  private Verdict label(String raw) {
    String label = labels.get(fold(raw));
    if (label != null) {
      return new Fits(TextNode.valueOf(label).toString());
    }
    String allowed = output.labels().stream().limit(SHOWN_LABELS).collect(Collectors.joining(", "));
    return new Unfit(
        "The answer is none of the labels "
            + allowed
            + (labels.size() > SHOWN_LABELS ? ", …" : "")
            + "; name the labels in the prompt, or raise max_tokens if it was cut");
  }

  private Verdict json(String raw) {
    Matcher fenced = FENCED.matcher(raw);
    String text = fenced.matches() ? fenced.group(1) : raw;
    JsonNode node;
    try {
      node = STRICT.readTree(text);
    } catch (JsonProcessingException e) {
      return new Unfit("The answer is not JSON: " + e.getOriginalMessage());
    }
    if (!node.isObject()) {
      return new Unfit(
          "The answer is JSON, but of type " + node.getNodeType() + "; expected an object");
    }
    if (schema != null) {
      Set<ValidationMessage> violations = schema.validate(node);
      if (!violations.isEmpty()) {
        return new Unfit(
            "The answer does not fit the schema: "
                + violations.stream()
                    .limit(3)
                    .map(ValidationMessage::getMessage)
                    .collect(Collectors.joining("; ")));
      }
    }
    return new Fits(node.toString());
  }

  private static Verdict vector(String raw) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(raw);
    } catch (IllegalArgumentException e) {
      return new Unfit("The answer is not a vector in base64");
    }
    FloatBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    ArrayNode array = JSON.createArrayNode();
    while (floats.hasRemaining()) {
      array.add(floats.get());
    }
    return array.isEmpty() ? new Unfit("The vector is empty") : new Fits(array.toString());
  }

  /** Labels are compared without case, surrounding space, quotes and a final period. */
  private static String fold(String text) {
    String folded = text.strip();
    if (folded.endsWith(".")) {
      folded = folded.substring(0, folded.length() - 1).strip();
    }
    while (folded.length() >= 2
        && "\"'`*".indexOf(folded.charAt(0)) >= 0
        && folded.charAt(folded.length() - 1) == folded.charAt(0)) {
      folded = folded.substring(1, folded.length() - 1).strip();
    }
    return folded.toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a JSON Schema; draft 2020-12 where it does not say. References to other places are not
   * fetched.
   *
   * @throws IllegalArgumentException if it is not a schema
   */
  public static JsonSchema schema(String text) {
    try {
      JsonSchemaFactory factory =
          JsonSchemaFactory.getInstance(
              SpecVersion.VersionFlag.V202012,
              builder -> builder.schemaLoaders(loaders -> loaders.values(list -> list.clear())));
      JsonSchema schema = factory.getSchema(JSON.readTree(text));
      schema.initializeValidators();
      return schema;
    } catch (JsonProcessingException | RuntimeException e) {
      throw new IllegalArgumentException("Not a JSON Schema: " + e.getMessage(), e);
    }
  }
}
