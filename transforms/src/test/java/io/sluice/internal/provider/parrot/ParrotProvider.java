package io.sluice.internal.provider.parrot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.http.Endpoint;
import io.sluice.internal.http.ErrorReply;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.internal.prepare.Parameters;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A provider that nobody has: {@code POST /say} with {@code model} and {@code words}, answered with
 * what was {@code said}. It shows what a new one takes: this folder, a line in {@code
 * META-INF/services}, and a subclass of the contract's test.
 */
public final class ParrotProvider implements ModelProvider {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public String kind() {
    return "parrot";
  }

  @Override
  public Defaults defaults() {
    return new Defaults("https://parrot.example", "PARROT_KEY", "x-parrot-key", null);
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    Parameters checked = new Parameters(parameters);
    checked.reserved("words", "they are made from prompt.user");
    if (task.operation() == Operation.EMBED) {
      checked.problem("operation embed cannot be used with provider.kind parrot");
    }
    return checked.problems();
  }

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    TokenCounter tokens = tokens(task.model());
    ObjectNode sorted = CanonicalJson.sorted(parameters);
    return new RequestWriter() {
      @Override
      public Written write(Question question) {
        ObjectNode body = CanonicalJson.newObject().put("model", task.model());
        String words = question.system() == null ? "" : question.system() + "\n";
        body.put("words", words + question.user()).setAll(sorted);
        String text = CanonicalJson.write(body);
        return new Written(
            "/say", text, text, tokens.chatTokens(question.system(), question.user()));
      }

      @Override
      public long maxOutputTokens() {
        return ASSUMED_OUTPUT_TOKENS;
      }

      @Override
      public boolean limitsOutput() {
        return false;
      }
    };
  }

  @Override
  public TokenCounter tokens(String model) {
    return EncodedTokens.ofModel(model);
  }

  @Override
  public Caller open(Connection connection) {
    Endpoint endpoint = new Endpoint(connection, "/say", Map.of(), ParrotProvider::read);
    return new Caller() {
      @Override
      public Reply call(Request request) {
        return endpoint.post(request);
      }

      @Override
      public void close() {
        endpoint.close();
      }
    };
  }

  private static Reply read(int status, MessageHeaders headers, String body, String what) {
    JsonNode root = parse(body);
    if (status == 200) {
      return answer(root, what);
    }
    String words = root.path("squawk").asText("");
    Duration hint = Told.hint(headers, body);
    boolean own = root.has("squawk");
    return verdict(status, words, own, hint)
        .toReply(
            new ErrorReply(
                status,
                headers,
                what,
                own ? words : ErrorVerdict.strip(body),
                "",
                own,
                null,
                hint,
                RateHeaders.NONE,
                null));
  }

  private static ErrorVerdict verdict(
      int status, String words, boolean own, @Nullable Duration hint) {
    return switch (status) {
      case 404 -> ErrorVerdict.notFound(own);
      case 429 -> ErrorVerdict.rateLimited(hint);
      case 400 ->
          words.startsWith("too long")
              ? ErrorVerdict.row(ErrorKind.TOO_LARGE, "; shorten the document")
              : ErrorVerdict.badRequest();
      default -> ErrorVerdict.ofStatus(status);
    };
  }

  private static Reply answer(JsonNode root, String what) {
    JsonNode used = root.path("used");
    Usage usage =
        used.isArray() ? new Usage(used.path(0).asLong(), 0, used.path(1).asLong()) : null;
    if (!root.path("said").isTextual()) {
      return NoAnswer.unreadable(what + " was answered 200 without words", usage, RateHeaders.NONE);
    }
    String said = root.path("said").asText();
    if (root.path("cut").asBoolean()) {
      return NoAnswer.unusable(
          ErrorKind.TRUNCATED, "The answer was cut", usage, said, RateHeaders.NONE);
    }
    return said.isEmpty()
        ? NoAnswer.empty(usage, RateHeaders.NONE)
        : new Reply.Answered(said, root.path("model").asText(""), "stop", usage, RateHeaders.NONE);
  }

  private static JsonNode parse(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }
}
