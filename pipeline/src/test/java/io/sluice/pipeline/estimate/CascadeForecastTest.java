package io.sluice.pipeline.estimate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.internal.cascade.prospect.Prospect;
import io.sluice.internal.cascade.prospect.Prospect.Span;
import org.junit.jupiter.api.Test;

class CascadeForecastTest {
  private static CascadeForecast of(double expected, double high, String why) {
    Span share = new Span(expected, 0, high);
    return new CascadeForecast(new Prospect(400, 400, share, why), share.times(10_000), null);
  }

  /** Or who reads it takes the cascade out of a job in which it would have paid. */
  @Test
  void whereItCouldPayThoughItIsNotLikelyTo_thatIsSaid() {
    CascadeForecast forecast = of(0, 0.3, "next to nothing is proven");
    assertThat(
        forecast.words(),
        allOf(
            containsString("would probably not pay: next to nothing is proven"),
            containsString("up to 30"),
            not(containsString("the job runs without it"))));
    assertThat(forecast.prospect().pays(), is(false));
  }

  @Test
  void whereItCannot_itRunsWithout() {
    assertThat(
        of(0, 0.005, "next to nothing is proven").words(),
        endsWith("would not pay: next to nothing is proven; the job runs without it"));
  }

  @Test
  void whereItPaysWithLuckOnly_theIntervalSaysSo() {
    assertThat(of(0.2, 0.3, "").words(), containsString("95%: 0.0 % to 30"));
  }
}
