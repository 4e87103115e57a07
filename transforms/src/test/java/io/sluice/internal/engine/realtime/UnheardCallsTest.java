package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.TASK;
import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.EngineRig.rows;
import static io.sluice.internal.engine.realtime.EngineRig.run;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.cost.Budget;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Spending;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A request whose kept connection closed: no attempt, but a call that may have been billed. */
@Timeout(60)
class UnheardCallsTest {
  private static final ModelTask ONCE =
      TASK.withRetry(new ModelTask.Retry(1, Duration.ofMinutes(1)));
  private static final Price PRICE = Price.of(BigDecimal.ONE, BigDecimal.ONE);

  private final EngineRig rig = new EngineRig();
  private final Set<String> heard = new HashSet<>();
  private final FakeModel model =
      new FakeModel(request -> heard.add(request.fingerprint()) ? unheard() : answered());

  @AfterEach
  void close() {
    rig.close();
  }

  private static Reply unheard() {
    return new Reply.Failed(
        ErrorKind.TRANSPORT,
        Reply.Scope.CONNECTION,
        true,
        "the kept connection closed",
        null,
        null,
        null,
        Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }

  private static Reply answered() {
    return new Reply.Answered("fine", "fake", "stop", new Usage(10, 0, 20), RateHeaders.NONE);
  }

  @Test
  void isAskedAgain_andNoAttempt() throws Exception {
    Map<String, Finished> ends = run(rig.engine(ONCE, model), rows(20));
    ends.values().forEach(end -> assertThat(output(end), is("\"fine\"")));
    assertThat(model.calls().size(), is(40));
  }

  @Test
  void countsAgainstTheBudget_asMuchAsItMayHaveCost() throws Exception {
    // 30 tokens at 1 USD a million each call: 10 calls and a half.
    Budget budget = new Budget(new BigDecimal("0.000315"), BigDecimal.ZERO);
    run(rig.engine(ONCE, model, new Spending(PRICE, budget)), rows(20));
    assertThat(model.calls().size(), is(lessThanOrEqualTo(10)));
    assertThat(
        budget.spent().add(budget.reserved()).add(budget.abandoned()),
        is(
            comparesEqualTo(
                new BigDecimal("0.000030").multiply(BigDecimal.valueOf(model.calls().size())))));
  }

  @Test
  void againAndAgain_isAnAttempt() throws Exception {
    FakeModel mute = new FakeModel(request -> unheard());
    Map<String, Finished> ends = run(rig.engine(ONCE, mute), rows(1));
    assertThat(kind(ends.get("d0")), is(ErrorKind.TRANSPORT));
    assertThat(mute.calls().size(), is(4));
  }
}
