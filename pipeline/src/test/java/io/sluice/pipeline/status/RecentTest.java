package io.sluice.pipeline.status;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.AtWork;
import io.sluice.internal.ledger.LedgerRecord.Beat;
import io.sluice.internal.ledger.LedgerRecord.Calls;
import io.sluice.internal.ledger.LedgerRecord.Rows;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a ledger's newest records say where its clock jumps. */
class RecentTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long HOUR = 3_600_000;

  private final Recent recent = new Recent();

  private void beat(long at, long answered) {
    Rows rows = new Rows(answered, answered, 0, 0, 0);
    recent.add(new Beat(at, 0, rows, Calls.NONE, AtWork.NONE, Map.of(), Map.of(), null, null));
  }

  private void call(long at) {
    Ledger.Call call = new Ledger.Call("", "0".repeat(64), 0, false, null);
    recent.add(new LedgerRecord.Begun(call, at, null));
  }

  private double requestsPerMinute(long until) {
    Recent.KeyUse use = recent.byKey().get("");
    assertThat(use, notNullValue());
    return use == null ? 0 : use.requestsPerMinute(until, null, 1);
  }

  @Test
  void aClockThatIsSetBack_doesNotHoldTheFiguresBack() {
    beat(NOW, 100);
    beat(NOW + 1_000, 110);
    beat(NOW - 3 * HOUR, 120);
    beat(NOW - 3 * HOUR + 2_000, 160);
    assertThat(recent.sum(beat -> beat.rows().answered()), is(160L));
    assertThat(recent.perSecond(NOW - 3 * HOUR + 2_000), closeTo(20, 1e-9));
  }

  @Test
  void whatIsReadLate_isNotNewer() {
    beat(NOW, 100);
    beat(NOW - 1_000, 90);
    assertThat(recent.sum(beat -> beat.rows().answered()), is(100L));
  }

  @Test
  void callsBehindAClockThatIsSetBack_count() {
    for (int second = 0; second < 60; second++) {
      call(NOW + 1_000L * second);
    }
    long back = NOW - 3 * HOUR;
    for (int second = 0; second < 60; second++) {
      call(back + 1_000L * second);
    }
    assertThat(requestsPerMinute(back + 59_000), closeTo(60, 2));
  }
}
