package io.sluice.internal.engine.batch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.batch.running.BatchPrefixes;
import io.sluice.internal.evidence.BatchPatience;
import io.sluice.spi.Request;
import java.time.Duration;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** When an account's queue becomes a batch. */
class BatchLaneTest {
  private static final long SECOND = 1_000_000_000L;

  private static final BatchPatience PATIENCE =
      new BatchPatience(Duration.ofMinutes(10), ZoneOffset.UTC);

  private final BatchLane lane =
      new BatchLane(
          "",
          new KeyQuota(500, 150_000, 50, KeySource.NONE),
          Delivery.BATCH,
          1,
          new BatchPrefixes(null, 0),
          PATIENCE);

  private void add(long at) {
    lane.add(new Flight(new Request("f" + at, "{}", 1, 1)), at);
  }

  @Test
  void aPause_makesABatchOfWhatCameBefore() {
    assertThat(lane.fillAt(false), is(BatchLane.NEVER));
    add(0);
    add(10 * SECOND);
    assertThat(lane.fillAt(false), is(40 * SECOND));
    assertThat("no more are to come", lane.fillAt(true), is(0L));
  }

  @Test
  void rowsThatDripWithoutAnEnd_waitFiveMinutes() {
    for (long at = 0; at <= 290; at += 10) {
      add(at * SECOND);
    }
    assertThat(lane.fillAt(false), is(300 * SECOND));
    assertThat(lane.take(lane.limits()).size(), is(30));
    add(310 * SECOND);
    assertThat("the next ones begin to wait anew", lane.fillAt(false), is(340 * SECOND));
  }

  @Test
  void whatIsLeftIsEnoughForABatch_whereItCan() {
    BatchLane hundred =
        new BatchLane(
            "",
            new KeyQuota(500, 150_000, 50, KeySource.NONE),
            Delivery.BATCH,
            100,
            new BatchPrefixes(null, 0),
            PATIENCE);
    for (int i = 0; i < 1_050; i++) {
      hundred.add(new Flight(new Request("f" + i, "{}", 1, 1)), 0);
    }
    assertThat(hundred.take(hundred.limits().withRequests(1_000)).size(), is(950));
    assertThat(hundred.hasTooFew(), is(false));
    assertThat(hundred.take(hundred.limits()).size(), is(100));
    assertThat(hundred.hasTooFew(), is(true));
  }
}
