package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.PackLimits;
import io.sluice.spi.RateHeaders;
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

  static Reply readOne(JsonNode root, RateHeaders rates, String what) {
    JsonNode many = root.path("embeddings").path(0);
    String vector = vector(many.isMissingNode() ? root.path("embedding") : many);
    Usage usage = GeminiAnswers.usage(GeminiNames.field(root, "usageMetadata"));
    return vector == null
        ? NoAnswer.unreadable(what + " was answered 200 without an embedding", usage, rates)
        : new Reply.Answered(vector, "", "stop", usage, rates);
  }

  /**
   * Reads the answer to a packed call.
   *
   * @return a reply for each request, in their order
   */
  static List<Reply> read(String body, List<Request> requests, RateHeaders rates, String what) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      root = JSON.missingNode();
    }
    JsonNode embeddings = root.path("embeddings");
    Usage sum = GeminiAnswers.usage(GeminiNames.field(root, "usageMetadata"));
    // Positions are all that tells whose a vector is: with fewer or more of them, none can be told.
    boolean fits = embeddings.size() == requests.size();
    List<Reply> replies = new ArrayList<>(requests.size());
    long given = 0;
    for (int i = 0; i < requests.size(); i++) {
      Usage usage = share(sum, given, i, requests.size());
      given += usage == null ? 0 : usage.inputTokens();
      String vector = fits ? vector(embeddings.path(i)) : null;
      replies.add(
          vector == null
              ? NoAnswer.unreadable(
                  what
                      + " was answered 200 with "
                      + embeddings.size()
                      + " embeddings for "
                      + requests.size()
                      + " inputs, and none for input "
                      + i,
                  usage,
                  rates)
              : new Reply.Answered(vector, "", "stop", usage, rates));
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
