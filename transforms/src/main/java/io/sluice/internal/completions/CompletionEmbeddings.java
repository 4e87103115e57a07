package io.sluice.internal.completions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Embeddings;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Several embeddings in one call (OpenAI's API reference, embeddings: {@code input} may be an
 * array, and {@code data} comes back with the index of each, in any order).
 */
final class CompletionEmbeddings {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CompletionEmbeddings() {}

  /** One body that asks for all; requests of one task differ in their input alone. */
  static String pack(List<Request> requests) {
    try {
      ObjectNode body = (ObjectNode) JSON.readTree(requests.get(0).body());
      ArrayNode inputs = JSON.createArrayNode();
      for (Request request : requests) {
        inputs.add(JSON.readTree(request.body()).path("input"));
      }
      body.set("input", inputs);
      return body.toString();
    } catch (JsonProcessingException | ClassCastException e) {
      throw new IllegalArgumentException("A request's body is a JSON object", e);
    }
  }

  /** Reads the answer to a packed call; see {@link Embeddings#read}. */
  static Reply read(String body, List<Request> requests, Place place, List<Reply> replies) {
    return Embeddings.read(body, requests, place, "data", CompletionEmbeddings::vectors, replies);
  }

  /** By index, or by position where the indexes tell no two apart: some servers write 0 always. */
  private static @Nullable String[] vectors(JsonNode data, int requests) {
    @Nullable String[] vectors = new String[requests];
    boolean byPosition = data.size() == requests && !areDistinct(data);
    int position = 0;
    for (JsonNode entry : data) {
      int index = byPosition ? position : entry.path("index").asInt(position);
      position++;
      if (index >= 0 && index < vectors.length && vectors[index] == null) {
        vectors[index] = vector(entry);
      }
    }
    return vectors;
  }

  private static boolean areDistinct(JsonNode data) {
    Set<Integer> seen = new HashSet<>();
    int position = 0;
    for (JsonNode entry : data) {
      if (!seen.add(entry.path("index").asInt(position++))) {
        return false;
      }
    }
    return true;
  }

  /** Little-endian float32 in base64, whichever way the server wrote it; null where it did not. */
  static @Nullable String vector(JsonNode entry) {
    JsonNode vector = entry.path("embedding");
    if (vector.isTextual() && !vector.asText().isEmpty()) {
      return vector.asText();
    }
    return Embeddings.vector(vector);
  }
}
