package io.sluice.pipeline.launch;

import io.sluice.internal.stage.CallProgress;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Usd;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Supplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far the job is: a bar on a terminal, otherwise a line every ten seconds. Runs on a
 * thread of its own until closed.
 */
final class Progress implements AutoCloseable {
  private static final long LINE_NANOS = 10_000_000_000L;
  private static final long BAR_NANOS = 500_000_000L;

  private final PrintStream err;
  private final Supplier<CallProgress> source;
  private final long expected;
  private final @Nullable ProgressBar bar;
  private final Thread thread;
  private volatile boolean closed;
  private @Nullable CallProgress said;

  /**
   * @param source where the job's counts are
   * @param expected how many documents there are, about; 0 where that is not known
   */
  Progress(PrintStream err, Supplier<CallProgress> source, long expected, boolean terminal) {
    this.err = err;
    this.source = source;
    this.expected = expected;
    this.bar =
        terminal
            ? new ProgressBarBuilder()
                .setTaskName("documents")
                .setInitialMax(Math.max(1, expected))
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(500)
                .showSpeed()
                .build()
            : null;
    this.thread = new Thread(this::loop, "sluice-progress");
    thread.setDaemon(true);
    thread.start();
  }

  private void loop() {
    long begun = System.nanoTime();
    while (!closed) {
      try {
        Thread.sleep((bar == null ? LINE_NANOS : BAR_NANOS) / 1_000_000);
      } catch (InterruptedException e) {
        return;
      }
      show((System.nanoTime() - begun) / 1e9);
    }
  }

  private void show(double seconds) {
    CallProgress now = source.get();
    long done = now.answered() + now.dead();
    String cost = now.spentUsd() == null ? "" : ", " + Usd.words(now.spentUsd()) + " USD";
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(
          String.format(
              Locale.ROOT,
              " %,d dead, %d in flight%s%s%s",
              now.dead(),
              now.inFlight(),
              cost,
              batches(now),
              situation(now)));
      return;
    }
    if (now.equals(said)) {
      // A job that waits for new files has nothing to say, for days maybe.
      return;
    }
    said = now;
    double rate = done / seconds;
    err.printf(
        Locale.ROOT,
        "%,d of %,d documents: %,d answered, %,d dead, %d in flight, %.1f/s%s%s%s%s%n",
        done,
        Math.max(expected, Math.max(now.seen(), done)),
        now.answered(),
        now.dead(),
        now.inFlight(),
        rate,
        cost,
        batches(now),
        rate == 0 || expected <= done
            ? ""
            : ", about " + Durations.words((expected - done) / rate) + " left",
        situation(now));
  }

  private static String situation(CallProgress now) {
    return now.situation() == null ? "" : "; " + now.situation();
  }

  private static String batches(CallProgress now) {
    return now.batches() == 0
        ? ""
        : String.format(
            Locale.ROOT,
            ", %,d of %,d done in %d %s",
            now.batchDone(),
            now.batchRequests(),
            now.batches(),
            now.batches() == 1 ? "batch" : "batches");
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (bar != null) {
      CallProgress last = source.get();
      bar.stepTo(last.answered() + last.dead());
      bar.close();
    }
  }
}
