package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.evidence.Evidence;
import io.sluice.internal.evidence.Watched;
import io.sluice.internal.quota.QuotaLimiter;
import io.sluice.spi.Caller;
import io.sluice.spi.PackLimits;
import io.sluice.spi.QuotaTokens;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How much of its limits an account uses. */
class UtilisationTest {
  private static final long TEN_SECONDS = 10_000_000_000L;

  private static Lane lane(long requestsPerMinute, long tokensPerMinute, int calls, long tokens) {
    QuotaLimiter.Limits limits =
        new QuotaLimiter.Limits(requestsPerMinute, tokensPerMinute, Duration.ofSeconds(1));
    Lane lane =
        new Lane(
            "account",
            new QuotaLimiter(limits, 0, true),
            new Evidence<>(
                new Watched(10, 5, Duration.ofMinutes(10), ZoneOffset.UTC), new Random(1), 0),
            Caller.UNAVAILABLE,
            new InputEstimate(true, QuotaTokens.PLAIN),
            PackLimits.ONE);
    for (int i = 0; i < calls; i++) {
      lane.called();
    }
    lane.used(tokens);
    return lane;
  }

  @Test
  void theTighterLimitCounts_inTheMeanOfThoseWithWork() {
    Utilisation utilisation = new Utilisation(TEN_SECONDS);
    lane(60, 60_000, 5, 2_000).addTo(utilisation);
    lane(60, 60_000, 1, 10_000).addTo(utilisation);
    lane(60, 60_000, 0, 0).addTo(utilisation);
    assertThat(utilisation.percent(), is(75L));
  }

  @Test
  void nothingToDo_andNoLimit_sayNothing() {
    Utilisation utilisation = new Utilisation(TEN_SECONDS);
    lane(Long.MAX_VALUE, Long.MAX_VALUE, 1_000, 1_000).addTo(utilisation);
    assertThat(utilisation.percent(), is(0L));
  }

  @Test
  void aLook_beginsAnew() {
    Lane lane = lane(60, 60_000, 10, 0);
    Utilisation first = new Utilisation(TEN_SECONDS);
    lane.addTo(first);
    assertThat(first.percent(), is(100L));
    Utilisation second = new Utilisation(TEN_SECONDS);
    lane.addTo(second);
    assertThat(second.percent(), is(0L));
  }
}
