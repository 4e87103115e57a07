package io.sluice.internal.engine;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.Usage;
import io.sluice.internal.engine.RetryPolicy.Asked;
import io.sluice.internal.engine.RetryPolicy.Decision;
import io.sluice.internal.engine.RetryPolicy.Tries;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetryByReplyTest {
  private static final Duration HINT = Duration.ofSeconds(3);
  private static final AnswerJudge JUDGE = new AnswerJudge(Output.ofLabels("yes"), Operation.CHAT);
  private static final Next LATER = new Next.Again(true, true, HINT);

  private final RetryPolicy policy = new RetryByReply(3);

  private static Outcome answer(String text) {
    return Outcome.of(new Reply.Answered(text, "m", "stop", Usage.NONE, RateHeaders.NONE), JUDGE);
  }

  private static Outcome failure(Scope scope, boolean retryable) {
    return Outcome.of(
        new Reply.Failed(
            ErrorKind.SERVER_ERROR,
            scope,
            retryable,
            "it failed",
            500,
            null,
            HINT,
            Reply.Billing.NOT_BILLED,
            null,
            null,
            RateHeaders.NONE),
        JUDGE);
  }

  private static Outcome empty() {
    return Outcome.of(NoAnswer.empty("", Usage.NONE, "{}", RateHeaders.NONE), JUDGE);
  }

  private static Tries after(int attempts) {
    return new Tries(attempts, 0, false);
  }

  private Next next(Outcome outcome, Tries tries, Asked asked) {
    return policy.after(outcome, tries, asked).next();
  }

  @ParameterizedTest
  @EnumSource(Asked.class)
  void anAnswerThatFitsIsTheEnd(Asked asked) {
    assertThat(
        policy.after(answer("yes"), after(2), asked), is(new Decision(Next.ANSWERED, Scope.ROW)));
  }

  @ParameterizedTest
  @EnumSource(Asked.class)
  void oneThatDoesNotIsAskedAgainAtOnce_asOftenAsTheTaskSays(Asked asked) {
    assertThat(next(answer("no"), after(1), asked), is(new Next.Again(true, false, null)));
    assertThat(next(answer("no"), after(2), asked), is(Next.REFUSE));
    assertThat(next(answer("no"), new Tries(0, 0, true), asked), is(Next.REFUSE));
  }

  @ParameterizedTest
  @EnumSource(Asked.class)
  void whatMayPassIsAskedAgainLater(Asked asked) {
    // What one server broke at again, it is not asked again together.
    Scope[] scopes =
        asked == Asked.TOGETHER ? new Scope[] {Scope.LOAD} : new Scope[] {Scope.ROW, Scope.LOAD};
    for (Scope scope : scopes) {
      assertThat(
          policy.after(failure(scope, true), after(1), asked), is(new Decision(LATER, scope)));
      assertThat(next(failure(scope, true), after(2), asked), is(Next.REFUSE));
      assertThat(next(failure(scope, true), new Tries(0, 0, true), asked), is(Next.REFUSE));
    }
  }

  @Test
  void whatWillNotPassIsRefused_orSplitWhereItWasAskedWithOthers() {
    assertThat(next(failure(Scope.ROW, false), after(0), Asked.ALONE), is(Next.REFUSE));
    assertThat(next(failure(Scope.ROW, false), after(0), Asked.IN_BATCH), is(Next.REFUSE));
    assertThat(next(failure(Scope.ROW, false), after(2), Asked.TOGETHER), is(Next.SPLIT));
    assertThat(next(failure(Scope.LOAD, false), after(0), Asked.TOGETHER), is(Next.REFUSE));
  }

  @Test
  void aCallThatBreaksAgain_isHalved_untilTheOneThatBreaksItIsAlone() {
    Outcome broken = failure(Scope.ROW, true);
    assertThat("it may pass", next(broken, after(0), Asked.TOGETHER), is(LATER));
    assertThat(next(broken, after(1), Asked.TOGETHER), is(Next.SPLIT));
    assertThat(next(broken, after(2), Asked.TOGETHER), is(Next.SPLIT));
    assertThat(next(broken, after(1), Asked.ALONE), is(LATER));
    assertThat(next(failure(Scope.LOAD, true), after(1), Asked.TOGETHER), is(LATER));
  }

  @ParameterizedTest
  @EnumSource(Asked.class)
  void anEmptyAnswerIsAskedAgainOnce(Asked asked) {
    RetryPolicy patient = new RetryByReply(5);
    assertThat(
        patient.after(empty(), after(0), asked).next(), is(new Next.Again(true, true, null)));
    assertThat(
        "after failures of other kinds, too",
        patient.after(empty(), after(2), asked).next(),
        is(new Next.Again(true, true, null)));
    Tries twice = new Tries(1, 0, 1, false);
    assertThat(patient.after(empty(), twice, asked).next(), is(Next.REFUSE));
    assertThat(patient.after(failure(Scope.ROW, true), twice, Asked.ALONE).next(), is(LATER));
  }

  @Test
  void aRateLimitIsNoAttempt_butFiftyAreTheEnd() {
    Next whenTheAccountMay = new Next.Again(false, false, null);
    Outcome limited = failure(Scope.RATE, true);
    assertThat(next(limited, new Tries(2, 48, false), Asked.ALONE), is(whenTheAccountMay));
    assertThat(next(limited, new Tries(2, 48, false), Asked.TOGETHER), is(whenTheAccountMay));
    assertThat(next(limited, new Tries(0, 49, false), Asked.ALONE), is(Next.REFUSE));
  }

  @Test
  void inABatchNothingPausesTheAccount_soARateLimitIsAnAttempt() {
    assertThat(next(failure(Scope.RATE, true), after(1), Asked.IN_BATCH), is(LATER));
    assertThat(next(failure(Scope.RATE, true), after(2), Asked.IN_BATCH), is(Next.REFUSE));
  }

  @ParameterizedTest
  @EnumSource(Asked.class)
  void anAccountsFailureStopsIt_howeverOftenItWasTried(Asked asked) {
    assertThat(
        policy.after(failure(Scope.ACCOUNT, false), new Tries(2, 0, true), asked),
        is(new Decision(Next.STOP_ACCOUNT, Scope.ACCOUNT)));
  }

  @Test
  void onlyAnAnswerAndARefusalAreTheEnd() {
    assertThat(Next.ANSWERED.isOpen(), is(false));
    assertThat(Next.REFUSE.isOpen(), is(false));
    assertThat(Next.SPLIT.isOpen(), is(true));
    assertThat(Next.STOP_ACCOUNT.isOpen(), is(true));
    assertThat(LATER.isOpen(), is(true));
  }
}
