package io.sluice.pipeline.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Document;
import io.sluice.Source;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Makes a row a document. A dead letter that is given back is the document it holds. Thread-safe.
 */
final class RowParser implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectReader STRICT =
      JSON.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Holds a row that is not a document, in its dead letter. */
  static final String RAW = "_raw";

  /** A document, or why the row is none; then the document holds the row as it is. */
  record Parsed(Document document, @Nullable String problem) {}

  private final DocumentFields fields;

  RowParser(DocumentFields fields) {
    this.fields = fields;
  }

  Parsed parse(InputFile file, Row row) {
    Source source = new Source(file.name(), row.position());
    if (row.problem() != null) {
      return unreadable(row.text(), source, row.problem());
    }
    if (file.format() == InputFormat.TEXT || file.format() == InputFormat.FILE) {
      ObjectNode document = JSON.createObjectNode().put(fields.text(), row.text());
      if (file.format() == InputFormat.FILE) {
        document.put("file", file.name());
      }
      return new Parsed(document(document, source), null);
    }
    return json(row.text(), source);
  }

  private Parsed json(String text, Source source) {
    JsonNode node;
    try {
      node = STRICT.readTree(text);
    } catch (JsonProcessingException e) {
      return unreadable(text, source, "The row is not JSON: " + e.getOriginalMessage());
    }
    if (!(node instanceof ObjectNode object)) {
      return unreadable(
          text, source, "The row is JSON, but of type " + node.getNodeType() + ", not an object");
    }
    if (isDeadLetter(object)) {
      ObjectNode inner = (ObjectNode) object.get("document");
      if (inner.size() == 1 && inner.path(RAW).isTextual()) {
        return json(inner.path(RAW).asText(), source);
      }
      String key = object.path("key").isTextual() ? object.path("key").asText() : null;
      return new Parsed(
          new Document(object.path("id").asText(), key, inner.toString(), source), null);
    }
    return new Parsed(document(object, source), null);
  }

  private static boolean isDeadLetter(ObjectNode row) {
    return row.path("document").isObject()
        && row.path("error").path("kind").isTextual()
        && row.has("source")
        && row.has("id");
  }

  private Document document(ObjectNode object, Source source) {
    String json = object.toString();
    JsonNode id = object.path(fields.id() == null ? "id" : fields.id());
    JsonNode key = fields.key() == null ? object.path("") : object.path(fields.key());
    return new Document(
        id.isValueNode() && !id.isNull() && !id.asText().isEmpty() ? id.asText() : hash(json),
        key.isValueNode() && !key.isNull() && !key.asText().isEmpty() ? key.asText() : null,
        json,
        source);
  }

  private static Parsed unreadable(String raw, Source source, String problem) {
    String json = JSON.createObjectNode().put(RAW, raw).toString();
    return new Parsed(
        new Document(hash(raw), null, json, source),
        problem + " (" + source.file() + ", row " + source.position() + ")");
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
