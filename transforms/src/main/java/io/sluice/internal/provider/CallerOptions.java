package io.sluice.internal.provider;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one account of a provider is called.
 *
 * @param apiKey null sends no authorization
 * @param timeout of a whole call
 * @param maxConnections 1 or more
 */
public record CallerOptions(
    Provider provider,
    Operation operation,
    @Nullable ApiKey apiKey,
    Duration timeout,
    int maxConnections) {}
