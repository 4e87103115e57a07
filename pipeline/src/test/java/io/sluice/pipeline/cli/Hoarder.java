package io.sluice.pipeline.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes memory in a pool of threads, which keeps the error to itself, as a library does; without
 * help it would wait for ever, with room in the heap again.
 */
public final class Hoarder {
  /** The Direct runner's, which logs the error before it keeps it. */
  private static final Logger LOG =
      LoggerFactory.getLogger("org.apache.beam.runners.direct.DirectTransformExecutor");

  private Hoarder() {}

  public static void main(String[] args) throws InterruptedException {
    LastResort.install();
    ExecutorService pool = Executors.newFixedThreadPool(1);
    Future<?> unused =
        pool.submit(
            () -> {
              List<byte[]> kept = new ArrayList<>();
              try {
                while (kept.size() < 1_000) {
                  kept.add(new byte[1 << 20]);
                }
              } catch (OutOfMemoryError e) {
                kept.clear();
                LOG.error("Error occurred within a bundle", e);
                throw e;
              }
            });
    Thread.currentThread().join();
  }
}
