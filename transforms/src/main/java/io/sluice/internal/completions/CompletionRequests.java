package io.sluice.internal.completions;

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
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes chat completions and embeddings (OpenAI's API reference). A {@code response_format} that
 * comes from {@code output.schema} is no part of a request's identity; one written in the
 * parameters is. Thread-safe.
 */
public final class CompletionRequests implements RequestWriter {
  /**
   * What differs between those that speak it.
   *
   * @param path of the task's operation, after the base URL
   * @param caps the names of parameters that limit an answer
   * @param maxEmbeddingTokens the most tokens of one input of embeddings
   * @param asksForJson whether JSON without a schema can be asked for
   */
  public record Dialect(
      String path, List<String> caps, long maxEmbeddingTokens, boolean asksForJson) {}

  private static final String RESPONSE_FORMAT = "response_format";

  private final ModelTask task;
  private final Dialect dialect;
  private final boolean embeds;
  private final ObjectNode parameters;
  private final @Nullable ObjectNode format;
  private final TokenCounter tokens;
  private final long maxOutputTokens;

  public CompletionRequests(
      ModelTask task, ObjectNode parameters, TokenCounter tokens, Dialect dialect) {
    this.task = task;
    this.dialect = dialect;
    this.embeds = task.operation() == Operation.EMBED;
    this.parameters = CanonicalJson.sorted(parameters);
    this.format = format(task, parameters, dialect);
    this.tokens = tokens;
    this.maxOutputTokens = embeds ? 0 : maxOutputTokens(parameters, dialect);
  }

  private static @Nullable ObjectNode format(
      ModelTask task, ObjectNode parameters, Dialect dialect) {
    if (task.output().type() != OutputType.JSON
        || task.operation() != Operation.CHAT
        || parameters.has(RESPONSE_FORMAT)) {
      return null;
    }
    String schema = task.output().schema();
    return schema != null
        ? StrictSchema.responseFormat(
            task.name(), CanonicalJson.parseObject("output.schema", schema))
        : dialect.asksForJson() ? CanonicalJson.newObject().put("type", "json_object") : null;
  }

  private static long maxOutputTokens(ObjectNode parameters, Dialect dialect) {
    return dialect.caps().stream()
        .filter(parameters::has)
        .mapToLong(cap -> parameters.path(cap).asLong(0))
        .max()
        .orElse(ASSUMED_OUTPUT_TOKENS);
  }

  @Override
  public Written write(Question question) {
    if (embeds) {
      ObjectNode body = CanonicalJson.newObject().put("model", task.model());
      String input = fitted(question.user());
      String text = CanonicalJson.write(body.put("input", input).setAll(parameters));
      return new Written(dialect.path(), text, text, tokens.count(input));
    }
    return chat(question, null);
  }

  @Override
  public Written write(Question question, Misfit misfit) {
    return chat(question, misfit);
  }

  private Written chat(Question question, @Nullable Misfit misfit) {
    ObjectNode body = CanonicalJson.newObject().put("model", task.model());
    ArrayNode messages = body.putArray("messages");
    if (question.system() != null) {
      messages.addObject().put("role", "system").put("content", question.system());
    }
    messages.addObject().put("role", "user").put("content", question.user());
    long input = tokens.chatTokens(question.system(), question.user());
    ObjectNode last = null;
    if (misfit != null) {
      messages.addObject().put("role", "assistant").put("content", misfit.turn());
      last = messages.addObject().put("role", "user").put("content", "");
      input += tokens.chatTokens(misfit.turn(), misfit.told());
    }
    body.setAll(parameters);
    String identity = CanonicalJson.write(body);
    if (misfit != null && last != null) {
      last.put("content", misfit.told());
    }
    if (format != null) {
      body.set(RESPONSE_FORMAT, format);
    }
    return new Written(
        dialect.path(),
        identity,
        misfit == null && format == null ? identity : CanonicalJson.write(body),
        input);
  }

  /** A text as long as the model takes; the limits of other models are not known. */
  private String fitted(String text) {
    long count = tokens.exact() ? tokens.count(text) : 0;
    if (count <= dialect.maxEmbeddingTokens()) {
      return text;
    }
    if (task.prompt().tooLong() == TooLong.CUT) {
      return tokens.cut(text, dialect.maxEmbeddingTokens());
    }
    throw new PromptException(
        ErrorKind.TOO_LARGE,
        "The text has "
            + count
            + " tokens, and "
            + task.model()
            + " takes "
            + dialect.maxEmbeddingTokens()
            + "; split the document, or set prompt.tooLong: cut to leave out its end");
  }

  @Override
  public OptionalLong maxInputTokens() {
    return embeds && tokens.exact()
        ? OptionalLong.of(dialect.maxEmbeddingTokens())
        : OptionalLong.empty();
  }

  @Override
  public long maxOutputTokens() {
    return maxOutputTokens;
  }

  @Override
  public boolean limitsOutput() {
    return embeds || dialect.caps().stream().anyMatch(parameters::has);
  }
}
