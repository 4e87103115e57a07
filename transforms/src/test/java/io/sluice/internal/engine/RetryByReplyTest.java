package io.sluice.internal.engine;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.Usage;
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

  private static Tries last() {
    return new Tries(0, 0, true);
  }

  @Test
  void anAnswerThatFitsIsTheEnd() {
    assertThat(policy.after(answer("yes"), after(2)), is(Next.ANSWERED));
  }

  @Test
  void oneThatDoesNotIsAskedAgain_asOftenAsTheTaskSays() {
    assertThat(policy.after(answer("no"), after(1)), is(Next.AT_ONCE));
    assertThat(policy.after(answer("no"), after(2)), is(Next.REFUSE));
    assertThat(policy.after(answer("no"), last()), is(Next.REFUSE));
  }

  @ParameterizedTest
  @EnumSource(value = Scope.class, names = "ACCOUNT", mode = EnumSource.Mode.EXCLUDE)
  void whatMayPassIsAskedAgain_andInABatchEachIsAnAttempt(Scope scope) {
    assertThat(policy.after(failure(scope, true), after(1)), is(Next.AT_ONCE));
    assertThat(policy.after(failure(scope, true), after(2)), is(Next.REFUSE));
    assertThat(policy.after(failure(scope, true), last()), is(Next.REFUSE));
  }

  @Test
  void whatWillNotPassIsRefused() {
    assertThat(policy.after(failure(Scope.ROW, false), after(0)), is(Next.REFUSE));
    assertThat(policy.after(failure(Scope.LOAD, false), after(0)), is(Next.REFUSE));
  }

  @Test
  void anAccountsFailureStopsIt_howeverOftenItWasTried() {
    Tries tries = new Tries(2, 0, true);
    assertThat(policy.after(failure(Scope.ACCOUNT, false), tries), is(Next.STOP_ACCOUNT));
  }

  @Test
  void onlyAnAnswerAndARefusalAreTheEnd() {
    assertThat(Next.ANSWERED.isOpen(), is(false));
    assertThat(Next.REFUSE.isOpen(), is(false));
    assertThat(Next.SPLIT.isOpen(), is(true));
    assertThat(Next.STOP_ACCOUNT.isOpen(), is(true));
    assertThat(Next.AT_ONCE.isOpen(), is(true));
  }

  @Test
  void anEmptyAnswerIsAskedAgainOnce() {
    RetryPolicy patient = new RetryByReply(5);
    assertThat(patient.after(empty(), after(0)), is(Next.AT_ONCE));
    assertThat(
        "after failures of other kinds, too", patient.after(empty(), after(2)), is(Next.AT_ONCE));
    assertThat(patient.after(empty(), new Tries(1, 1, false)), is(Next.REFUSE));
  }
}
