package io.sluice.internal.provider.mistral;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.cost.Price;
import io.sluice.internal.completions.CompletionCaller;
import io.sluice.internal.completions.CompletionCaller.Route;
import io.sluice.internal.completions.CompletionRequests;
import io.sluice.internal.completions.CompletionRequests.Dialect;
import io.sluice.internal.completions.Completions;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.internal.prepare.Parameters;
import io.sluice.spi.BatchApi;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.PackLimits;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Mistral: chat completions in the common shape with words of its own, embeddings, batch jobs. */
public final class MistralProvider implements ModelProvider {
  private static final Defaults DEFAULTS =
      new Defaults("https://api.mistral.ai/v1", "MISTRAL_API_KEY", "Authorization", null);

  /** Inputs of a call are limited by their tokens together; what a server takes is learnt. */
  private static final PackLimits PACKS = new PackLimits(256, 8_192);

  /** Model pages, embeddings: the most tokens of one input. */
  private static final long MAX_EMBEDDING_TOKENS = 8_192;

  private static final BigDecimal HALF = new BigDecimal("0.5");

  @Override
  public String kind() {
    return "mistral";
  }

  @Override
  public Defaults defaults() {
    return DEFAULTS;
  }

  static String path(Operation operation) {
    return operation == Operation.EMBED ? "/embeddings" : "/chat/completions";
  }

  @Override
  public @Nullable String addressProblem(String baseUrl) {
    return baseUrl.matches(".*/(chat/completions|embeddings|batch/jobs)/*")
        ? "expected the URL before /chat/completions or /embeddings"
        : null;
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    Parameters checked = new Parameters(parameters);
    if (task.operation() == Operation.EMBED) {
      checked.reserved("model", "it is set by the task's model");
      checked.reserved("input", "it is made from prompt.user");
      checked.embedding(task);
      checked.dimensions("Mistral", "output_dimension");
    } else {
      checked.conversation();
      checked.outputLimit("max_tokens");
      checked.oneAnswer("n");
      checked.reserved("max_completion_tokens", "Mistral has max_tokens");
      checked.reserved("seed", "Mistral has random_seed");
    }
    return checked.problems();
  }

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    return new CompletionRequests(
        task,
        parameters,
        tokens(task.model()),
        new Dialect(path(task.operation()), List.of("max_tokens"), MAX_EMBEDDING_TOKENS, true));
  }

  /** The encoding is not among those known here: an estimate, which what answers say corrects. */
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
            path(operation),
            Completions.format(operation),
            operation == Operation.EMBED ? PACKS : PackLimits.ONE,
            MistralErrors::classify));
  }

  @Override
  public List<String> models(Connection connection) throws CallFailedException {
    try (ControlCalls calls = new ControlCalls(connection, Map.of(), MistralErrors::classify)) {
      return calls.names("/models", Map.of(), "data", "id");
    }
  }

  @Override
  public boolean hasBatches() {
    return true;
  }

  @Override
  public BatchApi batches(Connection connection) {
    return MistralBatches.open(connection);
  }

  /** Batches cost half, whichever the model (page on batch inference). */
  @Override
  public Price completed(Price listed) {
    return listed.batchInputPerMtok() != null
        ? listed
        : listed.withBatch(
            listed.inputPerMtok().multiply(HALF), listed.outputPerMtok().multiply(HALF));
  }
}
