package io.sluice.internal.provider.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.spi.Caller;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Answers with the embedding model {@value #MODEL} in this process: no network, no key, no price.
 * Thread-safe; the model is loaded once a JVM, at the first call, and at most as many calls as
 * there are cores compute at a time.
 *
 * <p>A request with {@code labels} gets the label whose sentence "This text is about LABEL" is
 * nearest to the input by cosine; one without gets the input's vector. A text longer than the
 * model's 510 tokens is the average of its parts.
 */
final class LocalCaller implements Caller {
  /** The only model there is. */
  static final String MODEL = "all-minilm-l6-v2-q";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final ConcurrentMap<List<String>, List<float[]>> labelVectors = new ConcurrentHashMap<>();

  @Override
  public Reply call(Request request) {
    JsonNode body;
    try {
      body = MAPPER.readTree(request.body());
    } catch (JsonProcessingException e) {
      return failed(ErrorKind.BAD_REQUEST, Scope.ROW, "its body is not JSON");
    }
    String model = body.path("model").asText();
    if (!model.equals(MODEL)) {
      return failed(
          ErrorKind.ACCOUNT,
          Scope.ACCOUNT,
          "there is no local model '" + model + "'. Set model: " + MODEL);
    }
    String input = body.path("input").asText();
    if (input.isBlank() || input.trim().isEmpty()) { // the library refuses control characters, too
      return failed(ErrorKind.BAD_REQUEST, Scope.ROW, "its input is empty");
    }
    try {
      return answer(input, labelsOf(body));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(ErrorKind.TIMEOUT, Scope.ROW, true, "the call was interrupted");
    } catch (LocalModel.NoTokensException e) {
      return failed(ErrorKind.BAD_REQUEST, Scope.ROW, String.valueOf(e.getMessage()));
    } catch (LocalModel.UnavailableException e) {
      return failed(ErrorKind.ACCOUNT, Scope.ACCOUNT, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      return failed(ErrorKind.SERVER_ERROR, Scope.ROW, "the model failed: " + e.getMessage());
    }
  }

  /** Nothing to release: the model stays loaded for the next caller of this JVM. */
  @Override
  public void close() {}

  private Reply answer(String input, List<String> labels) throws InterruptedException {
    LocalModel.Embedded embedded = LocalModel.embed(input);
    String raw =
        labels.isEmpty()
            ? base64(embedded.vector())
            : labels.get(nearest(embedded.vector(), vectorsOf(labels)));
    return new Reply.Answered(
        raw, MODEL, "stop", new Usage(embedded.tokens(), 0, 0), RateHeaders.NONE);
  }

  private List<float[]> vectorsOf(List<String> labels) throws InterruptedException {
    List<float[]> known = labelVectors.get(labels);
    if (known != null) {
      return known;
    }
    List<float[]> vectors = new ArrayList<>(labels.size());
    for (String label : labels) {
      vectors.add(LocalModel.embed("This text is about " + label).vector());
    }
    labelVectors.put(labels, vectors);
    return vectors;
  }

  private static List<String> labelsOf(JsonNode body) {
    return body.path("labels").valueStream().map(JsonNode::asText).toList();
  }

  /**
   * The vectors are of length one, so their dot product is the cosine; the first of equals wins.
   */
  private static int nearest(float[] vector, List<float[]> candidates) {
    int best = 0;
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < candidates.size(); i++) {
      double score = dot(vector, candidates.get(i));
      if (score > bestScore) {
        best = i;
        bestScore = score;
      }
    }
    return best;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static String base64(float[] vector) {
    ByteBuffer buffer =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : vector) {
      buffer.putFloat(number);
    }
    return Base64.getEncoder().encodeToString(buffer.array());
  }

  private static Reply failed(ErrorKind kind, Scope scope, String why) {
    return failed(kind, scope, false, why);
  }

  private static Reply failed(ErrorKind kind, Scope scope, boolean retryable, String why) {
    return new Reply.Failed(
        kind,
        scope,
        retryable,
        "Cannot answer with the local model: " + why,
        null,
        null,
        null,
        Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }
}
