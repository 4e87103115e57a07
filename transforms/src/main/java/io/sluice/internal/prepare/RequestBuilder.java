package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.TooLong;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.RequestWriter.Misfit;
import io.sluice.spi.RequestWriter.Question;
import io.sluice.spi.RequestWriter.Written;
import io.sluice.spi.TokenCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a task's request for a document: renders the prompt, has the provider write it, and
 * fingerprints the whole. Equal requests are equal bytes. Thread-safe.
 *
 * <p>The fingerprint leaves out what comes from {@code output.schema}, so that answers already paid
 * for are judged again when the schema changes. The labels of a chat task are not in its body at
 * all, except where they decide the answer.
 */
public final class RequestBuilder {
  private final ModelTask task;
  private final @Nullable PromptTemplate system;
  private final PromptTemplate user;
  private final ModelProvider provider;
  private final RequestWriter writer;
  private final TokenCounter tokens;
  private final LongPrompt longPrompt;

  /** Input tokens that a request may have; {@link Long#MAX_VALUE} where nothing says. */
  private final long limit;

  /**
   * @throws IllegalArgumentException where {@link #validate} finds a problem, with them all, or
   *     there is no provider of the task's kind
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
    this.provider = Providers.of(task);
    this.writer = provider.requests(task, parameters(task));
    this.tokens = provider.tokens(task.model());
    this.limit = limit(task, writer);
    List<String> names = new ArrayList<>(user.names());
    names.addAll(system == null ? Set.of() : system.names());
    this.longPrompt = new LongPrompt(names, task.prompt().limit(), tokens, this::countTokens);
  }

  /** The task's, or the model's. */
  static long limit(ModelTask task, RequestWriter writer) {
    long own = task.prompt().limit().maxTokens();
    long models = writer.maxInputTokens().orElse(Long.MAX_VALUE);
    return own == 0 ? models : Math.min(own, models);
  }

  private static ObjectNode parameters(ModelTask task) {
    return CanonicalJson.parseObject("parameters", task.parameters());
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
    boolean readable = problems.isEmpty();
    check(problems, () -> problems.addAll(problemsOfProvider(task)));
    if (readable) {
      problems.addAll(problemsOfLength(task, problems.isEmpty()));
    }
    String schema = task.output().schema();
    if (schema != null) {
      check(problems, () -> CanonicalJson.parseObject("output.schema", schema));
    }
    return List.copyOf(problems);
  }

  /**
   * @param writable whether the provider has nothing against the task
   */
  private static List<String> problemsOfLength(ModelTask task, boolean writable) {
    try {
      return LongPrompts.problems(task);
    } catch (IllegalArgumentException e) {
      if (writable) {
        throw e;
      }
      // What the provider has against it is told, and it may write no request because of that.
      return List.of();
    }
  }

  private static List<String> problemsOfProvider(ModelTask task) {
    ModelProvider provider = Providers.of(task);
    List<String> problems = new ArrayList<>();
    String api = task.provider().service().api();
    List<String> apis = provider.apis();
    problems.addAll(provider.problems(task, parameters(task)));
    if (!api.isEmpty() && !apis.contains(api)) {
      problems.add(
          "provider.api cannot be \""
              + api
              + "\" with kind "
              + provider.kind()
              + (apis.isEmpty()
                  ? ", which has one alone: leave it out"
                  : ": expected " + String.join(" or ", apis)));
    }
    String tier = problemOfTier(task, provider);
    // A provider that says more about it has said it.
    if (tier != null && problems.stream().noneMatch(it -> it.startsWith("provider.tier"))) {
      problems.add(tier);
    }
    return problems;
  }

  private static @Nullable String problemOfTier(ModelTask task, ModelProvider provider) {
    Tier tier = task.provider().service().tier();
    if (tier == Tier.STANDARD) {
      return null;
    }
    String asked = "provider.tier: " + tier.word();
    Set<Tier> tiers = provider.tiers(task.provider());
    if (!tiers.contains(tier)) {
      return asked
          + " is not offered by kind "
          + provider.kind()
          + (provider.hasBatches()
              ? ": leave it out, or set provider.mode: batch for half the price"
              : ": leave it out");
    }
    if (task.operation() == Operation.EMBED) {
      return asked + " is not offered for embeddings: leave it out";
    }
    for (String own : List.of("service_tier", "serviceTier")) {
      if (parameters(task).has(own)) {
        return "parameters." + own + " contradicts provider.tier: leave one of the two out";
      }
    }
    return null;
  }

  private static void check(List<String> problems, Runnable step) {
    try {
      step.run();
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The request for a document; of one that is asked in parts, for the first of them.
   *
   * @throws PromptException where the prompt uses a field that the document does not have, where it
   *     is blank, or longer than the model takes
   */
  public Request build(ObjectNode document) {
    return parts(document).get(0).request();
  }

  /**
   * What is asked about a document: the whole, or its parts in their order.
   *
   * @throws PromptException as {@link #build(ObjectNode)}
   */
  public List<Part> parts(ObjectNode document) {
    boolean splits = task.prompt().tooLong() == TooLong.SPLIT;
    // The writer of embeddings refuses what is too long.
    if (splits && task.operation() == Operation.EMBED && countTokens(document) > limit) {
      return split(document);
    }
    Part whole = new Part(null, 0, 0, document, request(writer.write(question(document))));
    if (whole.request().inputTokens() <= limit || !(splits || isLimitedByTask())) {
      return List.of(whole);
    }
    if (splits) {
      return split(document);
    }
    if (task.prompt().tooLong() == TooLong.FAIL) {
      throw new PromptException(
          ErrorKind.TOO_LARGE,
          "The prompt has "
              + whole.request().inputTokens()
              + " tokens, and "
              + "prompt.maxTokens is "
              + limit
              + "; shorten the document, or say prompt.tooLong: split, or cut");
    }
    return List.of(whole);
  }

  private List<Part> split(ObjectNode document) {
    List<Part> parts = new ArrayList<>();
    for (LongPrompt.Piece piece : longPrompt.split(document, limit)) {
      Request request = request(writer.write(question(piece.document())));
      parts.add(new Part(piece.field(), piece.from(), piece.to(), piece.document(), request));
    }
    return parts;
  }

  private boolean isLimitedByTask() {
    return task.prompt().limit().maxTokens() > 0;
  }

  /** Input tokens of a document's request as it is, whether it is too long or not. */
  public long countTokens(ObjectNode document) {
    String text = user.render(document);
    return task.operation() == Operation.EMBED
        ? tokens.count(text)
        : writer
            .write(new Question(system == null ? null : system.render(document), text))
            .inputTokens();
  }

  /** Tokens of a text within a request. */
  public long countTokens(String text) {
    return tokens.count(text);
  }

  /** Input tokens that a request may have; {@link Long#MAX_VALUE} where nothing says. */
  public long limit() {
    return limit;
  }

  /**
   * The request that asks about a document once more.
   *
   * @param misfit the answer that did not fit
   * @throws PromptException as {@link #build(ObjectNode)}
   */
  public Request build(ObjectNode document, Misfit misfit) {
    return request(writer.write(question(document), misfit));
  }

  private Question question(ObjectNode whole) {
    ObjectNode document = whole;
    String userText = user.render(document);
    if (task.prompt().tooLong() == TooLong.CUT
        && isLimitedByTask()
        && countTokens(document) > limit) {
      document = longPrompt.cut(document, limit);
      userText = user.render(document);
    }
    if (userText.isBlank()) {
      throw new PromptException(
          "Cannot ask with an empty prompt: prompt.user is blank for this document."
              + " Fill the fields it uses, or leave the document out");
    }
    return new Question(system == null ? null : system.render(document), userText);
  }

  private Request request(Written written) {
    return new Request(
        Fingerprint.of(
            task.provider().kind(), task.provider().baseUrl(), written.path(), written.identity()),
        written.body(),
        written.inputTokens(),
        writer.maxOutputTokens());
  }

  /** Whether the model's own encoding is known, so that input tokens are counts, not estimates. */
  public boolean countsExactly() {
    return provider.tokens(task.model()).exact();
  }

  /** The output tokens that every request of this task is expected to use at most. */
  public long maxOutputTokens() {
    return writer.maxOutputTokens();
  }

  /**
   * The output tokens that an answer can be billed for at most: the task's limit, or the model's
   * where the task sets none. Empty where neither is known.
   */
  public OptionalLong mostOutputTokens(@Nullable Price price) {
    if (writer.limitsOutput()) {
      return OptionalLong.of(writer.maxOutputTokens());
    }
    if (price == null) {
      return OptionalLong.empty();
    }
    Long models = price.maxOutputTokens() == null ? price.contextTokens() : price.maxOutputTokens();
    return models == null ? OptionalLong.empty() : OptionalLong.of(models);
  }

  /** Whether the request itself says how long its answer may be. */
  public boolean limitsOutput() {
    return writer.limitsOutput();
  }
}
