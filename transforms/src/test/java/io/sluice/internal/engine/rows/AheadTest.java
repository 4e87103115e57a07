package io.sluice.internal.engine.rows;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.api.Test;

class AheadTest {
  /** A thousand rows that wait for a quota of 2,000 a minute were half a minute of calls. */
  @Test
  void whatIsGivenAhead_isWhatTheQuotaTakesInAMoment() {
    assertThat(Ahead.window(500, 2_000 / 60.0), is(67));
    assertThat("what is in flight is the most", Ahead.window(500, 36_000 / 60.0), is(500));
    assertThat(Ahead.window(20, 2_000 / 60.0), is(20));
    assertThat("a slow quota's calls may take long", Ahead.window(50, 8), is(50));
    assertThat(Ahead.window(500, 8), is(50));
  }

  @Test
  void whereAllOfItWasSent_moreIsGiven() {
    Ahead ahead = new Ahead(0);
    assertThat(ahead.room("a", 67), is(134));
    ahead.fed();
    ahead.begin(0);
    assertThat(ahead.room("a", 67), is(268));
    ahead.fed();
    ahead.begin(1);
    assertThat("it has enough", ahead.room("a", 67), is(268));
  }
}
