package io.sluice.internal.provider;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.ErrorKind;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.spi.Caller;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TierCallerTest {
  private static final Usage USED = new Usage(10, 0, 5);
  private static final Request REQUEST = new Request("f1", "{}", 10, 5);

  private final List<String> asked = new ArrayList<>();
  private final Deque<Reply> replies = new ArrayDeque<>();

  private Caller caller(String name) {
    return new Caller() {
      @Override
      public Reply call(Request request) {
        asked.add(name);
        return replies.remove();
      }

      @Override
      public void close() {
        asked.add("close " + name);
      }
    };
  }

  private TierCaller tiered(Tier tier, boolean fallsBack) {
    return new TierCaller(caller("tier"), tier, fallsBack ? caller("standard") : null);
  }

  private static Reply answered(@Nullable Tier served) {
    return new Reply.Answered("yes", "m", "stop", USED.at(served), RateHeaders.NONE);
  }

  private static Reply.Failed failed(int status, String code, String message, Scope scope) {
    return new Reply.Failed(
        scope == Scope.RATE ? ErrorKind.RATE_LIMITED : ErrorKind.SERVER_ERROR,
        scope,
        scope != Scope.ACCOUNT,
        message,
        status,
        code.isEmpty() ? null : code,
        null,
        Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }

  private @Nullable Tier served(Tier asked, @Nullable Tier said) {
    replies.add(answered(said));
    Reply.Answered reply = (Reply.Answered) tiered(asked, false).call(REQUEST);
    return Objects.requireNonNull(reply.usage()).tier();
  }

  @Test
  void tierThatServed_isWhatTheAnswerSays_andOtherwiseTheDearer() {
    assertThat(served(Tier.FLEX, Tier.FLEX), is(Tier.FLEX));
    assertThat("served as always", served(Tier.FLEX, Tier.STANDARD), is(Tier.STANDARD));
    assertThat(served(Tier.FLEX, null), is(Tier.STANDARD));
    assertThat("downgraded", served(Tier.PRIORITY, Tier.STANDARD), is(Tier.STANDARD));
    assertThat(served(Tier.PRIORITY, null), is(Tier.PRIORITY));
  }

  @ParameterizedTest
  @CsvSource({
    "429, resource_unavailable, no, RATE",
    "429, '', Resource Unavailable, RATE",
    "498, capacity_exceeded, no, LOAD",
    "503, '', overloaded, LOAD"
  })
  void noRoom_isThisCallsAlone_andTheStandardTierIsAskedNext(
      int status, String code, String message, Scope scope) {
    replies.add(failed(status, code, message, scope));
    TierCaller caller = tiered(Tier.FLEX, true);
    Reply.Failed turnedAway = (Reply.Failed) caller.call(REQUEST);
    assertThat(turnedAway.scope(), is(Scope.LOAD));
    assertThat(turnedAway.retryable(), is(true));
    assertThat(turnedAway.message(), containsString("the flex tier has no room"));
    replies.add(answered(null));
    Reply.Answered answer = (Reply.Answered) caller.call(REQUEST);
    assertThat("as the standard tier serves", answer.usage(), is(USED));
    replies.add(answered(Tier.FLEX));
    caller.call(new Request("f2", "{}", 10, 5));
    assertThat("others go on in theirs", asked, contains("tier", "standard", "tier"));
  }

  @Test
  void withoutAFallback_theTierIsAskedAgain() {
    replies.add(failed(429, "resource_unavailable", "no", Scope.RATE));
    replies.add(answered(Tier.FLEX));
    TierCaller caller = tiered(Tier.FLEX, false);
    caller.call(REQUEST);
    caller.call(REQUEST);
    assertThat(asked, contains("tier", "tier"));
  }

  @Test
  void limitsOfTheAccount_areNoRoomOfATier() {
    replies.add(failed(429, "rate_limit_exceeded", "Rate limit reached", Scope.RATE));
    replies.add(failed(429, "insufficient_quota", "no credit", Scope.ACCOUNT));
    TierCaller caller = tiered(Tier.FLEX, true);
    Reply.Failed rate = (Reply.Failed) caller.call(REQUEST);
    assertThat(rate.scope(), is(Scope.RATE));
    assertThat(rate.message(), not(containsString("room")));
    assertThat(((Reply.Failed) caller.call(REQUEST)).scope(), is(Scope.ACCOUNT));
    assertThat(asked, contains("tier", "tier"));
  }

  @Test
  void close_closesBoth() {
    tiered(Tier.FLEX, true).close();
    assertThat(asked, contains("close tier", "close standard"));
  }
}
