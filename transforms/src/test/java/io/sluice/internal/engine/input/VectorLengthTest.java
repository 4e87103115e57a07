package io.sluice.internal.engine.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.sluice.Usage;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VectorLengthTest {
  private final VectorLength vectors = new VectorLength();

  private static Reply vector(int numbers) {
    String raw = Base64.getEncoder().encodeToString(new byte[numbers * Float.BYTES]);
    return new Reply.Answered(raw, "m", "stop", new Usage(3, 0, 0), RateHeaders.NONE);
  }

  private static Reply failed() {
    return new Reply.Failed(
        io.sluice.ErrorKind.SERVER_ERROR,
        Reply.Scope.ROW,
        true,
        "busy",
        500,
        null,
        null,
        Reply.Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }

  private boolean passes(int numbers) {
    Reply reply = vector(numbers);
    return vectors.checked(List.of(reply)).equals(List.of(reply));
  }

  private List<Boolean> passes(int... lengths) {
    List<Reply> replies = IntStream.of(lengths).mapToObj(VectorLengthTest::vector).toList();
    List<Reply> checked = vectors.checked(replies);
    return IntStream.range(0, lengths.length)
        .mapToObj(i -> checked.get(i).equals(replies.get(i)))
        .toList();
  }

  @Test
  void oneOfAnotherLength_isAFailureThatWasPaidFor() {
    assertThat(passes(4), is(true));
    assertThat(passes(4), is(true));
    Reply.Failed failed = (Reply.Failed) vectors.checked(List.of(vector(3))).get(0);
    assertThat(failed.message(), allOf(containsString("3 numbers"), containsString("had 4")));
    assertThat(failed.billing(), is(Reply.Billing.BILLED));
    assertThat(failed.usage(), is(new Usage(3, 0, 0)));
    assertThat(failed.retryable(), is(true));
    assertThat(passes(4), is(true));
  }

  @Test
  void ofACall_theMostAreRight_whereverTheOtherStands() {
    assertThat(passes(3, 4, 4, 4), is(List.of(false, true, true, true)));
    assertThat(passes(4, 4, 4, 3), is(List.of(true, true, true, false)));
  }

  @Test
  void aFirstThatStandsAlone_costsOneOther() {
    assertThat(passes(3), is(true));
    assertThat(passes(4), is(false));
    assertThat(passes(4), is(true));
    assertThat(passes(3), is(false));
  }

  @Test
  void whatTenHave_doesNotChange() {
    for (int i = 0; i < 10; i++) {
      assertThat(passes(4), is(true));
    }
    for (int i = 0; i < 30; i++) {
      assertThat(passes(8), is(false));
    }
    assertThat(passes(4), is(true));
  }

  @Test
  void whatIsNoVector_isLeftToWhoReadsIt() {
    Reply noBase64 =
        new Reply.Answered("abcde", "m", "stop", new Usage(3, 0, 0), RateHeaders.NONE);
    assertThat(vectors.checked(List.of(noBase64, failed())), is(List.of(noBase64, failed())));
    assertThat(passes(1_536, 1_536), is(List.of(true, true)));
    assertThat(passes(1_536, 256, 3_072, 1), is(List.of(true, false, false, false)));
  }

  @Test
  void lengthsWithoutEnd_areNotAllKept() {
    for (int length = 1; length < 1_000; length++) {
      passes(length);
    }
    assertThat(passes(2_000, 2_000), is(List.of(false, false)));
  }
}
