package io.sluice.pipeline.estimate.statistics;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class MeanIntervalTest {
  private static final int POPULATION = 5_000;

  /** Drawings of a sample of each size. */
  private static final int DRAWINGS = 600;

  /** How many tokens documents have: median and spread as those of public corpora. */
  enum Corpus {
    WIDE(5.5, 1.175, 5, 8_000),
    NEWS(6.2, 0.8, 40, 6_000),
    REVIEWS(5.6, 0.7, 10, 2_500),
    QUESTIONS(2.5, 0.6, 3, 120),
    ONE_LENGTH(5.5, 0, 1, 1_000);

    final double median;
    final double spread;
    final double least;
    final double most;

    Corpus(double median, double spread, double least, double most) {
      this.median = median;
      this.spread = spread;
      this.least = least;
      this.most = most;
    }

    double prompt(Random random) {
      return Math.min(most, Math.max(least, Math.exp(median + spread * random.nextGaussian())));
    }
  }

  /** How long answers are, for a prompt of a length. */
  enum Lengths {
    INDEPENDENT(Corpus.WIDE, (prompt, random) -> Math.exp(4 + 1.175 * random.nextGaussian())),
    HEAVY_TAILED(Corpus.ONE_LENGTH, (prompt, random) -> Math.exp(4 + random.nextGaussian())),
    PROPORTIONAL(
        Corpus.WIDE, (prompt, random) -> 0.3 * prompt * Math.exp(0.6 * random.nextGaussian())),
    GROWING(
        Corpus.WIDE, (prompt, random) -> 3 * Math.sqrt(prompt) * Math.exp(random.nextGaussian())),
    CAPPED(
        Corpus.WIDE,
        (prompt, random) -> Math.min(1024, 0.3 * prompt * Math.exp(random.nextGaussian()))),
    CAPPED_NEWS(
        Corpus.NEWS,
        (prompt, random) -> Math.min(300, 0.3 * prompt * Math.exp(random.nextGaussian()))),
    REFUSED(
        Corpus.NEWS,
        (prompt, random) ->
            random.nextInt(7) == 0 ? 0 : 0.3 * prompt * Math.exp(0.6 * random.nextGaussian())),
    SEVENFOLD(
        Corpus.NEWS, (prompt, random) -> 0.5 * prompt * Math.pow(7, random.nextDouble() - 0.5)),
    SEVENFOLD_REVIEWS(
        Corpus.REVIEWS, (prompt, random) -> 0.5 * prompt * Math.pow(7, random.nextDouble() - 0.5)),
    EXTRACTS(
        Corpus.REVIEWS,
        (prompt, random) ->
            random.nextInt(3) == 0 ? 2 : 0.4 * prompt * (0.5 + random.nextDouble())),
    QUESTIONS(Corpus.QUESTIONS, (prompt, random) -> Math.exp(3 + 0.8 * random.nextGaussian())),
    LABELS(Corpus.WIDE, (prompt, random) -> 1 + random.nextInt(5)),
    SOME_THINK(
        Corpus.WIDE,
        (prompt, random) ->
            (random.nextInt(10) == 0 ? 1_500 : 100) * Math.exp(0.5 * random.nextGaussian()));

    final Corpus corpus;
    final ToDoubleBiFunction<Double, Random> answer;

    Lengths(Corpus corpus, ToDoubleBiFunction<Double, Random> answer) {
      this.corpus = corpus;
      this.answer = answer;
    }
  }

  /** Everyone, from whom samples are drawn. */
  private static final class Everyone {
    final double[] prompts = new double[POPULATION];
    final double[] answers = new double[POPULATION];
    final double knownMean;
    final double truth;
    private final int[] order = new int[POPULATION];
    private final Random random;

    Everyone(Lengths lengths) {
      random = new Random(20_261_124L + lengths.ordinal());
      for (int i = 0; i < POPULATION; i++) {
        prompts[i] = lengths.corpus.prompt(random);
        answers[i] = lengths.answer.applyAsDouble(prompts[i], random);
      }
      knownMean = Arrays.stream(prompts).average().orElseThrow();
      truth = Arrays.stream(answers).average().orElseThrow();
      Arrays.setAll(order, i -> i);
    }

    void draw(double[] known, double[] measured) {
      for (int i = 0; i < known.length; i++) {
        int other = i + random.nextInt(POPULATION - i);
        int one = order[other];
        order[other] = order[i];
        order[i] = one;
        known[i] = prompts[one];
        measured[i] = answers[one];
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HEAVY_TAILED", "CAPPED", "SEVENFOLD", "SOME_THINK"})
  void holdsTheMean_95TimesInAHundred(Lengths lengths) {
    holdsTheMean(lengths);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"HEAVY_TAILED", "CAPPED", "SEVENFOLD", "SOME_THINK"})
  @Tag("long")
  void holdsTheMean_95TimesInAHundred_elsewhere(Lengths lengths) {
    holdsTheMean(lengths);
  }

  private static void holdsTheMean(Lengths lengths) {
    Everyone everyone = new Everyone(lengths);
    int held = 0;
    int drawn = 0;
    for (int size : new int[] {50, 100, 200}) {
      double[] known = new double[size];
      double[] measured = new double[size];
      int heldOfSize = 0;
      for (int drawing = 0; drawing < DRAWINGS; drawing++) {
        everyone.draw(known, measured);
        MeanInterval interval =
            MeanInterval.of(known, measured, everyone.knownMean, POPULATION, everyone.random);
        heldOfSize += interval.low() <= everyone.truth && everyone.truth <= interval.high() ? 1 : 0;
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

  /** Against the regression alone, which the model corrects: never much worse. */
  @ParameterizedTest
  @EnumSource(Lengths.class)
  void theMeanIsNearer_whereAnswersVaryWithTheirLength(Lengths lengths) {
    Everyone everyone = new Everyone(lengths);
    double[] known = new double[200];
    double[] measured = new double[200];
    double error = 0;
    double errorOfRegression = 0;
    for (int drawing = 0; drawing < 1_000; drawing++) {
      everyone.draw(known, measured);
      error += Math.abs(LengthModel.mean(known, measured, everyone.knownMean) - everyone.truth);
      errorOfRegression +=
          Math.abs(regression(known, measured, everyone.knownMean) - everyone.truth);
    }
    double most =
        switch (lengths) {
          case PROPORTIONAL -> 0.85;
          case SEVENFOLD, SEVENFOLD_REVIEWS, REFUSED, EXTRACTS -> 0.95;
          default -> 1.15;
        };
    assertThat(lengths.toString(), error / errorOfRegression, lessThanOrEqualTo(most));
  }

  private static double regression(double[] x, double[] y, double populationX) {
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double xx = 0;
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      xx += (x[i] - meanX) * (x[i] - meanX);
      xy += (x[i] - meanX) * (y[i] - meanY);
    }
    return meanY + (xx == 0 ? 0 : xy / xx) * (populationX - meanX);
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
