package io.sluice.internal.evidence;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaitingTest {
  /** The longest that a call can wait. */
  private static final RandomGenerator LONGEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          throw new AssertionError("a wait has a bound");
        }

        @Override
        public long nextLong(long bound) {
          return bound;
        }
      };

  @ParameterizedTest
  @CsvSource({
    "UNKNOWN, 0, 500",
    "UNKNOWN, 3, 4000",
    "UNKNOWN, 60, 16000",
    // By chance the next time is as likely to pass as the first.
    "CALL, 0, 500",
    "CALL, 1, 1000",
    "CALL, 30, 1000",
    // Not so often.
    "CALL, 31, 16000",
  })
  void aCallWaitsLonger_unlessItIsTurnedAwayByChance(Scope scope, int times, long millis) {
    assertThat(new Waiting(LONGEST).own(times, scope, 0), is(millis * 1_000_000));
  }
}
