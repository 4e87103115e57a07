package io.sluice.internal.engine.realtime;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Makes each call on a thread that it keeps until the call has ended. Thread-safe. */
public final class CallThreads implements Calling {
  private final Executor workers;

  /**
   * @param workers has a thread for every call that there may be at once
   */
  public CallThreads(Executor workers) {
    this.workers = workers;
  }

  @Override
  public void make(Departure first, Calls calls) {
    workers.execute(() -> fly(first, calls));
  }

  private static void fly(Departure first, Calls calls) {
    @Nullable Departure departure = first;
    while (departure != null) {
      departure = calls.make(departure);
    }
  }
}
