package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Embeddings;
import io.sluice.internal.answers.Usages;
import io.sluice.internal.http.hints.Told;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings by InvokeModel (user guide, inference parameters): Titan's take one text, Cohere's up
 * to 96, whose vectors come back in their order. How many tokens they had is told by Titan's body,
 * and of both by a header.
 */
final class BedrockEmbeddings {
  private static final PackLimits COHERE = new PackLimits(96, Long.MAX_VALUE);
  private static final String TOKENS = "X-Amzn-Bedrock-Input-Token-Count";
  private static final ObjectMapper JSON = new ObjectMapper();

  private BedrockEmbeddings() {}

  static PackLimits limits(String model) {
    return BedrockModels.isCohere(model) ? COHERE : PackLimits.ONE;
  }

  /** One body that asks for all. */
  static String pack(List<Request> requests) {
    try {
      ObjectNode body = (ObjectNode) JSON.readTree(requests.get(0).body());
      ArrayNode texts = body.putArray("texts");
      for (Request request : requests) {
        texts.addAll((ArrayNode) JSON.readTree(request.body()).path("texts"));
      }
      return body.toString();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("A request's body is a JSON object", e);
    }
  }

  static Reply readOne(String body, String model, Place place) {
    return Answers.read(
        body,
        place,
        (root, at) -> {
          JsonNode many = vectors(root);
          String vector =
              Embeddings.vector(many.isMissingNode() ? root.path("embedding") : many.path(0));
          Usage usage = usage(root, at);
          return vector == null
              ? Answers.without("an embedding", root, usage, at)
              : new Reply.Answered(vector, model, "stop", usage, at.rates());
        });
  }

  /** Reads the answer to a packed call; see {@link Embeddings#read}. */
  static Reply read(
      String body, List<Request> requests, String model, Place place, List<Reply> replies) {
    return Answers.read(
        body,
        place,
        (root, at) -> {
          ObjectNode plain = JSON.createObjectNode().put("model", model);
          plain.set("embeddings", vectors(root));
          Usage usage = usage(root, at);
          if (usage != null) {
            plain.putObject("usage").put("prompt_tokens", usage.inputTokens());
          }
          return Embeddings.read(
              plain.toString(), requests, at, "embeddings", BedrockEmbeddings::inOrder, replies);
        });
  }

  /** With fewer or more of them than texts, whose each is cannot be told. */
  private static @Nullable String[] inOrder(JsonNode list, int requests) {
    @Nullable String[] vectors = new String[requests];
    for (int i = 0; i < requests && list.size() == requests; i++) {
      vectors[i] = Embeddings.vector(list.path(i));
    }
    return vectors;
  }

  /** Cohere's list, bare or by the type of its numbers. */
  private static JsonNode vectors(JsonNode root) {
    JsonNode list = root.path("embeddings");
    return list.isObject() ? list.path("float") : list;
  }

  private static @Nullable Usage usage(JsonNode root, Place place) {
    Usage usage = Usages.ofInput(root.path("inputTextTokenCount"));
    String header = Told.header(place.headers(), TOKENS);
    return usage == null && header != null ? Usages.ofInput(TextNode.valueOf(header)) : usage;
  }
}
