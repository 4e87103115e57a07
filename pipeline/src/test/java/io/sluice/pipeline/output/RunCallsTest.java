package io.sluice.pipeline.output;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerRecord.Begun;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RunCallsTest {
  private static RunCalls with(boolean priced, @Nullable BigDecimal worst) {
    RunCalls calls = new RunCalls("r1", priced);
    calls.add("r1-0-1", new Begun(new Ledger.Call("", "ab", 1, false, null), 1, worst));
    return calls;
  }

  /** Nothing was answered, so no answer tells that there is no price. */
  @Test
  void callsWithoutAPrice_haveNoCost_andNotNone() {
    assertThat(with(true, BigDecimal.ONE).spentUsd(), is(BigDecimal.ZERO));
    assertThat(with(true, null).spentUsd(), is(nullValue()));
    assertThat(with(false, null).spentUsd(), is(nullValue()));
    assertThat(new RunCalls("r1", true).spentUsd(), is(BigDecimal.ZERO));
    assertThat(new RunCalls("r1", false).spentUsd(), is(nullValue()));
  }
}
