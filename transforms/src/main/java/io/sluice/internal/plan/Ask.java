package io.sluice.internal.plan;

import io.sluice.DeadLetter;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter.Misfit;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a plan asks about a row.
 *
 * @param step which of the task's questions it is: 0 where there is one
 * @param first the fingerprint of the row's first request
 * @param request with a fingerprint of its own: it holds all that the answer depends on
 * @param misfit the answer that it tells the model of, as it does not fit; null for none
 * @param isLarger whether its answer may be longer than the task says
 * @param hops asks of this row before it, those that the ledger answered included
 * @param attempts that count against {@code retry.maxAttempts}, before it and in this run
 * @param sent requests that were sent for the row before it, whenever
 * @param follows what may follow it
 * @param isAnew whether it is sent although the ledger has an ending of it that is of no use
 * @param failing what the row becomes where this cannot be asked: the end it had before; null for
 *     the first
 */
public record Ask(
    int step,
    String first,
    Request request,
    @Nullable Misfit misfit,
    boolean isLarger,
    int hops,
    int attempts,
    int sent,
    Follows follows,
    boolean isAnew,
    @Nullable DeadLetter failing)
    implements Serializable {

  /**
   * What a plan makes of endings that are no answers, so that the engine does not ask word for word
   * again.
   *
   * @param misfit whether an answer that does not fit is answered with the reason
   * @param cut whether an answer that was cut by the cap is asked for with a larger one
   */
  public record Follows(boolean misfit, boolean cut) implements Serializable {
    /** It is all that the plan has. */
    public static final Follows NOTHING = new Follows(false, false);
  }

  /** The same, sent whatever the ledger has of it. */
  public Ask anew() {
    return new Ask(
        step, first, request, misfit, isLarger, hops, attempts, sent, follows, true, failing);
  }

  /** The same, with what the row becomes where it cannot be asked. */
  public Ask failing(@Nullable DeadLetter before) {
    return new Ask(
        step, first, request, misfit, isLarger, hops, attempts, sent, follows, isAnew, before);
  }

  /** How it ended, where nothing was sent for it. */
  public Ended ended(Ending ending) {
    return new Ended(this, ending, attempts, sent, false);
  }

  /** How it ended, with the row's attempts and requests up to here. */
  public Ended ended(Ending ending, int attemptsNow, int sentNow) {
    return new Ended(this, ending, attemptsNow, sentNow, false);
  }

  /**
   * How it ended by what the ledger has of it.
   *
   * @param sentThen requests that were sent for its row by then
   */
  public Ended stored(Ending ending, int sentThen) {
    return new Ended(this, ending, attempts, sentThen, true);
  }

  /** Whether another ask of the row came before it. */
  public boolean isFollowUp() {
    return hops > 0;
  }
}
