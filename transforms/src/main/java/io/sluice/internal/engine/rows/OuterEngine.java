package io.sluice.internal.engine.rows;

import io.sluice.cost.Price;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.quota.QuotaState;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An engine that asks by another: what says nothing of its rows is that one's. */
abstract class OuterEngine implements Engine {
  final Engine engine;

  /**
   * @param engine of its own
   */
  OuterEngine(Engine engine) {
    this.engine = engine;
  }

  @Override
  public void inputEnded() {
    engine.inputEnded();
  }

  @Override
  public void addTo(Held held) {
    engine.addTo(held);
  }

  @Override
  public long heldBytes() {
    return engine.heldBytes();
  }

  @Override
  public void addTo(Utilisation utilisation) {
    engine.addTo(utilisation);
  }

  @Override
  public Map<String, QuotaState> quotaStates() {
    return engine.quotaStates();
  }

  @Override
  public EngineCounts snapshot() {
    return engine.snapshot();
  }

  @Override
  public @Nullable Price price() {
    return engine.price();
  }

  @Override
  public void stop() {
    engine.stop();
  }

  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    return engine.awaitLanded(atMost);
  }

  @Override
  public void close() {
    engine.close();
  }
}
