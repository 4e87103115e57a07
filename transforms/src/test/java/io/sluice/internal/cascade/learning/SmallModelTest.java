package io.sluice.internal.cascade.learning;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.internal.cascade.learning.SmallModel.Example;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SmallModelTest {
  private static final String[] TEXTS = {
    "the invoice was paid twice", "the page is down again", "what a lovely product"
  };

  private static List<Example> examples() {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      float[] vector = {i % 3 == 0 ? 1 : 0, i % 3 == 1 ? 1 : 0, 0.1f * (i % 7)};
      String text = TEXTS[i % 3] + " " + "abcdefg".charAt(i % 7);
      examples.add(new Example("fp" + i, Features.of(vector, text), i % 3));
    }
    return examples;
  }

  @Test
  void itLearns() {
    SmallModel model = SmallModel.fit(examples(), 3);
    for (Example example : examples()) {
      assertThat(model.guess(example.features()).label(), is(example.label()));
      assertThat(model.guess(example.features()).probability(), is(greaterThan(0.8f)));
    }
    assertThat(
        "by words alone",
        model.guess(Features.of(new float[3], "an invoice was paid twice")).label(),
        is(0));
  }

  /** Whoever answers first: the weights are the same to the last bit. */
  @Test
  void theOrderOfExamplesChangesNothing() {
    List<Example> shuffled = examples();
    Collections.shuffle(shuffled, new Random(1));
    assertThat(SmallModel.fit(shuffled, 3).encode(), is(SmallModel.fit(examples(), 3).encode()));
  }

  @Test
  void whatIsKeptGuessesTheSame() {
    SmallModel model = SmallModel.fit(examples(), 3);
    SmallModel again = SmallModel.decode(model.encode());
    for (Example example : examples()) {
      assertThat(again.guess(example.features()), is(model.guess(example.features())));
    }
  }

  /** Who does not want to know any more does not wait for it. */
  @Test
  void itIsGivenUp() {
    int[] asked = {0};
    assertThat(SmallModel.fit(examples(), 3, () -> ++asked[0] == 3), is(nullValue()));
    assertThat(asked[0], is(3));
  }

  @Test
  void wordsAndPairsAreSeen_andCaseIsNot() {
    Features one = Features.of(new float[0], "Down AGAIN");
    assertThat(one.places.length, is(3));
    assertThat(one.places, is(Features.of(new float[0], "down, again!").places));
    assertThat(one.places, is(not(Features.of(new float[0], "again down").places)));
    double squares = 0;
    for (float value : one.values) {
      squares += value * value;
    }
    assertThat(squares, is(closeTo(1, 1e-6)));
  }

  @Test
  void theMinimumOfAParabolaIsFound() {
    double[] point = {5, -3};
    Minimizer.minimise(
        (at, gradient) -> {
          gradient[0] = 2 * (at[0] - 1);
          gradient[1] = 20 * (at[1] - 2);
          return Math.pow(at[0] - 1, 2) + 10 * Math.pow(at[1] - 2, 2);
        },
        point,
        100,
        1e-9,
        () -> false);
    assertThat(point[0], is(closeTo(1, 1e-6)));
    assertThat(point[1], is(closeTo(2, 1e-6)));
  }
}
