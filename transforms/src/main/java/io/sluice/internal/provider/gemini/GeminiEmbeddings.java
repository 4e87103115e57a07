package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Embeddings;
import io.sluice.internal.answers.Usages;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
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

  /** The only one that a request's body asks for, by itself. */
  static String only(Request request) {
    try {
      return JSON.readTree(request.body()).path("requests").path(0).toString();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("A request's body is a JSON object", e);
    }
  }

  static Reply readOne(JsonNode root, Place place) {
    JsonNode many = root.path("embeddings").path(0);
    String vector = vector(many.isMissingNode() ? root.path("embedding") : many);
    Usage counted = Usages.ofInput(GeminiNames.field(root, "tokenCount"));
    Usage usage = counted == null ? Usages.ofInputs(root) : counted;
    return vector == null
        ? Answers.without("an embedding", root, usage, place)
        : new Reply.Answered(vector, "", "stop", usage, place.rates());
  }

  /** Reads the answer to a packed call; see {@link Embeddings#read}. */
  static Reply read(String body, List<Request> requests, Place place, List<Reply> replies) {
    return Embeddings.read(body, requests, place, "embeddings", GeminiEmbeddings::vectors, replies);
  }

  /**
   * Positions are all that tells whose a vector is: with fewer or more of them, none can be told.
   */
  private static @Nullable String[] vectors(JsonNode list, int requests) {
    @Nullable String[] vectors = new String[requests];
    for (int i = 0; i < requests && list.size() == requests; i++) {
      vectors[i] = vector(list.path(i));
    }
    return vectors;
  }

  private static @Nullable String vector(JsonNode embedding) {
    return Embeddings.vector(embedding.path("values"));
  }
}
