package io.sluice.internal.stage;

import io.sluice.Cascade;
import io.sluice.ModelTask;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.batches.BatchClients;
import io.sluice.internal.cascade.Cascading;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.InputBound;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.engine.batch.BatchEngine;
import io.sluice.internal.engine.realtime.CallEngine;
import io.sluice.internal.engine.realtime.CallThreads;
import io.sluice.internal.engine.realtime.LaneFactory;
import io.sluice.internal.engine.rows.CascadeEngine;
import io.sluice.internal.engine.rows.PlannedEngine;
import io.sluice.internal.engine.rows.Sight;
import io.sluice.internal.engine.rows.SteppedEngine;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.quota.QuotaState;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Opens engines that ask a task's provider, by the delivery that the task says. */
final class TaskEngines implements EngineOpener {
  private static final long serialVersionUID = 1L;

  /** Of rows that a cascade waits with: less than {@link Held} takes, so that it has its way. */
  private static final long MOST_WAITING_BYTES = 50L << 20;

  private final ModelTask task;
  private final CallSettings settings;

  TaskEngines(ModelTask task, CallSettings settings) {
    this.task = task;
    this.settings = settings;
  }

  @Override
  public Engine open(
      @Nullable Ledger ledger,
      Tally tally,
      Map<String, QuotaState> states,
      ExecutorService workers) {
    Journal journal = Journal.of(ledger, task, settings, tally);
    BigDecimal budgetUsd = settings.budgetUsd();
    Budget budget = budgetUsd == null ? null : new Budget(budgetUsd, journal.spentUsd());
    Job whole = Job.of(task, journal, spending(budget));
    boolean areSteps = !task.steps().isEmpty();
    Cascade cascade = task.cascade();
    Job job = areSteps || cascade != null ? whole.within() : whole;
    List<Plan> plans = Plan.of(task, settings.price());
    Engine engine = engine(job, states, workers);
    if (!plans.get(0).isPlain()) {
      engine = new PlannedEngine(engine, plans, new StoredAnswers(journal, job.judges()));
    }
    if (cascade != null) {
      return new CascadeEngine(
              engine, task, rows(cascade), Sight.of(task), journal, EngineClock.real())
          .start();
    }
    return areSteps
        ? new SteppedEngine(engine, new Steps(task), plans, journal, EngineClock.real())
        : engine;
  }

  /** Batches take hours, and bring the more the better. */
  private Cascading<List<PreparedDocument>> rows(Cascade cascade) {
    long heap = Runtime.getRuntime().maxMemory();
    return task.delivery().batch()
        ? new Cascading<>(cascade, 5 * Held.MAX_ROWS, heap / 4)
        : new Cascading<>(cascade, Held.MAX_ROWS, Math.min(MOST_WAITING_BYTES, heap / 10));
  }

  private Engine engine(Job job, Map<String, QuotaState> states, ExecutorService workers) {
    if (!task.delivery().batch()) {
      return calls(job, states, workers).start();
    }
    // Requests and batches of an account share no connection: each closes its own.
    Engine realtime =
        BatchEngine.needsRealtime(task) ? calls(job.within(), states, workers).start() : null;
    BatchClients clients = new BatchClients(new Callers(task, System::getenv));
    return new BatchEngine(job, realtime, clients, EngineClock.real(), workers).start();
  }

  private Spending spending(@Nullable Budget budget) {
    Price price = settings.price();
    if (price == null) {
      return new Spending(null, null);
    }
    List<RequestBuilder> questions = Steps.tasks(task).stream().map(RequestBuilder::new).toList();
    return new Spending(
        price,
        budget,
        new InputBound(questions.get(0).countsExactly()),
        // Held for each request: of steps, only where none says so itself.
        questions.stream().allMatch(RequestBuilder::limitsOutput) && questions.size() > 1
            ? 0
            : questions.stream()
                .mapToLong(each -> each.mostOutputTokens(price).orElse(0))
                .max()
                .orElse(0),
        task.provider().service().tier());
  }

  private CallEngine calls(Job job, Map<String, QuotaState> states, ExecutorService workers) {
    LaneFactory lanes =
        new LaneFactory(
            task,
            new Callers(task, System::getenv),
            new HashMap<>(states),
            job.journal()::lastCallMillis);
    return new CallEngine(
        job, lanes, EngineClock.real(), RandomGenerator.getDefault(), new CallThreads(workers));
  }
}
