package io.sluice.internal.quota;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Quota;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.QuotaTokens;
import io.sluice.spi.Request;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a task's accounts: as the task says, or where the model is in this process none but
 * the cores. Thread-safe.
 */
public final class AccountLimits {
  private static final long UNLIMITED = Long.MAX_VALUE;

  private final Quota quota;
  private final boolean inProcess;
  private final QuotaTokens tokens;

  public AccountLimits(ModelTask task) {
    this.quota = task.quota();
    this.inProcess = Providers.of(task).runsInProcess();
    this.tokens = Providers.of(task).quotaTokens(task);
  }

  /**
   * The account that a document's quota key belongs to: one of its own where the task lists the
   * key, otherwise the task's. An account is what the provider counts by, and keys that come with
   * documents all use the same API key: a limit for each of them would be no limit.
   *
   * @param key null for none
   */
  public String accountOf(@Nullable String key) {
    return key != null && quota.keys().containsKey(key) ? key : "";
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
    return limits(account).canEverFit(tokens.reserved(request));
  }
}
