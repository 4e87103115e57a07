package io.sluice.internal.batches;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.internal.provider.Callers;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Opens the clients of accounts' batches, one for each account. Thread-safe. */
public class BatchClients implements AutoCloseable {
  private final Callers callers;

  @GuardedBy("this")
  private final Map<String, BatchClient> open = new HashMap<>();

  public BatchClients(Callers callers) {
    this.callers = callers;
  }

  /**
   * The client of an account.
   *
   * @throws IllegalStateException if the API key cannot be found; the message says where it was
   *     looked for
   */
  public synchronized BatchClient of(String account, KeyQuota quota) {
    BatchClient client = open.get(account);
    if (client == null) {
      client = open(quota);
      open.put(account, client);
    }
    return client;
  }

  public BatchClient open(KeyQuota quota) {
    return BatchClient.open(
        callers.connection(quota),
        Sleeper.REAL,
        RandomGenerator.getDefault(),
        callers.retry().outage());
  }

  @Override
  public synchronized void close() {
    open.values().forEach(BatchClient::close);
    open.clear();
  }
}
