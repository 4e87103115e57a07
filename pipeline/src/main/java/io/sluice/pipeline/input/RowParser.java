package io.sluice.pipeline.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Document;
import io.sluice.Source;
import io.sluice.internal.text.ExactJson;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.unfold.Bounds;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a row a document. A dead letter that is given back is the document it holds. Thread-safe.
 */
final class RowParser implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What Jackson reads at most, wherever a document goes from here. */
  static final int MAX_TEXT_CHARS = 20_000_000;

  /** Holds a row that is not a document, in its dead letter. */
  static final String RAW = "_raw";

  static final int MAX_RAW_CHARS = Bounds.ROW_BYTES / 8;

  /** How many rows were lost with such a row, in its dead letter. */
  static final String LOST = "_lost";

  /** A document, or why the row is none; then the document holds the row as it is. */
  record Parsed(Document document, @Nullable String problem) {}

  private static final int NAMED = 30;

  private final DocumentFields fields;

  RowParser(DocumentFields fields) {
    this.fields = fields;
  }

  Parsed parse(InputFile file, Row row) {
    Source source = new Source(file.name(), row.position());
    if (row.problem() != null) {
      return unreadable(row.text(), source, row.problem(), row.lost());
    }
    if (file.format() == InputFormat.TEXT || file.format() == InputFormat.FILE) {
      ObjectNode document = JSON.createObjectNode().put(fields.text(), row.text());
      if (file.format() == InputFormat.FILE) {
        document.put("file", file.name());
      }
      return document(document, row.text(), source);
    }
    return json(row.text(), source);
  }

  /** What is wrong, without what a programmer could do about it in the parser. */
  private static String reason(JsonProcessingException e) {
    String message = e.getOriginalMessage().replaceFirst(", from `[^`]*`\\)", ")");
    int advice = message.indexOf(": enable `");
    return Text.shown(
        advice < 0 ? message : message.substring(0, advice) + ", which JSON does not have", 500);
  }

  private Parsed json(String text, Source source) {
    JsonNode node;
    try {
      node = ExactJson.read(text);
    } catch (JsonProcessingException e) {
      return unreadable(text, source, "The row is not JSON: " + reason(e));
    }
    if (!(node instanceof ObjectNode object)) {
      return unreadable(
          text, source, "The row is JSON, but of type " + node.getNodeType() + ", not an object");
    }
    if (isDeadLetter(object)) {
      ObjectNode inner = (ObjectNode) object.get("document");
      if (inner.size() == (inner.has(LOST) ? 2 : 1) && inner.path(RAW).isTextual()) {
        return json(inner.path(RAW).asText(), source);
      }
      String key = object.path("key").isTextual() ? Text.whole(object.path("key").asText()) : null;
      String json = Text.whole(inner.toString());
      String problem = unfit(json, inner);
      return problem != null
          ? unreadable(text, source, problem)
          : new Parsed(
              new Document(Text.whole(object.path("id").asText()), key, json, source), null);
    }
    return document(object, text, source);
  }

  /** How many rows were lost with one that could not be read; 0 for none. */
  static long lost(Document document) {
    String json = document.json();
    if (!json.startsWith("{\"" + RAW + "\"") || !json.contains("\"" + LOST + "\"")) {
      return 0;
    }
    try {
      JsonNode node = ExactJson.read(json);
      return node.size() == 2 ? Math.max(0, node.path(LOST).asLong()) : 0;
    } catch (JsonProcessingException e) {
      return 0;
    }
  }

  /** Whether a row is a dead letter that is given back. */
  static boolean isDeadLetter(Row row) {
    try {
      return row.problem() == null
          && ExactJson.read(row.text()) instanceof ObjectNode object
          && isDeadLetter(object);
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static boolean isDeadLetter(ObjectNode row) {
    return row.path("document").isObject()
        && row.path("error").path("kind").isTextual()
        && row.has("source")
        && row.has("id");
  }

  private Parsed document(ObjectNode object, String raw, Source source) {
    String json = Text.whole(object.toString());
    String problem = unfit(json, object);
    JsonNode id = object.path("id");
    JsonNode key = MissingNode.getInstance();
    if (problem == null && fields.id() != null) {
      id = named(object, fields.id());
      problem = misnamed("document.id", fields.id(), id, object);
    }
    if (problem == null && fields.key() != null) {
      key = named(object, fields.key());
      problem = misnamed("document.key", fields.key(), key, object);
    }
    if (problem != null) {
      return unreadable(raw, source, problem);
    }
    return new Parsed(
        new Document(
            id.isValueNode() && !id.isNull() && !id.asText().isEmpty()
                ? Text.whole(id.asText())
                : hash(json),
            key.isValueNode() && !key.isNull() && !key.asText().isEmpty()
                ? Text.whole(key.asText())
                : null,
            json,
            source),
        null);
  }

  /** A field by its name, or by a path with dots, as a prompt finds it. */
  private static JsonNode named(ObjectNode object, String name) {
    JsonNode whole = object.path(name);
    if (!whole.isMissingNode()) {
      return whole;
    }
    JsonNode node = object;
    for (String part : name.split("\\.")) {
      node = node.path(part);
    }
    return node;
  }

  private static @Nullable String misnamed(
      String setting, String name, JsonNode value, ObjectNode object) {
    if (value.isContainerNode()) {
      return "The field '"
          + name
          + "' ("
          + setting
          + ") is no single value but "
          + Text.shown(value.toString(), 100);
    }
    return value.isMissingNode()
        ? "The row has no field '" + name + "' (" + setting + "); it has " + names(object)
        : null;
  }

  private static String names(ObjectNode object) {
    if (object.isEmpty()) {
      return "none";
    }
    String names =
        object
            .propertyStream()
            .limit(NAMED)
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    return Text.shown(names, 1_000) + (object.size() > NAMED ? ", …" : "");
  }

  /** What no request can be made of; null where nothing is. */
  private static @Nullable String unfit(String json, ObjectNode object) {
    return json.length() > MAX_TEXT_CHARS ? tooLong(object) : null;
  }

  private static @Nullable String tooLong(JsonNode node) {
    if (node.isTextual() && node.textValue().length() > MAX_TEXT_CHARS) {
      return "A text of the row has "
          + node.textValue().length()
          + " characters; the most is "
          + MAX_TEXT_CHARS
          + ": cut it into parts";
    }
    for (JsonNode inner : node) {
      String problem = tooLong(inner);
      if (problem != null) {
        return problem;
      }
    }
    return null;
  }

  private static Parsed unreadable(String raw, Source source, String problem) {
    return unreadable(raw, source, problem, 0);
  }

  private static Parsed unreadable(String raw, Source source, String problem, long lost) {
    // Escaped it has six times as many, and a dead letter must be read, too.
    boolean isLong = raw.length() > MAX_RAW_CHARS;
    ObjectNode document = JSON.createObjectNode().put(RAW, Text.cut(raw, MAX_RAW_CHARS));
    if (lost > 0) {
      document.put(LOST, lost);
    }
    String json = Text.whole(document.toString());
    return new Parsed(
        new Document(hash(raw), null, json, source),
        Text.whole(problem)
            + (isLong ? "; shown are its first " + MAX_RAW_CHARS + " characters" : "")
            + " ("
            + source.file()
            + ", row "
            + source.position()
            + ")");
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
