package io.sluice.internal.evidence;

import io.sluice.internal.evidence.Departed.Fate;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Calls in the order in which they were sent, each decided once: failed, or passed. Not
 * thread-safe.
 *
 * <p>A refusal comes back within milliseconds, an answer after seconds or half a minute. Counted as
 * they land, the first that are heard of are all refusals, whatever their share is. So calls are
 * counted in the order of their departure, and one that is out for {@value #TIMES} times as long as
 * refusals take is presumed to have been let in. If it fails after all, that is told apart: a
 * failure that comes late.
 */
final class Order<D> {
  private static final double TIMES = 3;
  private static final long FIRST_NANOS = 250_000_000L;
  private static final long LEAST_NANOS = 60_000_000L;
  private static final long MOST_NANOS = 3_000_000_000L;
  private static final double LEARNING = 0.2;

  private final ArrayDeque<Departed<D>> undecided = new ArrayDeque<>();
  private long grace = FIRST_NANOS;
  private double refusalTakes;

  void departed(Departed<D> call) {
    undecided.add(call);
  }

  /**
   * A call has landed.
   *
   * @return whether it fails after it was presumed to have passed
   */
  boolean landed(Departed<D> call, boolean failed, long now) {
    call.fate = failed ? Fate.FAILED : Fate.PASSED;
    long took = now - call.at;
    if (failed && took < MOST_NANOS) {
      refusalTakes += (refusalTakes == 0 ? 1 : LEARNING) * (took - refusalTakes);
      grace = Math.max(LEAST_NANOS, Math.min(MOST_NANOS, (long) (TIMES * refusalTakes)));
    }
    return failed && call.presumed;
  }

  /** A call that is out for longer is presumed to have been let in, nanoseconds. */
  long grace() {
    return grace;
  }

  /** Hands on what is decided by now, in order. */
  void decide(long now, Consumer<Departed<D>> each) {
    for (Departed<D> first = undecided.peek(); first != null; first = undecided.peek()) {
      if (first.fate == Fate.OPEN) {
        if (now - first.at < grace) {
          return;
        }
        first.presumed = true;
      }
      undecided.remove();
      if (first.fate != Fate.VOID) {
        each.accept(first);
      }
    }
  }
}
