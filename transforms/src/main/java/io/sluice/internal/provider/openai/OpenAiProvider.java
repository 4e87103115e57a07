package io.sluice.internal.provider.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.internal.prepare.Parameters;
import io.sluice.spi.BatchApi;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.PrefixCache;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI and every server compatible with its chat completions, embeddings and batches: Azure,
 * vLLM, Ollama, LiteLLM and many more.
 */
public final class OpenAiProvider implements ModelProvider {
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

  /** Where an operation is, after the base URL. */
  static String path(Operation operation) {
    return operation == Operation.EMBED ? "/embeddings" : "/chat/completions";
  }

  @Override
  public @Nullable String addressProblem(String baseUrl) {
    return baseUrl.matches(".*/(chat/completions|embeddings)/*")
        ? "expected the URL before /chat/completions or /embeddings"
        : null;
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    Parameters checked = new Parameters(parameters);
    if (task.operation() == Operation.EMBED) {
      embeddings(task, checked);
    } else {
      chat(checked);
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
  }

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    return new OpenAiRequests(task, parameters, tokens(task.model()));
  }

  @Override
  public TokenCounter tokens(String model) {
    return EncodedTokens.ofModel(model);
  }

  @Override
  public Caller open(Connection connection) {
    return OpenAiCaller.create(connection);
  }

  @Override
  public List<String> models(Connection connection) throws CallFailedException {
    try (ControlCalls calls = new ControlCalls(connection, Map.of(), OpenAiCaller::error)) {
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
    String host = URI.create(provider.baseUrl()).getHost();
    for (Map.Entry<String, String> known : PRICES_BY_DOMAIN.entrySet()) {
      if (host != null && ("." + host.toLowerCase(Locale.ROOT)).endsWith("." + known.getKey())) {
        return known.getValue();
      }
    }
    return kind();
  }
}
