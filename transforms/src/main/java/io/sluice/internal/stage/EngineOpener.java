package io.sluice.internal.stage;

import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.quota.QuotaState;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/** Opens the engine of a shard; part of the pipeline. */
interface EngineOpener extends Serializable {
  /**
   * An engine that works.
   *
   * @param ledger that of this JVM, where what was written up to now is known; null keeps none
   * @param states the limiters' states by account
   * @param workers shared by the engines of this JVM
   */
  Engine open(
      @Nullable Ledger ledger,
      Tally tally,
      Map<String, QuotaState> states,
      ExecutorService workers);

  /** Where the job says how it goes. */
  default JobLog.Lines lines() {
    return JobLog.TO_THE_LOG;
  }
}
