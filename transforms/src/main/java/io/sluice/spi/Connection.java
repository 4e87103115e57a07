package io.sluice.spi;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one account of a provider is called.
 *
 * @param model as the task has it: some providers have it in the path
 * @param apiKey null sends no authorization
 * @param timeout of a whole call
 * @param maxConnections 1 or more
 */
public record Connection(
    Provider provider,
    Operation operation,
    String model,
    @Nullable ApiKey apiKey,
    Duration timeout,
    int maxConnections) {

  /** The same account at another address. */
  public Connection withProvider(Provider other) {
    return new Connection(other, operation, model, apiKey, timeout, maxConnections);
  }
}
