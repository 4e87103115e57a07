package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import io.sluice.internal.stage.CallProgress;
import java.math.BigDecimal;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressLineTest {
  private static CallProgress counts(long answered, long dead, int inFlight) {
    return new CallProgress(
        answered + dead + inFlight, answered, dead, 0, inFlight, 0, 0, 0, new BigDecimal("1.2345"));
  }

  private static ProgressLine half() {
    return new ProgressLine(
        counts(4_990, 10, 50), new Expected(10_000, true), 754, OptionalDouble.of(12.34));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "60|12:34 4,990 of 10,000 answered, 10 dead, 1.23 USD",
        "80|12:34 4,990 of 10,000 answered, 10 dead, 1.23 USD, 7 min left, 50 in flight",
        "140|12:34 4,990 of 10,000 answered, 10 dead, 1.23 USD, 7 min left, 50 in flight, 12.3/s"
            + " [====================                    ]  50%",
        "28|4,990 of 10,000 answered, 10",
        "36|4,990 of 10,000 answered, 10 dead",
        "45|12:34 4,990 of 10,000 answered, 10 dead",
      })
  void whatMattersMost_isThereAtAnyWidth(int width, String line) {
    assertThat(half().of(width), is(line));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 40, 60, 80, 100, 140, 400})
  void theLine_isNeverLongerThanTheTerminal(int width) {
    CallProgress batches =
        new CallProgress(1 << 20, 99, 3, 0, 7, 3, 1 << 20, 12, new BigDecimal("123456.7"));
    ProgressLine line =
        new ProgressLine(batches, new Expected(1 << 30, true), 9e6, OptionalDouble.of(1e-3));
    assertThat(line.of(width).length(), lessThanOrEqualTo(width));
  }

  @Test
  void theClock_runsBeforeTheFirstAnswer() {
    assertThat(
        new ProgressLine(counts(0, 0, 5), new Expected(10, true), 3, OptionalDouble.empty()).of(60),
        is("0:03 0 of 10 answered, 0 dead, 0.00 USD, 5 in flight".replace("0.00", "1.23")));
  }

  @Test
  void theEnd_isWhole_andNothingBefore() {
    assertThat(
        new ProgressLine(counts(999, 0, 1), new Expected(1_000, true), 60, OptionalDouble.empty())
            .of(140),
        endsWith("]  99%"));
    assertThat(
        new ProgressLine(
                counts(999, 1, 0), new Expected(1_000, true), 3_661, OptionalDouble.empty())
            .of(140),
        endsWith("[========================================] 100%"));
  }

  @Test
  void withoutAnEnd_thereIsNoShare() {
    String line =
        new ProgressLine(counts(5, 0, 0), Expected.UNKNOWN, 60, OptionalDouble.of(1)).of(140);
    assertThat(line, is("1:00 5 answered, 0 dead, 1.23 USD, 0 in flight, 1.0/s"));
  }

  @Test
  void aGuess_doesNotLookAsIfRowsWereMissing() {
    Expected guess = new Expected(1_020, false);

    assertThat(
        new ProgressLine(counts(1_000, 0, 0), guess, 60, OptionalDouble.empty()).inFull(),
        startsWith("1,000 of about 1,020 documents: "));
    assertThat(
        new ProgressLine(counts(1_000, 0, 0), guess, 60, OptionalDouble.empty()).of(60),
        startsWith("1:00 1,000 of about 1,020 answered"));
    assertThat(
        new ProgressLine(counts(1_021, 0, 0), guess, 60, OptionalDouble.empty()).inFull(),
        startsWith("1,021 of 1,021 documents: "));
  }

  @Test
  void moreThanExpected_isNotMoreThanAll() {
    assertThat(
        new ProgressLine(counts(12, 0, 0), new Expected(10, true), 60, OptionalDouble.empty())
            .of(140),
        endsWith("100%"));
  }

  @Test
  void rate_isOfTheLastHalfMinute_andNotSaidTooEarly() {
    Rate rate = new Rate();
    for (int second = 0; second < 20; second++) {
      // Nothing while the job starts.
      rate.add(second, 0);
      assertThat(rate.perSecond().isEmpty(), is(true));
    }
    rate.add(20, 8);
    rate.add(22, 40);
    assertThat(rate.perSecond().isEmpty(), is(true));
    rate.add(30, 108);
    assertThat(rate.perSecond(), is(OptionalDouble.of(10)));
    for (int second = 31; second <= 100; second++) {
      rate.add(second, 108 + 2 * (second - 30));
    }
    assertThat(rate.perSecond().getAsDouble(), is(2.0));
  }

  @Test
  void aLineOfALog_saysEverything() {
    assertThat(
        half().inFull(),
        is(
            "5,000 of 10,000 documents: 4,990 answered, 10 dead, 50 in flight, 12.3/s, 1.23 USD,"
                + " about 7 min left"));
    assertThat(
        new ProgressLine(counts(1, 0, 0), new Expected(10, true), 5, OptionalDouble.empty())
            .inFull(),
        not(containsString("left")));
  }
}
