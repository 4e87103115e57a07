package io.sluice.internal.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.cost.Price;
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
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Anthropic's Messages and message batches. */
public final class AnthropicProvider implements ModelProvider {
  private static final Defaults DEFAULTS =
      new Defaults("https://api.anthropic.com", "ANTHROPIC_API_KEY", "x-api-key", null);

  /** What writing to the cache costs, of a token's price, whichever the model. */
  private static final BigDecimal CACHE_WRITE = new BigDecimal("1.25");

  private static final PrefixCache PREFIXES = new AnthropicPrefixes();
  private static final BigDecimal LONG_CACHE_WRITE = new BigDecimal("2");

  @Override
  public String kind() {
    return "anthropic";
  }

  @Override
  public Defaults defaults() {
    return DEFAULTS;
  }

  @Override
  public @Nullable String addressProblem(String baseUrl) {
    return baseUrl.matches(".*/v1(/messages)?/*") ? "expected the URL before /v1/messages" : null;
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    Parameters checked = new Parameters(parameters);
    checked.conversation();
    checked.reserved("system", "it is made from prompt.system");
    checked.reserved(
        "cache_control",
        "prompt.system, which documents share, is cached as it is; the rest would only be written");
    checked.reserved("max_completion_tokens", "Anthropic's name for it is max_tokens");
    checked.outputLimit("max_tokens");
    JsonNode config = parameters.path("output_config");
    if (!config.isMissingNode() && !config.isObject()) {
      checked.problem("parameters.output_config must be an object, but is " + config);
    }
    if (task.operation() == Operation.EMBED) {
      checked.problem(
          "operation embed cannot be used with provider.kind anthropic, which has no embeddings");
    }
    return checked.problems();
  }

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    return new AnthropicRequests(task, parameters, tokens(task.model()));
  }

  @Override
  public TokenCounter tokens(String model) {
    return EncodedTokens.ofModel(model);
  }

  @Override
  public Caller open(Connection connection) {
    return AnthropicCaller.create(connection);
  }

  @Override
  public List<String> models(Connection connection) throws CallFailedException {
    try (ControlCalls calls =
        new ControlCalls(connection, AnthropicCaller.VERSION, AnthropicCaller::error)) {
      return calls.names("/v1/models", Map.of("limit", "1000"), "data", "id");
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
    return new AnthropicBatches(connection);
  }

  @Override
  public Price completed(Price listed) {
    Price price =
        listed.cacheWriteInputPerMtok() == null
            ? listed.withCacheWrite(listed.inputPerMtok().multiply(CACHE_WRITE))
            : listed;
    return price.longCacheWriteInputPerMtok() == null
        ? price.withLongCacheWrite(
            price
                .inputPerMtok()
                .multiply(LONG_CACHE_WRITE)
                .max(Objects.requireNonNull(price.cacheWriteInputPerMtok())))
        : price;
  }
}
