package io.sluice.pipeline.runner;

import io.sluice.internal.ledger.LedgerException;
import io.sluice.internal.stage.ModelCalls;
import io.sluice.pipeline.output.OutputException;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;

/** A pipeline from its start to its end, whichever verb runs it. */
public final class PipelineRun {
  /** How long Ctrl-C waits for calls in flight: they are paid for, and kept once they are back. */
  public static final Duration LANDING = Duration.ofSeconds(30);

  /** Of exceptions within exceptions. */
  private static final int MOST_DEPTH = 10;

  private PipelineRun() {}

  /**
   * Runs a pipeline, and waits for its end.
   *
   * @param what is run, for messages
   * @param started is given the run before it is waited for
   * @throws JobFailedException if it does not end well
   */
  public static void toItsEnd(Pipeline pipeline, String what, Consumer<PipelineResult> started) {
    try {
      PipelineResult running = pipeline.run();
      started.accept(running);
      PipelineResult.State state = running.waitUntilFinish();
      if (state != PipelineResult.State.DONE) {
        throw new JobFailedException(what + " ended as " + state);
      }
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  /** What a runner threw, with the message of what lies at its root. */
  public static JobFailedException failure(RuntimeException thrown) {
    return thrown instanceof JobFailedException failed
        ? failed
        : new JobFailedException(rootMessage(thrown), thrown);
  }

  private static String rootMessage(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null && root.getCause() != root) {
      if (root instanceof LedgerException || root instanceof OutputException) {
        // Their messages say what to do; what lies below is the file system's word alone.
        break;
      }
      root = root.getCause();
    }
    root = ours(root, 0);
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }

  /** What of ours lies among the failures that the runner met when it ended; else what it threw. */
  private static Throwable ours(Throwable thrown, int depth) {
    if (depth < MOST_DEPTH && thrown.getCause() == null) {
      for (Throwable met : thrown.getSuppressed()) {
        for (Throwable cause = ours(met, depth + 1); cause != null; cause = cause.getCause()) {
          if (cause instanceof LedgerException || cause instanceof OutputException) {
            return cause;
          }
        }
      }
    }
    return thrown;
  }

  /**
   * Does something that Ctrl-C may interrupt.
   *
   * @param interrupted is done then, while the JVM waits for it
   */
  public static void interruptibly(Runnable work, Runnable interrupted) {
    Thread hook = new Thread(interrupted);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      work.run();
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The JVM is going down: the hook is running.
      }
    }
  }

  /**
   * Lets nothing more be sent from this process, and waits for calls in flight.
   *
   * @return how many did not come back in time
   */
  public static int land() {
    return ModelCalls.land(LANDING);
  }
}
