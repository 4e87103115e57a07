package io.sluice.internal.stage;

import io.sluice.Cascade;
import io.sluice.ModelTask;
import io.sluice.Tier;
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
import io.sluice.internal.engine.RowSignals;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.engine.batch.BatchEngine;
import io.sluice.internal.engine.models.ModelEngines;
import io.sluice.internal.engine.realtime.CallEngine;
import io.sluice.internal.engine.realtime.CallThreads;
import io.sluice.internal.engine.realtime.LaneFactory;
import io.sluice.internal.engine.rows.CascadeEngine;
import io.sluice.internal.engine.rows.PlannedEngine;
import io.sluice.internal.engine.rows.Sight;
import io.sluice.internal.engine.rows.SplitEngine;
import io.sluice.internal.engine.rows.SteppedEngine;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.quota.QuotaState;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
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
    Targets targets = Targets.of(task, settings.price());
    Budgets budgets = budgets(journal);
    Job whole = Job.of(targets.get(0).task(), journal, spending(targets, 0, budgets));
    boolean areSteps = !task.steps().isEmpty();
    boolean areParts = Merging.isNeeded(task);
    Cascade cascade = task.cascade();
    Job within = areSteps || cascade != null ? whole.within() : whole;
    Job job = areParts ? within.within() : within;
    List<Plan> plans = Plan.of(task, settings.price());
    Engine engine =
        targets.size() == 1
            ? engine(job, states, workers)
            : engines(targets, job, budgets, states, workers);
    if (!plans.stream().allMatch(Plan::isPlain)) {
      engine = new PlannedEngine(engine, plans, new StoredAnswers(journal, job.judges()));
    }
    if (areParts) {
      engine = new SplitEngine(engine, task, plans, within.journal(), EngineClock.real());
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

  private Engine engines(
      Targets targets,
      Job job,
      Budgets budgets,
      Map<String, QuotaState> states,
      ExecutorService workers) {
    Set<String> others =
        targets.all().stream().skip(1).map(Targets.Target::name).collect(Collectors.toSet());
    RowSignals signals = new RowSignals();
    List<Engine> engines = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      ModelTask asked = targets.get(i).task();
      String name = i == 0 ? "" : targets.get(i).name();
      Journal journal = job.journal().within(asked.model(), name, others);
      Job own = job.at(asked, journal, spending(targets, i, budgets), signals);
      engines.add(engine(own, ModelEngines.states(states, name), workers));
    }
    return new ModelEngines(targets, engines, signals, job.journal(), EngineClock.real());
  }

  /** Batches take hours, and bring the more the better. */
  private Cascading<List<PreparedDocument>> rows(Cascade cascade) {
    long heap = Runtime.getRuntime().maxMemory();
    return task.delivery().batch()
        ? new Cascading<>(cascade, 5 * Held.MAX_ROWS, heap / 4)
        : new Cascading<>(cascade, Held.MAX_ROWS, Math.min(MOST_WAITING_BYTES, heap / 10));
  }

  private Engine engine(Job job, Map<String, QuotaState> states, ExecutorService workers) {
    ModelTask asked = job.task();
    if (!asked.delivery().batch()) {
      return calls(job, states, workers).start();
    }
    // Requests and batches of an account share no connection: each closes its own.
    Engine realtime =
        BatchEngine.needsRealtime(asked) ? calls(job.within(), states, workers).start() : null;
    BatchClients clients = new BatchClients(new Callers(asked, System::getenv));
    return new BatchEngine(job, realtime, clients, EngineClock.real(), workers).start();
  }

  /**
   * What may be spent, at all models together.
   *
   * @param own of accounts that have one
   */
  private record Budgets(@Nullable Budget all, Map<String, Budget> own) {}

  private Budgets budgets(Journal journal) {
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
    return new Budgets(budget, own);
  }

  private static Spending spending(Targets targets, int target, Budgets budgets) {
    Price price = targets.get(target).price();
    if (price == null) {
      return new Spending(null, null);
    }
    List<RequestBuilder> questions =
        targets.questions(target).stream().map(RequestBuilder::new).toList();
    if (questions.isEmpty()) {
      // Steps may all have models of their own.
      return new Spending(
          price, budgets.all(), budgets.own(), new InputBound(true), 0, Tier.STANDARD);
    }
    return new Spending(
        price,
        budgets.all(),
        budgets.own(),
        new InputBound(questions.get(0).countsExactly()),
        // Held for each request: of steps, only where none says so itself.
        questions.stream().allMatch(RequestBuilder::limitsOutput) && questions.size() > 1
            ? 0
            : questions.stream()
                .mapToLong(each -> each.mostOutputTokens(price).orElse(0))
                .max()
                .orElse(0),
        targets.get(target).task().provider().service().tier());
  }

  private CallEngine calls(Job job, Map<String, QuotaState> states, ExecutorService workers) {
    LaneFactory lanes =
        new LaneFactory(
            job.task(),
            new Callers(job.task(), System::getenv),
            new HashMap<>(states),
            job.journal()::lastCallMillis);
    return new CallEngine(
        job, lanes, EngineClock.real(), RandomGenerator.getDefault(), new CallThreads(workers));
  }
}
