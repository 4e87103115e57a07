package io.sluice.it;

import java.util.function.LongSupplier;

/**
 * The time by which a simulator's batches go: it stands still until it is let go, so that a batch
 * is at work for as long as a test needs it to be, on a machine of any speed.
 */
final class BatchClock implements LongSupplier {
  private volatile long goesSince;

  void go() {
    goesSince = System.nanoTime();
  }

  @Override
  public long getAsLong() {
    long since = goesSince;
    return since == 0 ? 0 : System.nanoTime() - since;
  }
}
