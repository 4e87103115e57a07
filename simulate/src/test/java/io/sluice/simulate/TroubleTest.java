package io.sluice.simulate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.simulate.wire.Account;
import io.sluice.simulate.wire.Faults;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Trouble;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

/** What is the matter with a provider as a whole, over time. */
class TroubleTest {
  private static Trouble trouble(String text) {
    return Faults.parse(text).trouble();
  }

  private static int status(Trouble trouble, double seconds, long letIn, double chance) {
    Reply reply = trouble.of(seconds, letIn, chance);
    return reply == null ? 0 : reply.status();
  }

  @Test
  void theShareThatIsRefused_followsACurve() {
    Trouble trouble = trouble("server=0.1,shared=0.3@10-20,shared=0.05");
    assertThat(status(trouble, 5, 0, 0.04), is(429));
    assertThat(status(trouble, 5, 0, 0.2), is(0));
    assertThat(status(trouble, 15, 0, 0.2), is(429));
    assertThat(status(trouble, 25, 0, 0.2), is(0));
  }

  @Test
  void itIsAwayForATime_andADayEnds() {
    assertThat(status(trouble("away@30-55"), 29, 0, 0), is(0));
    assertThat(status(trouble("away@30-55"), 30, 0, 0), is(502));
    assertThat(status(trouble("away@30-55"), 55, 0, 0), is(0));
    assertThat(status(trouble("daily=100"), 1, 99, 0), is(0));
    assertThat(status(trouble("daily=100"), 1, 100, 0), is(429));
  }

  @Test
  void hostileAnswers() {
    assertThat(status(trouble("key"), 1, 0, 0), is(400));
    assertThat(status(trouble("redirect"), 1, 0, 0), is(307));
    assertThat(status(trouble("login"), 1, 0, 0), is(200));
    assertThat(trouble("").of(1, 0, 0), is(nullValue()));
  }

  @Test
  void whatAnAccountGives_sinksAndComesBack() {
    Trouble trouble = trouble("sinks=0.4@10-20");
    Account account = new Account(6_000, 1_000_000, 1, BigDecimal.ONE, 0);
    long[] letIn = new long[3];
    for (long millis = 0; millis < 30_000; millis++) {
      long now = millis * 1_000_000;
      account.give(trouble.gives(millis / 1_000.0), now);
      letIn[(int) (millis / 10_000)] += account.admit(1, now).admitted() ? 1 : 0;
    }
    assertThat(letIn[0], both(greaterThan(1_000L)).and(lessThan(1_110L)));
    assertThat(letIn[1], both(greaterThan(390L)).and(lessThan(420L)));
    assertThat(letIn[2], both(greaterThan(980L)).and(lessThan(1_010L)));
  }

  @Test
  void whatCannotBeRead_isSaid() {
    for (String text : new String[] {"shared", "away=0.5", "sinks=x", "daily=5@x"}) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> Faults.parse(text));
      assertThat(e.getMessage(), containsString("--faults: expected one of shared=SHARE"));
    }
  }
}
