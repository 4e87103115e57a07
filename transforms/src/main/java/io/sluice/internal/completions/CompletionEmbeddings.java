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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Several embeddings in one call (OpenAI's API reference, embeddings: {@code input} may be an
 * array, and {@code data} comes back with the index of each, in any order).
 */
final class CompletionEmbeddings {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int NONE = -1;

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

  /**
   * Each at the place that its index names. Where the indexes cannot be right, whose a vector is
   * cannot be told, and there is none: one too many would be another document's.
   */
  private static @Nullable String[] vectors(JsonNode data, int requests) {
    @Nullable String[] vectors = new String[requests];
    List<Integer> places = places(data, requests);
    for (int i = 0; i < places.size(); i++) {
      vectors[places.get(i)] = vector(data.path(i));
    }
    return vectors;
  }

  /**
   * By index, from 0 or from 1 on, each once; by position where there is a vector for every request
   * and the indexes tell no two apart: some servers write 0 always, or none.
   *
   * @return of each entry its request's; empty where nothing tells it
   */
  private static List<Integer> places(JsonNode data, int requests) {
    List<Integer> places = new ArrayList<>();
    for (JsonNode entry : data) {
      places.add(index(entry.path("index")));
    }
    Set<Integer> seen = new HashSet<>(places);
    boolean isWhole = places.size() == requests;
    if (seen.size() <= 1 && isWhole) {
      return IntStream.range(0, requests).boxed().toList();
    }
    // Of some, without one of 0, it is open from where they are counted.
    boolean areTold = seen.contains(0) || isWhole;
    int first = seen.contains(0) ? 0 : 1;
    boolean areDistinct = areTold && seen.size() == places.size();
    boolean areWithin = seen.stream().allMatch(at -> at >= first && at < first + requests);
    return areDistinct && areWithin ? places.stream().map(at -> at - first).toList() : List.of();
  }

  /** {@link #NONE} for what is no whole number, or no place that a list could have. */
  private static int index(JsonNode node) {
    boolean isWritten = node.isTextual() && node.asText().matches("[0-9]{1,9}");
    boolean isWhole = node.canConvertToInt() && node.canConvertToExactIntegral();
    return isWritten ? Integer.parseInt(node.asText()) : isWhole ? node.intValue() : NONE;
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
