package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.ProviderKind;
import io.sluice.ModelTask.TooLong;
import io.sluice.cost.Price;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes a task's request for a document: renders the prompt, writes the body, counts tokens and
 * fingerprints the whole. Equal requests are equal bytes. Thread-safe.
 *
 * <p>The fingerprint leaves out a {@code response_format} (Anthropic: {@code output_config.format})
 * that comes from {@code output.schema}, so that answers already paid for are judged again when the
 * schema changes; one written in the parameters is part of it. The labels of a chat task are not in
 * its body at all; those of a local task decide the answer and are in both.
 */
public final class RequestBuilder {
  /**
   * Output tokens assumed for a chat request whose parameters do not limit them (neither {@code
   * max_completion_tokens} nor {@code max_tokens}). The quota reserves as much before the call and
   * settles with what was used; a budget reserves {@link #mostOutputTokens}. Anthropic, which
   * demands a limit, is sent this one.
   */
  public static final long DEFAULT_OUTPUT_TOKENS = 1024;

  /** OpenAI's API reference, embeddings: the most tokens of one input. */
  private static final long MAX_EMBEDDING_TOKENS = 8_192;

  private static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";
  private static final String MAX_TOKENS = "max_tokens";
  private static final String RESPONSE_FORMAT = "response_format";
  private static final String OUTPUT_CONFIG = "output_config";
  private static final String FORMAT = "format";

  private final ModelTask task;
  private final @Nullable PromptTemplate system;
  private final PromptTemplate user;
  private final ObjectNode parameters;
  private final @Nullable ObjectNode derivedFormat;
  private final TokenCounter tokens;
  private final long maxOutputTokens;
  private final boolean limitsOutput;

  /**
   * @throws IllegalArgumentException where {@link #validate} finds a problem; the message has them
   *     all
   */
  public RequestBuilder(ModelTask task) {
    List<String> problems = validate(task);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot build requests for task '" + task.name() + "': " + String.join("; ", problems));
    }
    this.task = task;
    String systemText = task.prompt().system();
    this.system = systemText == null ? null : new PromptTemplate("prompt.system", systemText);
    this.user = new PromptTemplate("prompt.user", task.prompt().user());
    this.parameters = parameters(task);
    this.derivedFormat = derivedFormat(task, parameters);
    this.tokens = TokenCounter.forModel(task.provider().kind(), task.model());
    this.limitsOutput =
        task.provider().kind() == ProviderKind.LOCAL
            || task.operation() == Operation.EMBED
            || parameters.has(MAX_COMPLETION_TOKENS)
            || parameters.has(MAX_TOKENS);
    this.maxOutputTokens = maxOutputTokens(task, parameters);
  }

  /**
   * What is wrong with a task's templates and parameters, and what its provider and operation
   * cannot do; empty where nothing is.
   */
  public static List<String> validate(ModelTask task) {
    List<String> problems = new ArrayList<>();
    String systemText = task.prompt().system();
    if (systemText != null) {
      check(problems, () -> new PromptTemplate("prompt.system", systemText));
    }
    check(problems, () -> new PromptTemplate("prompt.user", task.prompt().user()));
    check(
        problems,
        () ->
            problems.addAll(
                ParameterRules.problems(
                    task, CanonicalJson.parseObject("parameters", task.parameters()))));
    String schema = task.output().schema();
    if (schema != null) {
      check(problems, () -> CanonicalJson.parseObject("output.schema", schema));
    }
    return List.copyOf(problems);
  }

  private static void check(List<String> problems, Runnable step) {
    try {
      step.run();
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The request for a document.
   *
   * @throws PromptException where the prompt uses a field that the document does not have, where it
   *     is blank, or longer than the model takes
   */
  public Request build(ObjectNode document) {
    String userText = user.render(document);
    if (userText.isBlank()) {
      throw new PromptException(
          "Cannot ask with an empty prompt: prompt.user is blank for this document."
              + " Fill the fields it uses, or leave the document out");
    }
    if (task.provider().kind() == ProviderKind.LOCAL) {
      return request("local", localBody(userText), tokens.count(userText));
    }
    if (task.operation() == Operation.EMBED) {
      String input = fitted(userText);
      ObjectNode body = newBody().put("input", input).setAll(parameters);
      return request("/embeddings", body, tokens.count(input));
    }
    String systemText = system == null ? null : system.render(document);
    long inputTokens = tokens.chatTokens(systemText, userText);
    if (task.provider().kind() == ProviderKind.ANTHROPIC) {
      return request("/v1/messages", messagesBody(systemText, userText), inputTokens);
    }
    ObjectNode body = newBody();
    ArrayNode messages = body.putArray("messages");
    if (systemText != null) {
      messages.addObject().put("role", "system").put("content", systemText);
    }
    messages.addObject().put("role", "user").put("content", userText);
    body.setAll(parameters);
    return request("/chat/completions", body, inputTokens);
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

  /** Whether the model's own encoding is known, so that input tokens are counts, not estimates. */
  public boolean countsExactly() {
    return tokens.exact();
  }

  /** The output tokens that every request of this task is expected to use at most. */
  public long maxOutputTokens() {
    return maxOutputTokens;
  }

  /**
   * The output tokens that an answer can be billed for at most: the task's limit, or the model's
   * where the task sets none. Empty where neither is known.
   */
  public OptionalLong mostOutputTokens(@Nullable Price price) {
    if (limitsOutput) {
      return OptionalLong.of(maxOutputTokens);
    }
    if (price == null) {
      return OptionalLong.empty();
    }
    Long models = price.maxOutputTokens() == null ? price.contextTokens() : price.maxOutputTokens();
    return models == null ? OptionalLong.empty() : OptionalLong.of(models);
  }

  /** Whether the request itself says how long its answer may be. */
  public boolean limitsOutput() {
    return limitsOutput;
  }

  private ObjectNode newBody() {
    return CanonicalJson.newObject().put("model", task.model());
  }

  private ObjectNode messagesBody(@Nullable String systemText, String userText) {
    ObjectNode body = newBody();
    if (systemText != null) {
      // The one part that documents share: after the first, most of it is read from the cache.
      ObjectNode block = body.putArray("system").addObject();
      block.put("type", "text").put("text", systemText);
      block.putObject("cache_control").put("type", "ephemeral");
    }
    body.putArray("messages").addObject().put("role", "user").put("content", userText);
    return body.setAll(parameters);
  }

  private ObjectNode localBody(String input) {
    ObjectNode body = newBody().put("input", input);
    if (task.output().type() == OutputType.LABEL) {
      ArrayNode labels = body.putArray("labels");
      task.output().labels().forEach(labels::add);
    }
    return body;
  }

  private Request request(String path, ObjectNode body, long inputTokens) {
    String text = CanonicalJson.write(body);
    String fingerprint =
        Fingerprint.of(task.provider().kind(), task.provider().baseUrl(), path, text);
    if (derivedFormat != null) {
      text = CanonicalJson.write(withFormat(body, derivedFormat));
    }
    return new Request(fingerprint, text, inputTokens, maxOutputTokens);
  }

  private ObjectNode withFormat(ObjectNode body, ObjectNode format) {
    if (task.provider().kind() == ProviderKind.OPENAI) {
      return body.set(RESPONSE_FORMAT, format);
    }
    // A copy, because the parameters are shared by all requests.
    ObjectNode config = CanonicalJson.newObject();
    body.path(OUTPUT_CONFIG).properties().forEach(e -> config.set(e.getKey(), e.getValue()));
    return body.set(OUTPUT_CONFIG, config.set(FORMAT, format));
  }

  private static ObjectNode parameters(ModelTask task) {
    ObjectNode parameters = CanonicalJson.parseObject("parameters", task.parameters());
    if (task.provider().kind() == ProviderKind.ANTHROPIC && !parameters.has(MAX_TOKENS)) {
      parameters.put(MAX_TOKENS, DEFAULT_OUTPUT_TOKENS);
    }
    return CanonicalJson.sorted(parameters);
  }

  private static @Nullable ObjectNode derivedFormat(ModelTask task, ObjectNode parameters) {
    String schema = task.output().schema();
    if (schema == null
        || task.output().type() != OutputType.JSON
        || task.operation() != Operation.CHAT) {
      return null;
    }
    return switch (task.provider().kind()) {
      case LOCAL -> null;
      case OPENAI ->
          parameters.has(RESPONSE_FORMAT)
              ? null
              : OpenAiSchema.responseFormat(
                  task.name(), CanonicalJson.parseObject("output.schema", schema));
      case ANTHROPIC ->
          parameters.path(OUTPUT_CONFIG).has(FORMAT)
              ? null
              : AnthropicSchema.format(CanonicalJson.parseObject("output.schema", schema));
    };
  }

  private static long maxOutputTokens(ModelTask task, ObjectNode parameters) {
    if (task.provider().kind() == ProviderKind.LOCAL || task.operation() == Operation.EMBED) {
      return 0;
    }
    JsonNode modern = parameters.path(MAX_COMPLETION_TOKENS);
    JsonNode older = parameters.path(MAX_TOKENS);
    if (modern.isMissingNode() && older.isMissingNode()) {
      return DEFAULT_OUTPUT_TOKENS;
    }
    return Math.max(modern.asLong(0), older.asLong(0));
  }
}
