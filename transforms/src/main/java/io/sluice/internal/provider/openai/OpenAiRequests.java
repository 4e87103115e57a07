package io.sluice.internal.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.TooLong;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.spi.PromptException;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import org.jspecify.annotations.Nullable;

/**
 * Writes chat completions and embeddings (OpenAI's API reference). A {@code response_format} that
 * comes from {@code output.schema} is no part of a request's identity; one written in the
 * parameters is. Thread-safe.
 */
final class OpenAiRequests implements RequestWriter {
  /** OpenAI's API reference, embeddings: the most tokens of one input. */
  private static final long MAX_EMBEDDING_TOKENS = 8_192;

  private static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";
  private static final String MAX_TOKENS = "max_tokens";
  private static final String RESPONSE_FORMAT = "response_format";

  private final ModelTask task;
  private final boolean embeds;
  private final ObjectNode parameters;
  private final @Nullable ObjectNode format;
  private final TokenCounter tokens;
  private final long maxOutputTokens;

  OpenAiRequests(ModelTask task, ObjectNode parameters, TokenCounter tokens) {
    this.task = task;
    this.embeds = task.operation() == Operation.EMBED;
    this.parameters = CanonicalJson.sorted(parameters);
    this.format = format(task, parameters);
    this.tokens = tokens;
    this.maxOutputTokens = embeds ? 0 : maxOutputTokens(parameters);
  }

  private static @Nullable ObjectNode format(ModelTask task, ObjectNode parameters) {
    String schema = task.output().schema();
    return schema == null
            || task.output().type() != OutputType.JSON
            || task.operation() != Operation.CHAT
            || parameters.has(RESPONSE_FORMAT)
        ? null
        : OpenAiSchema.responseFormat(
            task.name(), CanonicalJson.parseObject("output.schema", schema));
  }

  private static long maxOutputTokens(ObjectNode parameters) {
    JsonNode modern = parameters.path(MAX_COMPLETION_TOKENS);
    JsonNode older = parameters.path(MAX_TOKENS);
    return modern.isMissingNode() && older.isMissingNode()
        ? ASSUMED_OUTPUT_TOKENS
        : Math.max(modern.asLong(0), older.asLong(0));
  }

  @Override
  public Written write(Question question) {
    String path = OpenAiProvider.path(task.operation(), task.provider());
    ObjectNode body = CanonicalJson.newObject().put("model", task.model());
    if (embeds) {
      String input = fitted(question.user());
      String text = CanonicalJson.write(body.put("input", input).setAll(parameters));
      return new Written(path, text, text, tokens.count(input));
    }
    ArrayNode messages = body.putArray("messages");
    if (question.system() != null) {
      messages.addObject().put("role", "system").put("content", question.system());
    }
    messages.addObject().put("role", "user").put("content", question.user());
    body.setAll(parameters);
    String identity = CanonicalJson.write(body);
    return new Written(
        path,
        identity,
        format == null ? identity : CanonicalJson.write(body.set(RESPONSE_FORMAT, format)),
        tokens.chatTokens(question.system(), question.user()));
  }

  /** A text as long as the model takes; the limits of other models than OpenAI's are not known. */
  private String fitted(String text) {
    long count = tokens.exact() ? tokens.count(text) : 0;
    if (count <= MAX_EMBEDDING_TOKENS) {
      return text;
    }
    if (task.prompt().tooLong() == TooLong.CUT) {
      return tokens.cut(text, MAX_EMBEDDING_TOKENS);
    }
    throw new PromptException(
        ErrorKind.TOO_LARGE,
        "The text has "
            + count
            + " tokens, and "
            + task.model()
            + " takes "
            + MAX_EMBEDDING_TOKENS
            + "; split the document, or set prompt.tooLong: cut to leave out its end");
  }

  @Override
  public long maxOutputTokens() {
    return maxOutputTokens;
  }

  @Override
  public boolean limitsOutput() {
    return embeds || parameters.has(MAX_COMPLETION_TOKENS) || parameters.has(MAX_TOKENS);
  }
}
