package io.sluice.internal.stage;

import io.sluice.ModelTask;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.batches.BatchClients;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.InputBound;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.engine.batch.BatchEngine;
import io.sluice.internal.engine.realtime.CallEngine;
import io.sluice.internal.engine.realtime.CallThreads;
import io.sluice.internal.engine.realtime.LaneFactory;
import io.sluice.internal.engine.rows.PlannedEngine;
import io.sluice.internal.engine.rows.SplitEngine;
import io.sluice.internal.engine.rows.SteppedEngine;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.plan.Merging;
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
    Job whole = Job.of(task, journal, spending(journal));
    boolean areSteps = !task.steps().isEmpty();
    boolean areParts = Merging.isNeeded(task);
    Job within = areSteps ? whole.within() : whole;
    Job job = areParts ? within.within() : within;
    List<Plan> plans = Plan.of(task, settings.price());
    Engine engine = engine(job, states, workers);
    if (!plans.get(0).isPlain()) {
      engine = new PlannedEngine(engine, plans, new StoredAnswers(journal, job.judges()));
    }
    if (areParts) {
      engine = new SplitEngine(engine, task, plans, within.journal(), EngineClock.real());
    }
    return areSteps
        ? new SteppedEngine(engine, new Steps(task), plans, journal, EngineClock.real())
        : engine;
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

  private Spending spending(Journal journal) {
    BigDecimal usd = settings.budgetUsd();
    Budget budget = usd == null ? null : new Budget(usd, journal.spentUsd());
    Map<String, Budget> own = new HashMap<>();
    settings
        .keyBudgetsUsd()
        .forEach(
            (key, limit) -> {
              BigDecimal spent = journal.spentUsd(key);
              own.put(key, budget == null ? new Budget(limit, spent) : budget.part(limit, spent));
            });
    Price price = settings.price();
    if (price == null) {
      return new Spending(null, null);
    }
    List<RequestBuilder> questions = Steps.tasks(task).stream().map(RequestBuilder::new).toList();
    return new Spending(
        price,
        budget,
        own,
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
