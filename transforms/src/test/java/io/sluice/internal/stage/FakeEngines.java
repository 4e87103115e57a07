package io.sluice.internal.stage;

import io.sluice.ModelTask;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.quota.QuotaState;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** Opens fake engines, and finds them again in a test whose pipeline was copied. */
final class FakeEngines implements EngineOpener {
  private static final long serialVersionUID = 1L;
  private static final Map<String, List<FakeEngine>> OPENED = new ConcurrentHashMap<>();
  private static final Map<String, long[]> TICKS = new ConcurrentHashMap<>();
  private static final Map<String, List<String>> SAID = new ConcurrentHashMap<>();

  private final String id = UUID.randomUUID().toString();
  private final FakeEngine.Rule rule;

  FakeEngines(FakeEngine.Rule rule) {
    this.rule = rule;
  }

  @Override
  public Engine open(
      @Nullable Ledger ledger,
      Tally tally,
      Map<String, QuotaState> states,
      ExecutorService workers) {
    FakeEngine engine = new FakeEngine(rule, Map.copyOf(states));
    OPENED.computeIfAbsent(id, key -> new CopyOnWriteArrayList<>()).add(engine);
    return engine;
  }

  @Override
  public JobLog.Lines lines() {
    return new JobLog.Lines() {
      @Override
      public void info(String line) {
        SAID.computeIfAbsent(id, key -> new CopyOnWriteArrayList<>()).add(line);
      }

      @Override
      public void warn(String line) {
        info("WARN " + line);
      }
    };
  }

  /** The lines in the log. */
  List<String> said() {
    return SAID.getOrDefault(id, List.of());
  }

  List<FakeEngine> opened() {
    return OPENED.getOrDefault(id, List.of());
  }

  /** The engine that was opened last. */
  FakeEngine last() {
    List<FakeEngine> all = opened();
    return all.get(all.size() - 1);
  }

  long nanos() {
    return TICKS.computeIfAbsent(id, key -> new long[] {1L << 40})[0];
  }

  /** Lets the stage's time pass. */
  void pass(long nanos) {
    nanos();
    TICKS.computeIfPresent(id, (key, now) -> new long[] {now[0] + nanos});
  }

  /** Sessions of a JVM of its own, as after a crash: with another factory nothing is shared. */
  SessionFactory sessions() {
    ModelTask task =
        ModelTask.of("t", ModelTask.Provider.LOCAL, "m", new ModelTask.Prompt(null, "{{text}}"));
    return new SessionFactory(task, CallSettings.ofRun("run"), this, this::nanos);
  }
}
