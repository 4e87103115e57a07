package io.sluice.internal.engine;

import static io.sluice.internal.http.NoAnswer.PAID_FOR_NOTHING;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.spi.Reply;
import org.jspecify.annotations.Nullable;

/** What a request got from a call: a reply, judged by the task's output. */
public sealed interface Outcome {
  /** An answer that fits. */
  record Fits(Reply.Answered answered, Verdict.Fits fits) implements Outcome {}

  /**
   * An answer that does not fit.
   *
   * @param failed the failure that it is
   * @param isEmpty whether it says nothing, beside what the model thought
   */
  record Misfit(Reply.Answered answered, Reply.Failed failed, boolean isEmpty) implements Outcome {}

  /** No answer. */
  record NoAnswer(Reply.Failed failed) implements Outcome {
    @Override
    public boolean isEmpty() {
      boolean saysNothing =
          failed.kind() == ErrorKind.INVALID_OUTPUT
              && failed.retryable()
              && Integer.valueOf(200).equals(failed.status());
      Usage usage = failed.usage();
      boolean isPaidFor =
          failed.billing() == Reply.Billing.BILLED && usage != null && usage.outputTokens() > 0;
      return saysNothing || isPaidFor || PAID_FOR_NOTHING.equals(failed.code());
    }

    @Override
    public boolean mayBePaidFor() {
      // A body that is no error and cannot be read: cut, packed, in another one; or its connection
      // broke within it; or an error of the server's in a body that came as an answer.
      boolean isRead = failed.kind() != ErrorKind.TRANSPORT;
      boolean isError = failed.billing() == Reply.Billing.UNKNOWN && failed.raw() != null;
      return isError
          || Integer.valueOf(200).equals(failed.status())
              && (!isRead || failed.kind() == ErrorKind.SERVER_ERROR && failed.raw() != null);
    }
  }

  /** Empty answers to one request after which another is not to be expected to say more. */
  int MOST_EMPTY = 2;

  static Outcome of(Reply reply, AnswerJudge judge) {
    if (reply instanceof Reply.Failed failed) {
      return new NoAnswer(failed);
    }
    Reply.Answered answered = (Reply.Answered) reply;
    Verdict verdict = judge.judge(answered.raw());
    return verdict instanceof Verdict.Unfit unfit
        ? new Misfit(answered, Endings.unfit(answered, unfit), unfit.isEmpty())
        : new Fits(answered, (Verdict.Fits) verdict);
  }

  /** Whether the model was asked, was paid, and said nothing that can be found. */
  default boolean isEmpty() {
    return false;
  }

  /** Whether there came something for which the provider may want to be paid. */
  default boolean mayBePaidFor() {
    return false;
  }

  /** Whether the cap on the answer's tokens cut it. */
  default boolean isCut() {
    return this instanceof NoAnswer none && isCut(none.failed().kind(), none.failed().message());
  }

  /** Whether a failure was that of an answer cut by its cap. */
  static boolean isCut(@Nullable ErrorKind kind, String message) {
    return kind == ErrorKind.TRUNCATED && message.startsWith(Answers.CUT_AT_THE_CAP);
  }

  /** What the model said; null where it said nothing. */
  default Reply.@Nullable Answered answered() {
    return null;
  }

  /**
   * Why it is no answer that fits.
   *
   * @throws IllegalStateException if it is one
   */
  default Reply.Failed failed() {
    throw new IllegalStateException("An answer that fits is no failure");
  }
}
