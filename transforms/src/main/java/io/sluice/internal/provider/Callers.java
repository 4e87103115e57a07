package io.sluice.internal.provider;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.Service;
import io.sluice.Tier;
import io.sluice.internal.http.ApiKeys;
import io.sluice.internal.http.ApiKeys.Environment;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Opens the callers of a task's accounts. Accounts that share an API key share one caller, and with
 * it one pool of connections. Not thread-safe.
 */
public final class Callers implements AutoCloseable {
  /**
   * Calls in flight are bounded by account, and accounts that share a key must not wait in line.
   */
  private static final int UNBOUNDED = Integer.MAX_VALUE;

  private final ModelTask task;
  private final Environment env;
  private final UnaryOperator<Caller> wrapper;
  private final Map<KeySource, Caller> open = new HashMap<>();

  public Callers(ModelTask task, Environment env) {
    this(task, env, UnaryOperator.identity());
  }

  /**
   * @param wrapper applied to every caller, for tests and metrics
   */
  public Callers(ModelTask task, Environment env, UnaryOperator<Caller> wrapper) {
    this.task = task;
    this.env = env;
    this.wrapper = wrapper;
  }

  /**
   * The caller for an account.
   *
   * @throws IllegalStateException if the API key cannot be found; the message says where it was
   *     looked for
   */
  public Caller open(String account, KeyQuota quota) {
    KeySource source = source(quota);
    Caller caller = open.get(source);
    if (caller == null) {
      caller = wrapper.apply(inTier(source));
      open.put(source, caller);
    }
    return caller;
  }

  private Caller inTier(KeySource source) {
    ModelProvider provider = Providers.of(task);
    Connection connection = connection(source);
    Service service = task.provider().service();
    if (service.tier() == Tier.STANDARD) {
      return provider.open(connection);
    }
    Service standard = service.withTier(Tier.STANDARD, false);
    return new TierCaller(
        provider.open(connection),
        service.tier(),
        service.fallsBack()
            ? provider.open(connection.withProvider(connection.provider().withService(standard)))
            : null);
  }

  /** How often, and for how long, what fails is tried again. */
  public ModelTask.Retry retry() {
    return task.retry();
  }

  private KeySource source(KeyQuota quota) {
    return quota.key().equals(KeySource.NONE) ? task.provider().key() : quota.key();
  }

  /**
   * How an account is called otherwise than request by request.
   *
   * @throws IllegalStateException if the API key cannot be found
   */
  public Connection connection(KeyQuota quota) {
    return connection(source(quota));
  }

  private Connection connection(KeySource source) {
    return new Connection(
        task.provider(),
        task.operation(),
        task.model(),
        source.equals(KeySource.NONE) ? null : ApiKeys.resolve(source, env),
        task.retry().timeout(),
        UNBOUNDED);
  }

  @Override
  public void close() {
    open.values().forEach(Caller::close);
  }
}
