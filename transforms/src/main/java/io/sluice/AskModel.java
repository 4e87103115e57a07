package io.sluice;

import io.sluice.cost.Price;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.prepare.TaskNumbers;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.stage.ModelCalls;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.display.DisplayData;
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
 * <p>Each document's {@link Document#source} must be unique within the pipeline. The very same
 * document given twice while the first is on its way counts once, as a runner that replays gives
 * it, and is said in the log and in the metric {@code repeatedDocuments}. Another document with the
 * source of one that is on its way is a dead letter of kind {@link ErrorKind#BAD_INPUT} that names
 * both; after the first has left there is nothing to compare it with, and it is asked as any other.
 *
 * <p>{@code with…} may be said in any order. A task that cannot be used fails when the pipeline is
 * built, not on the workers. Calls run concurrently and outlive bundles; answers leave in the order
 * in which they arrive. With a ledger, a request that was answered once is not sent again, by this
 * pipeline or a later one; without one, only identical requests that are in flight at the same time
 * are asked once.
 *
 * <p>API keys are read on the workers, from the environment variable, file or secret that the task
 * names; they are never part of the pipeline. A worker that does not find one fails the pipeline
 * before anything is sent for that account.
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

  /** Prices answers; without a price costs are unknown, and there can be no budget. */
  public AskModel withPrice(@Nullable Price price) {
    return with(settings.withPrice(price));
  }

  /**
   * Caps what is spent over all runs that share the ledger.
   *
   * <p>It needs a price, and something that limits how long an answer may be: a cap on what is not
   * known caps nothing. The pipeline cannot be built without them.
   *
   * @param usd above zero
   */
  public AskModel withBudget(@Nullable BigDecimal usd) {
    return with(settings.withBudgetUsd(usd));
  }

  /**
   * Caps what is spent for single quota keys, over all runs that share the ledger, beside the
   * budget of the job if there is one. Documents of a key whose budget is reached become dead
   * letters of kind {@code budget}; the others go on.
   *
   * @param usd by quota key, the {@link Document#key} of documents, each above zero
   */
  public AskModel withKeyBudgets(Map<String, BigDecimal> usd) {
    return with(settings.withKeyBudgetsUsd(usd));
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

  /**
   * @throws IllegalArgumentException if the task's name, address, limits, templates, parameters,
   *     schema or labels cannot be used, or a budget has no price or nothing that limits answers;
   *     the message has what to do
   */
  @Override
  public Result expand(PCollection<Document> documents) {
    check();
    PCollectionTuple out = documents.apply("AskModel", new ModelCalls(task, settings));
    return new Result(
        documents.getPipeline(), out.get(ModelCalls.ANSWERS), out.get(ModelCalls.DEAD_LETTERS));
  }

  /** What would fail on the workers fails here. */
  private void check() {
    List<String> numbers = TaskNumbers.validate(task);
    if (!numbers.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot use task '" + task.name() + "': " + String.join("; ", numbers));
    }
    String unavailable = Providers.of(task).unavailable();
    if (unavailable != null) {
      throw new IllegalArgumentException(
          "Cannot ask provider.kind " + task.provider().kind() + ": " + unavailable);
    }
    if (!task.steps().isEmpty()) {
      new Steps(task);
    }
    List<RequestBuilder> questions = new ArrayList<>();
    for (ModelTask question : Steps.tasks(task)) {
      questions.add(new RequestBuilder(question));
      List<String> problems = AnswerJudge.validate(question.output(), question.operation());
      if (!problems.isEmpty()) {
        throw new IllegalArgumentException(
            "Cannot judge answers of task '" + task.name() + "': " + String.join("; ", problems));
      }
    }
    if (!settings.hasBudget()) {
      return;
    }
    BigDecimal usd = settings.budgetUsd();
    if (usd != null && usd.signum() <= 0) {
      throw new IllegalArgumentException("The budget is " + usd + " USD; expected more than 0");
    }
    settings.keyBudgetsUsd().forEach(AskModel::check);
    String budget = usd == null ? "A budget of keys" : "A budget of " + usd + " USD";
    if (settings.price() == null) {
      throw new IllegalArgumentException(budget + " needs a price: say withPrice");
    }
    if (questions.stream().anyMatch(each -> each.mostOutputTokens(settings.price()).isEmpty())) {
      throw new IllegalArgumentException(
          budget
              + " needs a limit on answers: set max_tokens in the task's parameters, or"
              + " maxOutputTokens in the price");
    }
  }

  private static void check(String key, BigDecimal usd) {
    if (usd.signum() <= 0) {
      throw new IllegalArgumentException(
          "The budget of key " + key + " is " + usd + " USD; expected more than 0");
    }
  }

  /** What a runner's page shows of the step: whom it asks, and how fast it may; no key. */
  @Override
  public void populateDisplayData(DisplayData.Builder builder) {
    super.populateDisplayData(builder);
    builder
        .add(DisplayData.item("task", task.name()).withLabel("Task"))
        .add(DisplayData.item("model", task.model()).withLabel("Model"))
        .add(DisplayData.item("provider", word(task.provider().kind())).withLabel("Provider"))
        .add(DisplayData.item("operation", word(task.operation())).withLabel("Operation"))
        .add(
            DisplayData.item("delivery", task.delivery().batch() ? "batch" : "realtime")
                .withLabel("Delivery"))
        .add(
            DisplayData.item("requestsPerMinute", task.quota().requestsPerMinute())
                .withLabel("Requests a minute and account"))
        .add(
            DisplayData.item("tokensPerMinute", task.quota().tokensPerMinute())
                .withLabel("Tokens a minute and account"))
        .add(
            DisplayData.item("maxConcurrent", task.quota().maxConcurrent())
                .withLabel("Calls at once and account"))
        .add(
            DisplayData.item("ownLimits", task.quota().keys().size())
                .withLabel("Accounts with limits of their own"))
        .addIfNotNull(
            DisplayData.item("budgetUsd", plain(settings.budgetUsd())).withLabel("Budget in USD"));
  }

  private static String word(Object constant) {
    return constant.toString().toLowerCase(Locale.ROOT);
  }

  private static @Nullable String plain(@Nullable BigDecimal usd) {
    return usd == null ? null : usd.toPlainString();
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
