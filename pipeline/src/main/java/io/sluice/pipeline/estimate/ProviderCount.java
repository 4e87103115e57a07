package io.sluice.pipeline.estimate;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.estimate.counting.Draw;
import io.sluice.pipeline.words.Visible;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.PromptException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as a provider counts them for nothing, for each that was estimated here: of a few
 * documents, from which the rest is estimated.
 *
 * @param documents that were counted
 * @param mean of all of them together
 * @param least of one of them
 * @param most of one of them
 */
record ProviderCount(int documents, double mean, double least, double most) {
  private static final int DOCUMENTS = 10;

  /** A server that takes longer has no such call, as likely as not. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * Counts the first of the documents that were drawn, and stops at the first call that fails: what
   * it says then is what is known until then.
   *
   * @param env where keys are
   * @param err what could not be counted is told here
   * @return null where nothing was counted
   */
  static @Nullable ProviderCount of(
      ModelTask task,
      List<Draw.Drawn> drawn,
      Function<String, @Nullable String> env,
      PrintStream err) {
    ModelProvider provider = Providers.of(task);
    RowRequests requests = new RowRequests(task);
    if (task.operation() != Operation.CHAT || provider.tokens(task.model()).exact()) {
      err.println("--countTokens: not needed, tokens of this task are not estimated");
      return null;
    }
    int documents = 0;
    double counted = 0;
    double estimated = 0;
    double least = Double.MAX_VALUE;
    double most = 0;
    try {
      Connection connection = patient(new Callers(task, env::apply), task);
      for (Draw.Drawn one : drawn.subList(0, Math.min(DOCUMENTS, drawn.size()))) {
        RowRequests.Whole whole = requests.whole(SampleFacts.fields(one));
        if (whole.asks() > 1) {
          // Its first request has the tokens of all.
          continue;
        }
        Long tokens = provider.countTokens(connection, whole.request());
        if (tokens == null) {
          err.println(
              "--countTokens: the provider has no count of tokens that costs nothing; the estimate"
                  + " stays");
          break;
        }
        double share = (double) tokens / Math.max(1, whole.request().inputTokens());
        documents++;
        counted += tokens;
        estimated += Math.max(1, whole.request().inputTokens());
        least = Math.min(least, share);
        most = Math.max(most, share);
      }
    } catch (CallFailedException | PromptException | IllegalStateException e) {
      err.println(
          "--countTokens: "
              + (documents == 0 ? "the estimate stays: " : "ended early: ")
              + Visible.line(String.valueOf(e.getMessage())));
    }
    return documents == 0 ? null : new ProviderCount(documents, counted / estimated, least, most);
  }

  private static Connection patient(Callers callers, ModelTask task) {
    try (callers) {
      Connection usual = callers.connection(task.quota().forKey(""));
      return new Connection(
          usual.provider(), usual.operation(), usual.model(), usual.apiKey(), PATIENCE, 1);
    }
  }
}
