package io.sluice.internal.engine.realtime;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.Retry;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.prefix.PrefixTerms;
import io.sluice.internal.evidence.Evidence;
import io.sluice.internal.evidence.Watched;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.quota.AccountLimits;
import io.sluice.internal.quota.QuotaLimiter;
import io.sluice.internal.quota.QuotaState;
import io.sluice.spi.Caller;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.PackLimits;
import java.time.ZoneId;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Opens an account's lane: its limits from the task, its bucket from the state an earlier worker
 * left, its caller from where its key is found. Guarded by the engine's lock.
 */
public final class LaneFactory implements AutoCloseable {
  private final ModelTask task;
  private final AccountLimits accounts;
  private final Callers callers;
  private final Map<String, QuotaState> restored;
  private final ToLongFunction<String> lastCallMillis;

  /** One for all accounts: they ask the same model. */
  private final InputEstimate inputs;

  /**
   * @param restored limiter states by account
   * @param lastCallMillis when an account was last called as far as the ledger knows, epoch
   *     milliseconds, 0 for never
   */
  public LaneFactory(
      ModelTask task,
      Callers callers,
      Map<String, QuotaState> restored,
      ToLongFunction<String> lastCallMillis) {
    this.task = task;
    this.accounts = new AccountLimits(task);
    this.callers = callers;
    this.restored = restored;
    this.lastCallMillis = lastCallMillis;
    ModelProvider provider = Providers.of(task);
    this.inputs =
        new InputEstimate(provider.tokens(task.model()).exact(), provider.quotaTokens(task));
  }

  /**
   * The lane of an account.
   *
   * @throws IllegalStateException if the API key is not on this worker: the job fails, as a run
   *     without answers must not look like one that has ended
   */
  public Lane open(String account, RandomGenerator random, long nowNanos) {
    KeyQuota quota = accounts.of(account);
    QuotaLimiter.Limits limits = accounts.limits(account);
    QuotaState state = restored.get(account);
    QuotaLimiter limiter =
        state != null
            ? QuotaLimiter.restore(limits, state, nowNanos)
            : new QuotaLimiter(limits, nowNanos, bucketIsFull(account, nowNanos));
    Retry retry = task.retry();
    Watched watched =
        new Watched(
            quota.maxConcurrent(), retry.maxAttempts(), retry.outage(), ZoneId.systemDefault());
    Evidence<Flight> evidence = new Evidence<>(watched, random, nowNanos);
    Caller caller = callers.open(account, quota);
    PackLimits packs = caller.packs().atMost(task.chunk().documents());
    return new Lane(account, limiter, evidence, caller, inputs, packs);
  }

  /** What is kept of requests' beginnings, at a price; null for nothing. */
  @Nullable PrefixTerms prefixTerms(@Nullable Price price) {
    return PrefixTerms.of(task, price);
  }

  /** A job that was killed a moment ago has left the provider's bucket as empty as it made it. */
  private boolean bucketIsFull(String account, long nowNanos) {
    long idleNanos = nowNanos - lastCallMillis.applyAsLong(account) * 1_000_000;
    return idleNanos > task.quota().burst().toNanos() + 1_000_000_000L;
  }

  @Override
  public void close() {
    callers.close();
  }
}
