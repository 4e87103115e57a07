package io.sluice.internal.batches;

import java.time.Duration;

/** Waits. */
@FunctionalInterface
public interface Sleeper {
  Sleeper REAL = wait -> Thread.sleep(wait.toMillis());

  void sleep(Duration wait) throws InterruptedException;
}
