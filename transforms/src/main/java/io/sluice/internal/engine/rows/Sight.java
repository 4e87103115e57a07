package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.PromptTemplate;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.text.ExactJson;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a cascade's small model sees of documents: the fields that the prompt uses, their words, and
 * their meaning as the embedding model in this process has it. Thread-safe.
 */
public final class Sight {
  private static final Logger LOG = LoggerFactory.getLogger(Sight.class);

  /** What a text is about is said by then; a longer one would take as many times longer. */
  private static final int MOST_CHARS = 1_200;

  private static final float[] BLIND = {};

  private final List<String> fields = new ArrayList<>();
  private final Function<String, float[]> embedding;

  /**
   * @param embedding of a text; empty for none
   */
  public Sight(ModelTask task, Function<String, float[]> embedding) {
    fields.addAll(new PromptTemplate("prompt.user", task.prompt().user()).names());
    String system = task.prompt().system();
    if (system != null) {
      fields.addAll(new PromptTemplate("prompt.system", system).names());
    }
    this.embedding = embedding;
  }

  /** With the embedding model of this process; with words alone where it has none. */
  public static Sight of(ModelTask task) {
    ModelProvider provider = Providers.of(Provider.LOCAL.kind());
    String unavailable = provider.unavailable();
    String model = provider.defaults().model();
    if (unavailable != null || model == null) {
      LOG.warn("The cascade sees words and no meaning: {}", unavailable);
      return new Sight(task, text -> BLIND);
    }
    ModelTask embed =
        ModelTask.of("cascade", Provider.LOCAL, model, new Prompt(null, "{{text}}"))
            .withOperation(Operation.EMBED);
    RequestWriter writer = provider.requests(embed, CanonicalJson.newObject());
    Caller caller =
        provider.open(
            new Connection(Provider.LOCAL, Operation.EMBED, model, null, Duration.ofMinutes(1), 1));
    return new Sight(task, text -> embed(writer, caller, text));
  }

  private static float[] embed(RequestWriter writer, Caller caller, String text) {
    RequestWriter.Written written = writer.write(new RequestWriter.Question(null, text));
    Reply reply = caller.call(new Request("", written.body(), written.inputTokens(), 0));
    if (!(reply instanceof Reply.Answered answered)) {
      return BLIND;
    }
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(answered.raw())).order(ByteOrder.LITTLE_ENDIAN);
    float[] vector = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(vector);
    return vector;
  }

  /** How many threads of a worker look at rows: each takes a core, the others are for the calls. */
  public static int threads() {
    return Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
  }

  /** What is seen of a document; the first time, the embedding model is loaded. */
  public Features of(String json) {
    String text = text(json);
    return Features.of(text.isBlank() ? BLIND : embedding.apply(cut(text)), text);
  }

  private static String cut(String text) {
    if (text.length() <= MOST_CHARS) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(MOST_CHARS - 1)) ? MOST_CHARS - 1 : MOST_CHARS;
    return text.substring(0, end);
  }

  private String text(String json) {
    try {
      JsonNode document = ExactJson.read(json);
      StringBuilder text = new StringBuilder();
      for (String field : fields) {
        JsonNode value = document.get(field);
        if (value == null) {
          value = document.at("/" + field.replace('.', '/'));
        }
        if (!value.isMissingNode() && !value.isNull()) {
          text.append(value.isTextual() ? value.asText() : value.toString()).append('\n');
        }
      }
      return text.isEmpty() ? json : text.toString();
    } catch (JsonProcessingException e) {
      return json;
    }
  }
}
