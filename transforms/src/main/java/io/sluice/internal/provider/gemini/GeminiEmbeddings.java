package io.sluice.internal.provider.gemini;

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
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings of one text or many (API reference, models.batchEmbedContents): they come back in the
 * order of the requests. A single request has the same shape as many.
 */
final class GeminiEmbeddings {
  /** "At most 100 requests can be in one batch", as the server says beyond it. */
  static final PackLimits LIMITS = new PackLimits(100, Long.MAX_VALUE);

  private static final ObjectMapper JSON = new ObjectMapper();

  private GeminiEmbeddings() {}

  /** One body that asks for all. */
  static String pack(List<Request> requests) {
    try {
      ObjectNode body = JSON.createObjectNode();
      ArrayNode all = body.putArray("requests");
      for (Request request : requests) {
        all.add(JSON.readTree(request.body()).path("requests").path(0));
      }
      return body.toString();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("A request's body is a JSON object", e);
    }
  }

  static Reply readOne(JsonNode root, Place place) {
    JsonNode many = root.path("embeddings").path(0);
    String vector = vector(many.isMissingNode() ? root.path("embedding") : many);
    Usage usage = Usages.ofInputs(root);
    return vector == null
        ? Answers.without("an embedding", root, usage, place)
        : new Reply.Answered(vector, "", "stop", usage, place.rates());
  }

  /**
   * Reads the answer to a packed call.
   *
   * @param replies takes one for each request, in their order; none where the whole failed
   * @return what came of the whole
   */
  static Reply read(String body, List<Request> requests, Place place, List<Reply> replies) {
    return Answers.read(
        body,
        place,
        (root, at) -> {
          if (root.path("embeddings").isEmpty()) {
            return Answers.without("embeddings", root, Usages.ofInputs(root), at);
          }
          replies.addAll(read(root, requests.size(), at));
          return replies.get(0);
        });
  }

  private static List<Reply> read(JsonNode root, int requests, Place place) {
    JsonNode embeddings = root.path("embeddings");
    Usage sum = Usages.ofInputs(root);
    // Positions are all that tells whose a vector is: with fewer or more of them, none can be told.
    boolean fits = embeddings.size() == requests;
    List<Reply> replies = new ArrayList<>(requests);
    long given = 0;
    for (int i = 0; i < requests; i++) {
      Usage usage = share(sum, given, i, requests);
      given += usage == null ? 0 : usage.inputTokens();
      String vector = fits ? vector(embeddings.path(i)) : null;
      replies.add(
          vector == null
              ? NoAnswer.unreadable(
                  place.what()
                      + " was answered 200 with "
                      + embeddings.size()
                      + " embeddings for "
                      + requests
                      + " inputs, and none for input "
                      + i,
                  usage,
                  place.rates())
              : new Reply.Answered(vector, "", "stop", usage, place.rates()));
    }
    return replies;
  }

  private static @Nullable Usage share(@Nullable Usage sum, long given, int i, int of) {
    return sum == null ? null : new Usage(sum.inputTokens() * (i + 1) / of - given, 0, 0);
  }

  /** Little-endian float32 in base64; null where there is none. */
  private static @Nullable String vector(JsonNode embedding) {
    JsonNode values = embedding.path("values");
    if (!values.isArray() || values.isEmpty()) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.size()).order(ByteOrder.LITTLE_ENDIAN);
    values.forEach(value -> bytes.putFloat((float) value.asDouble()));
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
