package io.sluice.internal.engine.models;

import io.sluice.cost.Price;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Heartbeat;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.RowSignals;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.quota.AccountKey;
import io.sluice.internal.quota.AccountLimits;
import io.sluice.internal.quota.QuotaState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The engines of a task that asks several models, one a model: limits, windows, evidence and prices
 * are those of an account at a model. They share the ledger, the budget and what is added up.
 *
 * <p>They are engines within this one: it says how far they are together, when it is looked at, and
 * is told when any of them has something to be taken.
 */
public final class ModelEngines implements Engine {
  private final List<Engine> engines;
  private final List<String> names = new ArrayList<>();
  private final List<AccountLimits> accounts = new ArrayList<>();
  private final EngineClock clock;
  private final RowSignals signals;

  /** Of the thread that takes ends. */
  private final Heartbeat heartbeat;

  /**
   * @param targets whom the task asks
   * @param engines of each of them, in that order, within this one
   * @param signals between them
   * @param journal says how far they are
   */
  public ModelEngines(
      Targets targets,
      List<Engine> engines,
      RowSignals signals,
      Journal journal,
      EngineClock clock) {
    this.engines = List.copyOf(engines);
    for (Targets.Target target : targets.all()) {
      names.add(names.isEmpty() ? "" : target.name());
      accounts.add(new AccountLimits(target.task()));
    }
    this.heartbeat = new Heartbeat(journal, clock);
    this.clock = clock;
    this.signals = signals;
  }

  /** The states of one model's limiters, by account. */
  public static Map<String, QuotaState> states(Map<String, QuotaState> all, String name) {
    Map<String, QuotaState> own = new HashMap<>();
    all.forEach(
        (text, state) -> {
          AccountKey key = AccountKey.of(text);
          if (key.model().equals(name)) {
            own.put(key.account(), state);
          }
        });
    return own;
  }

  // ---- rows -----------------------------------------------------------------------------------

  private static int target(PreparedDocument row) {
    return row.ask() == null ? 0 : row.ask().target();
  }

  /** The row at the account that it has at its model's provider. */
  private PreparedDocument at(int target, PreparedDocument row) {
    String account = accounts.get(target).accountOf(row.document().key());
    return target == 0 || account.equals(row.account())
        ? row
        : new PreparedDocument(row.document(), row.request(), account, row.ask());
  }

  @Override
  public void submit(List<PreparedDocument> rows) {
    List<List<PreparedDocument>> parts = new ArrayList<>();
    engines.forEach(engine -> parts.add(new ArrayList<>()));
    for (PreparedDocument row : rows) {
      int target = target(row);
      parts.get(target).add(at(target, row));
    }
    for (int i = 0; i < engines.size(); i++) {
      // Told in any case: an engine of batches waits until its ends are heard.
      engines.get(i).submit(parts.get(i));
    }
  }

  @Override
  public void count(PreparedDocument row, Finished end) {
    engines.get(target(row)).count(row, end);
  }

  @Override
  public List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    signals.looks();
    List<Finished> out = take();
    if (out.isEmpty() && maxWaitNanos > 0 && snapshot().waiting > 0) {
      signals.await(clock, maxWaitNanos);
      out = take();
    }
    heartbeat.beat(!out.isEmpty() && snapshot().waiting == 0, this::snapshot);
    return out;
  }

  private List<Finished> take() throws InterruptedException {
    List<Finished> out = new ArrayList<>();
    for (Engine engine : engines) {
      out.addAll(engine.takeFinished(0));
    }
    return out;
  }

  @Override
  public void forgetRows() {
    engines.forEach(Engine::forgetRows);
  }

  @Override
  public void inputEnded() {
    engines.forEach(Engine::inputEnded);
  }

  // ---- how far they are -------------------------------------------------------------------------

  @Override
  public EngineCounts snapshot() {
    EngineCounts all = new EngineCounts();
    for (int i = 0; i < engines.size(); i++) {
      EngineCounts own = engines.get(i).snapshot();
      if (own.situation != null && i > 0) {
        own.situation = "model " + names.get(i) + ": " + own.situation;
      }
      if (own.brokenBecause != null && i > 0) {
        own.brokenBecause = "Model " + names.get(i) + ": " + own.brokenBecause;
      }
      all.addBeside(own);
    }
    return all;
  }

  @Override
  public void addTo(Held held) {
    List<Held> parts = new ArrayList<>();
    for (Engine engine : engines) {
      Held part = new Held(0);
      engine.addTo(part);
      parts.add(part);
    }
    held.addTogether(parts);
  }

  @Override
  public long heldBytes() {
    return engines.stream().mapToLong(Engine::heldBytes).sum();
  }

  @Override
  public void addTo(Utilisation utilisation) {
    engines.forEach(engine -> engine.addTo(utilisation));
  }

  /** By account, and of other models than the task's own by account and model. */
  @Override
  public Map<String, QuotaState> quotaStates() {
    Map<String, QuotaState> all = new HashMap<>();
    for (int i = 0; i < engines.size(); i++) {
      String name = names.get(i);
      engines
          .get(i)
          .quotaStates()
          .forEach((account, state) -> all.put(new AccountKey(account, name).key(), state));
    }
    return all;
  }

  /** That of the task's own model, where all of them have one. */
  @Override
  public @Nullable Price price() {
    return engines.stream().allMatch(engine -> engine.price() != null)
        ? engines.get(0).price()
        : null;
  }

  // ---- life -----------------------------------------------------------------------------------

  @Override
  public void stop() {
    engines.forEach(Engine::stop);
  }

  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    long deadline = clock.epochNanos() + atMost.toNanos();
    int left = 0;
    for (Engine engine : engines) {
      left += engine.awaitLanded(Duration.ofNanos(Math.max(0, deadline - clock.epochNanos())));
    }
    heartbeat.beat(true, this::snapshot);
    return left;
  }

  @Override
  public void close() {
    engines.forEach(Engine::close);
    heartbeat.beat(true, this::snapshot);
  }
}
