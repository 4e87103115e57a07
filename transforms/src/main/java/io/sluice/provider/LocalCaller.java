package io.sluice.provider;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The embedding model all-MiniLM-L6-v2, quantized, in this process: no key, no network, no cost. It
 * embeds, and it labels: the label whose sentence "This text is about LABEL" lies closest to the
 * text wins. The model is loaded once a JVM, at the first call. Thread-safe.
 */
final class LocalCaller implements Caller {
  private static final String MODEL = "all-minilm-l6-v2-q";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final class Loaded {
    static final EmbeddingModel MODEL = new AllMiniLmL6V2QuantizedEmbeddingModel(Runnable::run);
  }

  private record Label(String name, float[] vector) {}

  private final Operation operation;
  private final Map<String, List<Label>> labels = new ConcurrentHashMap<>();

  private LocalCaller(Operation operation) {
    this.operation = operation;
  }

  static LocalCaller create(Operation operation) {
    return new LocalCaller(operation);
  }

  @Override
  public Reply call(Request request) {
    JsonNode body;
    try {
      body = JSON.readTree(request.body());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("A request's body is JSON by construction", e);
    }
    float[] vector = embed(body.path("input").asText());
    String raw =
        operation == Operation.EMBED ? base64(vector) : nearest(vector, body.path("labels"));
    return new Reply.Answered(
        raw, MODEL, "stop", new Usage(request.inputTokens(), 0, 0), RateHeaders.NONE);
  }

  private String nearest(float[] vector, JsonNode names) {
    List<Label> known = labels.computeIfAbsent(names.toString(), key -> vectors(names));
    Label best = known.get(0);
    for (Label label : known) {
      if (dot(vector, label.vector) > dot(vector, best.vector)) {
        best = label;
      }
    }
    return best.name;
  }

  private static List<Label> vectors(JsonNode names) {
    List<Label> vectors = new ArrayList<>();
    names.forEach(
        name -> {
          String words = name.asText().replace('-', ' ').replace('_', ' ');
          vectors.add(new Label(name.asText(), embed("This text is about " + words)));
        });
    return vectors;
  }

  private static float[] embed(String text) {
    return Loaded.MODEL.embed(text).content().vector();
  }

  /** The model's vectors have length 1: their product is the cosine. */
  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static String base64(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : vector) {
      bytes.putFloat(value);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  @Override
  public void close() {}
}
