package io.sluice.pipeline.estimate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleBiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MeanIntervalTest {
  private static final int POPULATION = 5_000;

  /** Drawings of a sample of each size. */
  private static final int DRAWINGS = 600;

  /** How long answers are, for a prompt of a length that itself varies a hundredfold. */
  enum Lengths {
    INDEPENDENT((prompt, random) -> Math.exp(4 + 1.175 * random.nextGaussian())),
    PROPORTIONAL((prompt, random) -> 0.3 * prompt * Math.exp(0.6 * random.nextGaussian())),
    GROWING((prompt, random) -> 3 * Math.sqrt(prompt) * Math.exp(random.nextGaussian())),
    CAPPED((prompt, random) -> Math.min(1024, 0.3 * prompt * Math.exp(random.nextGaussian()))),
    LABELS((prompt, random) -> 1 + random.nextInt(5)),
    SOME_THINK(
        (prompt, random) ->
            (random.nextInt(10) == 0 ? 1_500 : 100) * Math.exp(0.5 * random.nextGaussian()));

    final ToDoubleBiFunction<Double, Random> answer;

    Lengths(ToDoubleBiFunction<Double, Random> answer) {
      this.answer = answer;
    }
  }

  @ParameterizedTest
  @EnumSource(Lengths.class)
  void holdsTheMean_95TimesInAHundred(Lengths lengths) {
    Random random = new Random(20_261_124L + lengths.ordinal());
    double[] prompts = new double[POPULATION];
    double[] answers = new double[POPULATION];
    for (int i = 0; i < POPULATION; i++) {
      prompts[i] = Math.exp(5.5 + 1.175 * random.nextGaussian());
      answers[i] = lengths.answer.applyAsDouble(prompts[i], random);
    }
    double knownMean = Arrays.stream(prompts).average().orElseThrow();
    double truth = Arrays.stream(answers).average().orElseThrow();
    int[] order = new int[POPULATION];
    Arrays.setAll(order, i -> i);
    int held = 0;
    int drawn = 0;
    for (int size : new int[] {50, 100, 200}) {
      double[] known = new double[size];
      double[] measured = new double[size];
      int heldOfSize = 0;
      for (int drawing = 0; drawing < DRAWINGS; drawing++) {
        for (int i = 0; i < size; i++) {
          int other = i + random.nextInt(POPULATION - i);
          int one = order[other];
          order[other] = order[i];
          order[i] = one;
          known[i] = prompts[one];
          measured[i] = answers[one];
        }
        MeanInterval interval = MeanInterval.of(known, measured, knownMean, POPULATION, random);
        heldOfSize += interval.low() <= truth && truth <= interval.high() ? 1 : 0;
      }
      assertThat(
          lengths + ", sample of " + size,
          (double) heldOfSize / DRAWINGS,
          allOf(greaterThanOrEqualTo(0.925), lessThanOrEqualTo(0.99)));
      held += heldOfSize;
      drawn += DRAWINGS;
    }
    assertThat(
        lengths.toString(),
        (double) held / drawn,
        allOf(greaterThanOrEqualTo(0.935), lessThanOrEqualTo(0.985)));
  }

  @Test
  void whatThePromptsExplain_isNotUncertain() {
    double[] prompts = {10, 20, 30, 400, 50};
    double[] answers = Arrays.stream(prompts).map(prompt -> 5 + 2 * prompt).toArray();
    MeanInterval interval = MeanInterval.of(prompts, answers, 1_000, 1_000, new Random(1));
    assertThat(interval.mean(), closeTo(2_005, 1e-6));
    assertThat(interval.high() - interval.low(), lessThan(1e-6));
  }

  @Test
  void everyoneWasAsked_nothingIsUncertain() {
    double[] answers = {1, 50, 3, 700, 5};
    MeanInterval interval = MeanInterval.of(answers, 5, new Random(1));
    assertThat(interval.low(), closeTo(151.8, 1e-9));
    assertThat(interval.high(), closeTo(151.8, 1e-9));
  }

  @Test
  void allTheSame_stillAllowsForThreeOthers() {
    double[] answers = new double[100];
    Arrays.fill(answers, 4);
    MeanInterval interval = MeanInterval.of(answers, 1_000_000, new Random(1));
    assertThat(interval.mean(), closeTo(4, 1e-9));
    assertThat(interval.high(), allOf(greaterThan(4.1), lessThan(4.2)));
  }

  @Test
  void share_isWilsons() {
    Share some = Share.of(10, 200);
    // Newcombe 1998 gives the formula; computed by hand.
    assertThat(some.low(), closeTo(0.0274, 1e-4));
    assertThat(some.high(), closeTo(0.0896, 1e-4));
    assertThat(Share.of(0, 200).low(), is(0.0));
    assertThat(Share.of(0, 200).high(), closeTo(0.0188, 1e-4));
    assertThat(Share.of(200, 200).high(), is(1.0));
  }
}
