package io.sluice.internal.answers;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.text.Text;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What answers with embeddings have in common, whoever gives them. */
public final class Embeddings {
  /** Where a provider's answer has its vectors. Thread-safe. */
  public interface Format {
    /**
     * @param list what the answer lists, not empty
     * @return one for each request, in their order; null where there is none
     */
    @Nullable String[] vectors(JsonNode list, int requests);
  }

  private Embeddings() {}

  /**
   * Numbers as little-endian float32 in base64; null where there are none, or anything else is
   * among them: a null or a text read as 0 would be a vector that nobody has computed.
   */
  public static @Nullable String vector(JsonNode numbers) {
    if (!numbers.isArray()
        || numbers.isEmpty()
        || !numbers.valueStream().allMatch(JsonNode::isNumber)) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.size()).order(ByteOrder.LITTLE_ENDIAN);
    numbers.forEach(value -> bytes.putFloat((float) value.asDouble()));
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  /**
   * Reads the answer to one call for many.
   *
   * @param list the name of what it lists
   * @param replies gets one for each request, in their order; stays empty where the call as a whole
   *     has failed
   * @return the first of them, or what the call as a whole is
   */
  public static Reply read(
      String body,
      List<Request> requests,
      Place place,
      String list,
      Format format,
      List<Reply> replies) {
    return Answers.read(
        body,
        place,
        (root, at) -> {
          if (root.path(list).isEmpty()) {
            return Answers.without("embeddings", root, Usages.ofInputs(root), at);
          }
          replies.addAll(
              replies(root, format.vectors(root.path(list), requests.size()), requests, at));
          return replies.get(0);
        });
  }

  private static List<Reply> replies(
      JsonNode root, @Nullable String[] vectors, List<Request> requests, Place place) {
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
