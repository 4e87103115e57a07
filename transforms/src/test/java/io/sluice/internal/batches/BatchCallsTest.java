package io.sluice.internal.batches;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What fails is repeated, and told to the caller within the time that an outage may last. */
class BatchCallsTest {
  private static CallFailedException away() {
    return new CallFailedException(
        new Reply.Failed(
            ErrorKind.TRANSPORT,
            Reply.Scope.ROW,
            true,
            "connection refused",
            null,
            null,
            null,
            Reply.Billing.NOT_BILLED,
            null,
            null,
            RateHeaders.NONE));
  }

  /** Pauses are 0.5, 1, 2, … 32 s in the mean. */
  @ParameterizedTest
  @CsvSource({"1, 2", "3, 3", "60, 7", "600, 8"})
  void attempts_fitIntoTheOutage(long seconds, int expected) {
    List<Duration> waits = new ArrayList<>();
    BatchCalls calls = new BatchCalls(waits::add, new Random(1), Duration.ofSeconds(seconds));
    int[] attempts = {0};
    assertThrows(
        BatchException.class,
        () ->
            calls.repeated(
                () -> {
                  attempts[0]++;
                  throw away();
                }));
    assertThat(attempts[0], is(expected));
    assertThat(waits.size(), is(expected - 1));
  }
}
