package io.sluice.internal.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** What other threads do with a store, as whoever waits for it sees it. */
public final class StoreThreads {
  private StoreThreads() {}

  /**
   * Waits for what another thread does.
   *
   * @throws IOException what it failed of; where this thread is interrupted, that, and the mark
   *     stays
   */
  public static <T> T await(Future<T> work) throws IOException {
    try {
      return work.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the store");
    }
  }
}
