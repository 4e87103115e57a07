package io.sluice;

import io.sluice.cost.Price;
import io.sluice.internal.call.CallSettings;
import io.sluice.internal.call.ModelCalls;
import io.sluice.internal.prepare.RequestBuilder;
import java.math.BigDecimal;
import java.util.Map;
import java.util.UUID;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.PInput;
import org.apache.beam.sdk.values.POutput;
import org.apache.beam.sdk.values.PValue;
import org.apache.beam.sdk.values.TupleTag;
import org.jspecify.annotations.Nullable;

/**
 * Asks a model about every document, within the limits of each account, and returns answers and
 * dead letters: every document ends in exactly one of the two.
 *
 * <pre>{@code
 * ModelTask task =
 *     ModelTask.of(
 *             "ticket-topics",
 *             ModelTask.Provider.of("openai"),
 *             "gpt-4o-mini",
 *             new ModelTask.Prompt("Classify the ticket.", "{{text}}"))
 *         .withParameters("{\"max_tokens\": 20}");
 * AskModel.Result result = documents.apply(AskModel.of(task).withLedger("/data/ledger"));
 * PCollection<Answer> answers = result.getAnswers();
 * PCollection<DeadLetter> deadLetters = result.getDeadLetters();
 * }</pre>
 *
 * <p>Each document's {@link Document#source} must be unique within the pipeline. Calls run
 * concurrently and outlive bundles; answers leave in the order in which they arrive. With a ledger,
 * a request that was answered once is not sent again, by this pipeline or a later one; without one,
 * only identical requests that are in flight at the same time are asked once.
 *
 * <p>API keys are read on the workers, from the environment variable, file or secret that the task
 * names; they are never part of the pipeline.
 */
public final class AskModel extends PTransform<PCollection<Document>, AskModel.Result> {
  private static final long serialVersionUID = 1L;

  private final ModelTask task;
  private final CallSettings settings;

  private AskModel(ModelTask task, CallSettings settings) {
    this.task = task;
    this.settings = settings;
  }

  /** Asks as the task says, without a ledger, a price or a budget. */
  public static AskModel of(ModelTask task) {
    String run = UUID.randomUUID().toString().substring(0, 8);
    return new AskModel(task, CallSettings.ofRun(run));
  }

  /**
   * Keeps every answer in a directory, and takes from there what was answered before.
   *
   * @param directory on any file system known to Beam, reachable from every worker
   */
  public AskModel withLedger(String directory) {
    return with(settings.withLedger(directory));
  }

  /** Lets permanent failures in the ledger stand, instead of asking them again. */
  public AskModel withKeptFailures() {
    return with(settings.withKeepFailures(true));
  }

  /** Prices answers; without one costs are unknown. */
  public AskModel withPrice(@Nullable Price price) {
    return with(settings.withPrice(price));
  }

  /**
   * Caps what is spent over all runs that share the ledger.
   *
   * @param usd above zero
   * @throws IllegalArgumentException if no price is set, or nothing limits how long an answer may
   *     be: a cap on what is not known caps nothing
   */
  public AskModel withBudget(@Nullable BigDecimal usd) {
    if (usd != null && settings.price() == null) {
      throw new IllegalArgumentException(
          "A budget of " + usd + " USD needs a price: call withPrice first");
    }
    if (usd != null && new RequestBuilder(task).mostOutputTokens(settings.price()).isEmpty()) {
      throw new IllegalArgumentException(
          "A budget of "
              + usd
              + " USD needs a limit on answers: set max_tokens in the task's parameters, or"
              + " maxOutputTokens in the price");
    }
    return with(settings.withBudgetUsd(usd));
  }

  /** Names the run in the ledger; by default a random name. */
  public AskModel withRun(String run) {
    return with(settings.withRun(run));
  }

  /**
   * Spreads accounts over several workers, where a runner serves several keys at once: streaming
   * ones. An account is always served by one. Identical requests of accounts on different workers
   * may be asked once by each. With a budget one worker serves all accounts, whatever is said here:
   * only so it can neither be passed nor lie idle.
   *
   * @param shards 1 to 16; a pipeline that goes on from a snapshot needs the number that it had
   */
  public AskModel withShards(int shards) {
    if (shards < 1 || shards > 16) {
      throw new IllegalArgumentException("shards is " + shards + "; expected 1 to 16");
    }
    return with(settings.withShards(shards));
  }

  /**
   * For a streaming runner and sources that stay until the answers are out, as a Flink cluster's
   * can: at the end of the window what is on its way is looked for every now and then instead of
   * being waited for, so that the runner can take snapshots meanwhile. The window must not be the
   * global one, which has no time after its end.
   */
  public AskModel withOpenEnd(boolean openEnd) {
    return with(settings.withOpenEnd(openEnd));
  }

  private AskModel with(CallSettings changed) {
    return new AskModel(task, changed);
  }

  @Override
  public Result expand(PCollection<Document> documents) {
    PCollectionTuple out = documents.apply("AskModel", new ModelCalls(task, settings));
    return new Result(
        documents.getPipeline(), out.get(ModelCalls.ANSWERS), out.get(ModelCalls.DEAD_LETTERS));
  }

  /** Answers and dead letters. */
  public static final class Result implements POutput {
    private final Pipeline pipeline;
    private final PCollection<Answer> answers;
    private final PCollection<DeadLetter> deadLetters;

    private Result(
        Pipeline pipeline, PCollection<Answer> answers, PCollection<DeadLetter> deadLetters) {
      this.pipeline = pipeline;
      this.answers = answers;
      this.deadLetters = deadLetters;
    }

    public PCollection<Answer> getAnswers() {
      return answers;
    }

    public PCollection<DeadLetter> getDeadLetters() {
      return deadLetters;
    }

    @Override
    public Pipeline getPipeline() {
      return pipeline;
    }

    @Override
    public Map<TupleTag<?>, PValue> expand() {
      return Map.of(ModelCalls.ANSWERS, answers, ModelCalls.DEAD_LETTERS, deadLetters);
    }

    @Override
    public void finishSpecifyingOutput(
        String transformName, PInput input, PTransform<?, ?> transform) {}
  }
}
