package io.sluice.internal.quota;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Quota;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.Request;

/**
 * The limits of a task's accounts: as the task says, or where the model is in this process none but
 * the cores. Thread-safe.
 */
public final class AccountLimits {
  private static final long UNLIMITED = Long.MAX_VALUE;

  private final Quota quota;
  private final boolean inProcess;

  public AccountLimits(ModelTask task) {
    this.quota = task.quota();
    this.inProcess = Providers.of(task).runsInProcess();
  }

  public KeyQuota of(String account) {
    KeyQuota own = quota.forKey(account);
    if (!inProcess) {
      return own;
    }
    KeySource key = own.key();
    return new KeyQuota(UNLIMITED, UNLIMITED, Runtime.getRuntime().availableProcessors(), key);
  }

  /** What a limiter keeps. */
  public QuotaLimiter.Limits limits(String account) {
    KeyQuota own = of(account);
    return new QuotaLimiter.Limits(own.requestsPerMinute(), own.tokensPerMinute(), quota.burst());
  }

  /** False where a request needs more tokens than a minute has: it can never be sent. */
  public boolean canEverFit(String account, Request request) {
    return limits(account).canEverFit(request.quotaTokens());
  }
}
