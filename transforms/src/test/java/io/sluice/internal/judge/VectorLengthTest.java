package io.sluice.internal.judge;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VectorLengthTest {
  private final VectorLength lengths = new VectorLength();

  private static String vector(int numbers) {
    return Base64.getEncoder().encodeToString(new byte[numbers * Float.BYTES]);
  }

  private List<Boolean> ofACall(int... numbers) {
    List<String> vectors = IntStream.of(numbers).mapToObj(VectorLengthTest::vector).toList();
    lengths.learn(vectors);
    return vectors.stream().map(vector -> lengths.problem(vector).isEmpty()).toList();
  }

  private boolean passes(int numbers) {
    return ofACall(numbers).get(0);
  }

  @Test
  void oneOfAnotherLength_isTold() {
    assertThat(ofACall(4, 4), is(List.of(true, true)));
    assertThat(passes(3), is(false));
    assertThat(
        lengths.problem(vector(3)), allOf(containsString("3 numbers"), containsString("have 4")));
    assertThat(passes(4), is(true));
  }

  @Test
  void ofACall_theMostAreRight_whereverTheOtherStands() {
    assertThat(ofACall(3, 4, 4, 4), is(List.of(false, true, true, true)));
    assertThat(ofACall(4, 4, 4, 3), is(List.of(true, true, true, false)));
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
    lengths.learn(List.of(vector(4), "abcde", "", "===="));
    assertThat(lengths.problem("abcde"), is(""));
    assertThat(lengths.problem(""), is(""));
    assertThat(passes(1_536), is(false));
  }

  @Test
  void lengthsWithoutEnd_areNotAllKept() {
    for (int length = 1; length < 1_000; length++) {
      passes(length);
    }
    assertThat(ofACall(2_000, 2_000), is(List.of(false, false)));
  }

  @Test
  void whatTheLedgerHas_counts() {
    AnswerJudge judge = new AnswerJudge(Output.TEXT, Operation.EMBED);
    judge.judgeKept(vector(4));
    judge.judgeKept(vector(4));
    VectorLength known = Objects.requireNonNull(judge.lengths());
    known.learn(List.of(vector(3)));
    assertThat(known.problem(vector(3)).isEmpty(), is(false));
    assertThat(known.problem(vector(4)), is(""));
  }
}
