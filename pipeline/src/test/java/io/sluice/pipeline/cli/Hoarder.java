package io.sluice.pipeline.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Takes memory in a pool of threads, which keeps the error to itself, as a library does; without
 * help it would wait for ever, with room in the heap again.
 */
public final class Hoarder {
  private Hoarder() {}

  public static void main(String[] args) throws InterruptedException {
    LastResort.install();
    ExecutorService pool = Executors.newFixedThreadPool(1);
    Future<?> unused =
        pool.submit(
            () -> {
              List<byte[]> kept = new ArrayList<>();
              while (kept.size() < 1_000) {
                kept.add(new byte[1 << 20]);
              }
            });
    Thread.currentThread().join();
  }
}
