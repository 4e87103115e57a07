package io.sluice.pipeline.plan;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.Operation;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How long an account's limits hold a job up, and which of them.
 *
 * @param key the account; empty for the only one
 */
public record QuotaTime(double seconds, Limit limit, String key) {

  /** What holds a job up. */
  public enum Limit {
    REQUESTS("requests bind"),
    TOKENS("tokens bind"),
    CONCURRENCY("concurrency binds");

    private final String words;

    Limit(String words) {
      this.words = words;
    }

    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** For people. */
    public String words() {
      return words;
    }
  }

  public static final QuotaTime NONE = new QuotaTime(0, Limit.REQUESTS, "");

  /** The part of a limit that is used: see {@code io.sluice.internal.quota.QuotaLimiter}. */
  private static final double USED_SHARE = 0.997;

  /** OpenAI's limit of inputs in one call for embeddings. */
  private static final int PACK = 2_048;

  /**
   * One account's time.
   *
   * @param tokens input and output together
   * @param latencySeconds of a call; null where unknown: then concurrency binds nothing
   */
  public static QuotaTime of(
      String key, KeyQuota quota, double calls, double tokens, @Nullable Double latencySeconds) {
    double byRequests = calls / quota.requestsPerMinute() * 60 / USED_SHARE;
    double byTokens = tokens / quota.tokensPerMinute() * 60 / USED_SHARE;
    double byConcurrency =
        latencySeconds == null ? 0 : calls * latencySeconds / quota.maxConcurrent();
    return byConcurrency > Math.max(byRequests, byTokens)
        ? new QuotaTime(byConcurrency, Limit.CONCURRENCY, key)
        : byRequests >= byTokens
            ? new QuotaTime(byRequests, Limit.REQUESTS, key)
            : new QuotaTime(byTokens, Limit.TOKENS, key);
  }

  /** Accounts work side by side: the slower one counts. */
  public QuotaTime orSlower(QuotaTime other) {
    return other.seconds > seconds ? other : this;
  }

  /** Calls for one request: below 1 where several share a call. */
  public static double callsPerRequest(ModelTask task) {
    return task.operation() == Operation.EMBED
        ? 1.0 / Math.min(PACK, task.chunk().documents())
        : Math.max(1, task.steps().size());
  }
}
