package io.sluice.internal.provider.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Usages;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.text.Text;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Several embeddings in one call (OpenAI's API reference, embeddings: {@code input} may be an
 * array, and {@code data} comes back with the index of each, in any order).
 */
final class OpenAiEmbeddings {
  /** OpenAI's API reference: at most 2,048 inputs and 300,000 tokens a request. */
  static final PackLimits LIMITS = new PackLimits(2_048, 300_000);

  private static final ObjectMapper JSON = new ObjectMapper();

  private OpenAiEmbeddings() {}

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

  /**
   * Reads the answer to a packed call.
   *
   * @param replies gets one for each request, in their order; stays empty where the call as a whole
   *     has failed
   * @return the first of them, or what the call as a whole is
   */
  static Reply read(String body, List<Request> requests, Place place, List<Reply> replies) {
    return Answers.read(
        body,
        place,
        (root, at) -> {
          if (root.path("data").isEmpty()) {
            return Answers.without("embeddings", root, Usages.ofInputs(root), at);
          }
          replies.addAll(read(root, requests, at));
          return replies.get(0);
        });
  }

  private static List<Reply> read(JsonNode root, List<Request> requests, Place place) {
    @Nullable String[] vectors = vectors(root.path("data"), requests.size());
    List<@Nullable Usage> usages = shares(Usages.ofInputs(root), requests);
    String model = Text.whole(root.path("model").asText(""));
    List<Reply> replies = new ArrayList<>(vectors.length);
    for (int i = 0; i < vectors.length; i++) {
      String raw = vectors[i];
      Usage usage = usages.get(i);
      replies.add(
          raw == null
              ? NoAnswer.unreadable(
                  place.what()
                      + " was answered 200 without an embedding for input "
                      + i
                      + " of "
                      + vectors.length,
                  usage,
                  place.rates())
              : new Reply.Answered(raw, model, "stop", usage, place.rates()));
    }
    return replies;
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
    if (!vector.isArray() || vector.isEmpty()) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.size()).order(ByteOrder.LITTLE_ENDIAN);
    vector.forEach(value -> bytes.putFloat((float) value.asDouble()));
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  /** Divides a call's usage among its requests by their counted tokens; the sum stays exact. */
  private static List<@Nullable Usage> shares(@Nullable Usage usage, List<Request> requests) {
    List<@Nullable Usage> shares = new ArrayList<>(requests.size());
    double counted = requests.stream().mapToLong(Request::inputTokens).sum();
    long sofar = 0;
    long given = 0;
    for (int i = 0; i < requests.size(); i++) {
      if (usage == null) {
        shares.add(null);
        continue;
      }
      sofar += requests.get(i).inputTokens();
      boolean last = i == requests.size() - 1;
      long until =
          last || counted == 0
              ? (last ? usage.inputTokens() : 0)
              : Math.round(usage.inputTokens() * (sofar / counted));
      shares.add(new Usage(until - given, 0, 0));
      given = until;
    }
    return shares;
  }
}
