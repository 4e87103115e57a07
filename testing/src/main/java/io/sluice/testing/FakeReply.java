package io.sluice.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Map;

/**
 * What a {@link FakeModel} says to one prompt.
 *
 * @param status the HTTP status; 200 for an answer
 * @param content the answer, a text or an array of numbers; of a failure its message
 * @param finishReason OpenAI's word for why the answer ended
 * @param headers of the response, such as {@code retry-after}
 */
public record FakeReply(
    int status, JsonNode content, String finishReason, Map<String, String> headers) {
  private static final int OK = 200;

  public FakeReply {
    headers = Map.copyOf(headers);
  }

  /** An answer: a text, a label, or JSON as text. */
  public static FakeReply text(String text) {
    return new FakeReply(OK, JsonNodeFactory.instance.textNode(text), "stop", Map.of());
  }

  /** A text that ends because the limit on answers was reached. */
  public static FakeReply truncated(String text) {
    return new FakeReply(OK, JsonNodeFactory.instance.textNode(text), "length", Map.of());
  }

  /** An embedding. */
  public static FakeReply vector(double... numbers) {
    ArrayNode vector = JsonNodeFactory.instance.arrayNode();
    for (double number : numbers) {
      vector.add(number);
    }
    return new FakeReply(OK, vector, "stop", Map.of());
  }

  /**
   * A failure.
   *
   * @param status 400 to 599; what of them is asked again, and how long after, is as with a real
   *     provider
   * @throws IllegalArgumentException if the status is none of a failure
   */
  public static FakeReply failure(int status, String message) {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("The status is " + status + "; expected 400 to 599");
    }
    return new FakeReply(status, JsonNodeFactory.instance.textNode(message), "", Map.of());
  }

  /** The same with these headers, such as {@code retry-after: 1}. */
  public FakeReply withHeaders(Map<String, String> value) {
    return new FakeReply(status, content, finishReason, value);
  }

  boolean isAnswer() {
    return status == OK;
  }
}
