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
 * @param on whom it is asked
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
    @Nullable DeadLetter failing,
    On on)
    implements Serializable {

  /**
   * What a plan makes of endings that are no answers, so that the engine does not ask word for word
   * again.
   *
   * @param misfit whether an answer that does not fit is answered with the reason
   * @param cut whether an answer that was cut by the cap is asked for with a larger one
   * @param fallsBack whether another model may be asked where this one has no answer
   */
  public record Follows(boolean misfit, boolean cut, boolean fallsBack) implements Serializable {
    /** It is all that the plan has. */
    public static final Follows NOTHING = new Follows(false, false, false);
  }

  /**
   * A model that something is asked.
   *
   * @param target its place among those of the task ({@link Targets}): 0 is the task's own
   * @param fallback its place among the task's other models, from 1; 0 where it is the question's
   *     own
   * @param provider the kind of its provider; empty where it is the question's own
   */
  public record On(int target, int fallback, String provider) implements Serializable {
    /** The task's own model. */
    public static final On OWN = new On(0, 0, "");
  }

  /** The place of the model that is asked among those of the task. */
  public int target() {
    return on.target();
  }

  /** The same, sent whatever the ledger has of it. */
  public Ask anew() {
    return new Ask(
        step, first, request, misfit, isLarger, hops, attempts, sent, follows, true, failing, on);
  }

  /** The same, with what the row becomes where it cannot be asked. */
  public Ask failing(@Nullable DeadLetter before) {
    return new Ask(
        step, first, request, misfit, isLarger, hops, attempts, sent, follows, isAnew, before, on);
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
