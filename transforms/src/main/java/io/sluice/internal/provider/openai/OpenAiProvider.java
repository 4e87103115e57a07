package io.sluice.internal.provider.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Tier;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.completions.CompletionCaller;
import io.sluice.internal.completions.CompletionCaller.Route;
import io.sluice.internal.completions.CompletionRequests;
import io.sluice.internal.completions.CompletionRequests.Dialect;
import io.sluice.internal.completions.Completions;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.internal.prepare.Parameters;
import io.sluice.spi.BatchApi;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.PackLimits;
import io.sluice.spi.PrefixCache;
import io.sluice.spi.Reply;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI and every server compatible with its chat completions, responses, embeddings and batches:
 * Azure, vLLM, Ollama, LiteLLM and many more.
 */
public final class OpenAiProvider implements ModelProvider {
  static final String RESPONSES = "/responses";

  /** API reference, embeddings: at most 2,048 inputs and 300,000 tokens a request. */
  private static final PackLimits PACKS = new PackLimits(2_048, 300_000);

  /** API reference, embeddings: the most tokens of one input. */
  private static final long MAX_EMBEDDING_TOKENS = 8_192;

  private static final Defaults DEFAULTS =
      new Defaults("https://api.openai.com/v1", "OPENAI_API_KEY", "Authorization", null);

  /** Providers that speak this protocol and have prices of their own, by their domain. */
  private static final Map<String, String> PRICES_BY_DOMAIN =
      Map.of(
          "googleapis.com", "google",
          "mistral.ai", "mistral",
          "deepseek.com", "deepseek",
          "voyageai.com", "voyage",
          "cohere.com", "cohere",
          "cohere.ai", "cohere",
          "groq.com", "groq");

  private static final PrefixCache PREFIXES = new OpenAiPrefixes();

  @Override
  public String kind() {
    return "openai";
  }

  @Override
  public Defaults defaults() {
    return DEFAULTS;
  }

  /** Also with Azure and Groq; a server that has none of them refuses, or serves as always. */
  @Override
  public Set<Tier> tiers(Provider provider) {
    return Set.of(Tier.FLEX, Tier.PRIORITY);
  }

  @Override
  public List<String> apis() {
    return List.of("chat", "responses");
  }

  /** Where the answers of an operation stand, by the interface that is spoken. */
  static Answers.Format format(Operation operation, Provider provider) {
    return operation == Operation.CHAT && isResponses(provider)
        ? ResponsesAnswers::read
        : Completions.format(operation);
  }

  static Reply.Failed error(int status, MessageHeaders headers, String body, String what) {
    return Errors.classify(status, headers, body, what, Told.rates(headers));
  }

  static boolean isResponses(Provider provider) {
    return provider.service().api().equals("responses");
  }

  /** Where an operation is, after the base URL. */
  static String path(Operation operation, Provider provider) {
    return operation == Operation.EMBED
        ? "/embeddings"
        : isResponses(provider) ? RESPONSES : "/chat/completions";
  }

  @Override
  public @Nullable String addressProblem(String baseUrl) {
    return baseUrl.matches(".*/(chat/completions|embeddings|responses)/*")
        ? "expected the URL before /chat/completions, /responses or /embeddings"
        : null;
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    Parameters checked = new Parameters(parameters);
    boolean responses = isResponses(task.provider());
    if (task.operation() == Operation.EMBED) {
      embeddings(task, checked);
      if (responses) {
        checked.problem("provider.api: responses has no embeddings: leave it out");
      }
      if (task.delivery().batch() && isUnder(task.provider(), "azure.com")) {
        checked.problem(
            "provider.mode: batch has no embeddings at Azure OpenAI: use provider.mode: realtime");
      }
    } else if (responses) {
      ResponsesRequests.check(checked);
      if (task.provider().baseUrl().contains("/deployments/")) {
        checked.problem(
            "provider.api: responses is not under a deployment: write provider.baseUrl as"
                + " https://…/openai/v1 and the deployment as the task's model");
      }
    } else {
      chat(checked);
    }
    if (task.delivery().batch() && isUnder(task.provider(), "generativelanguage.googleapis.com")) {
      checked.problem(
          "provider.mode: batch cannot be used at this address, which takes no files: use"
              + " provider.kind: gemini, or provider.mode: realtime");
    }
    return checked.problems();
  }

  private static void chat(Parameters checked) {
    checked.conversation();
    checked.outputLimit("max_tokens");
    checked.outputLimit("max_completion_tokens");
    checked.oneAnswer("n");
  }

  private static void embeddings(ModelTask task, Parameters checked) {
    checked.reserved("model", "it is set by the task's model");
    checked.reserved("input", "it is made from prompt.user");
    checked.embedding(task);
    checked.outputLimit("dimensions");
  }

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    TokenCounter tokens = tokens(task.model());
    return task.operation() == Operation.CHAT && isResponses(task.provider())
        ? new ResponsesRequests(task, parameters, tokens)
        : new CompletionRequests(
            task,
            parameters,
            tokens,
            new Dialect(
                path(task.operation(), task.provider()),
                List.of("max_completion_tokens", "max_tokens"),
                MAX_EMBEDDING_TOKENS,
                false));
  }

  @Override
  public TokenCounter tokens(String model) {
    return EncodedTokens.ofModel(model);
  }

  @Override
  public Caller open(Connection connection) {
    Operation operation = connection.operation();
    return CompletionCaller.create(
        connection,
        new Route(
            path(operation, connection.provider()),
            format(operation, connection.provider()),
            operation == Operation.EMBED ? PACKS : PackLimits.ONE,
            OpenAiProvider::error));
  }

  @Override
  public List<String> models(Connection connection) throws CallFailedException {
    try (ControlCalls calls = new ControlCalls(connection, Map.of(), OpenAiProvider::error)) {
      return calls.names("/models", Map.of(), "data", "id");
    }
  }

  @Override
  public PrefixCache prefixCache(ModelTask task) {
    return PREFIXES;
  }

  @Override
  public boolean hasBatches() {
    return true;
  }

  @Override
  public BatchApi batches(Connection connection) {
    return OpenAiBatches.open(connection);
  }

  @Override
  public String priceList(Provider provider) {
    for (Map.Entry<String, String> known : PRICES_BY_DOMAIN.entrySet()) {
      if (isUnder(provider, known.getKey())) {
        return known.getValue();
      }
    }
    return kind();
  }

  private static boolean isUnder(Provider provider, String domain) {
    String host = URI.create(provider.baseUrl()).getHost();
    return host != null && ("." + host.toLowerCase(Locale.ROOT)).endsWith("." + domain);
  }
}
