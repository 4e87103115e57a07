package io.sluice.pipeline.launch;

import io.sluice.internal.stage.CallProgress;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.function.Supplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far the job is: a bar on a terminal, otherwise a line every ten seconds. Runs on a
 * thread of its own until closed.
 */
final class Progress implements AutoCloseable {
  private static final long LINE_MILLIS = 10_000;
  private static final int BAR_MILLIS = 500;

  private final PrintStream err;
  private final Supplier<CallProgress> source;
  private final Supplier<@Nullable CallProgress> end;
  private final Expected expected;
  private final long begun = System.nanoTime();
  private final Rate rate = new Rate();
  private final @Nullable ProgressBar bar;
  private final @Nullable Thread thread;
  private CallProgress last = CallProgress.NONE;
  private volatile boolean closed;
  private @Nullable CallProgress said;

  /**
   * @param source where the job's counts are, while it runs
   * @param end the counts of a job that has come to its end; null where it has not
   * @param expected how many documents there are
   */
  Progress(
      PrintStream err,
      Supplier<CallProgress> source,
      Supplier<@Nullable CallProgress> end,
      Expected expected,
      boolean terminal) {
    this.err = err;
    this.source = source;
    this.end = end;
    this.expected = expected;
    this.bar = terminal ? bar() : null;
    this.thread = terminal ? null : new Thread(this::loop, "sluice-progress");
    if (thread != null) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** On the terminal itself: going back to a line's beginning is not for the eyes. */
  private ProgressBar bar() {
    PrintStream terminal =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    return new ProgressBarBuilder()
        .setInitialMax(Math.max(1, expected.documents()))
        .setUpdateIntervalMillis(BAR_MILLIS)
        .continuousUpdate()
        .setConsumer(new ConsoleProgressBarConsumer(terminal))
        .setRenderer((state, width) -> line().of(width))
        .build();
  }

  private synchronized ProgressLine line() {
    CallProgress now = source.get();
    // Engines that have gone take their counts with them.
    if (now.answered() + now.dead() >= last.answered() + last.dead()) {
      last = now;
    }
    CallProgress whole = closed ? end.get() : null;
    if (whole != null) {
      last = whole;
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    rate.add(seconds, last.answered() + last.dead());
    return new ProgressLine(last, expected, seconds, rate.perSecond());
  }

  private void loop() {
    while (!closed) {
      try {
        Thread.sleep(LINE_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
      ProgressLine line = line();
      if (line.now().equals(said)) {
        // A job that waits for new files has nothing to say, for days maybe.
        continue;
      }
      said = line.now();
      err.println(
          LocalTime.now().truncatedTo(ChronoUnit.SECONDS).format(DateTimeFormatter.ISO_LOCAL_TIME)
              + " INFO "
              + line.inFull());
    }
  }

  @Override
  public void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
    if (bar != null) {
      bar.close();
    }
  }
}
