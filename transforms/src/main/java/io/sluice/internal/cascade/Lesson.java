package io.sluice.internal.cascade;

import io.sluice.internal.cascade.Item.Fate;
import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.cascade.learning.SmallModel;
import io.sluice.internal.cascade.learning.SmallModel.Example;
import io.sluice.internal.cascade.learning.SmallModel.Guess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a small model is to be made from. It takes seconds, and may be done by another thread: it
 * changes nothing else. Immutable.
 */
public final class Lesson<T> {
  /** More answers than this are no labels. */
  static final int MOST_OUTPUTS = 300;

  final Pool<T> pool;

  private final Terms.Pool sizes;

  /** By fingerprint. */
  private final TreeMap<String, Known> known;

  /** Answered rows that it is tested by. */
  final List<Item<T>> test;

  /** Rows that wait for it. */
  final List<Item<T>> waiting;

  record Known(Features features, String output) {}

  /**
   * @param known what it may learn from
   */
  Lesson(
      Pool<T> pool,
      Map<String, Known> known,
      Terms.Pool sizes,
      List<Item<T>> test,
      List<Item<T>> waiting) {
    this.pool = pool;
    this.sizes = sizes;
    this.known = new TreeMap<>(known);
    this.test = List.copyOf(test);
    this.waiting = List.copyOf(waiting);
  }

  /**
   * What came of it.
   *
   * @param outputs that labels are places in
   * @param ofTest guesses, one for each row of the test
   * @param ofWaiting one for each row that waits
   */
  public record Learnt<T>(
      Lesson<T> lesson,
      List<String> outputs,
      SmallModel model,
      List<Guess> ofTest,
      List<Guess> ofWaiting) {

    /** The small model, and what its test says of thresholds. */
    Version version(Terms terms) {
      List<Curve.Row> rows = new ArrayList<>();
      for (int i = 0; i < lesson.test.size(); i++) {
        Guess guess = ofTest.get(i);
        boolean isWrong =
            !outputs.get(guess.label()).equals(String.valueOf(lesson.test.get(i).output));
        rows.add(new Curve.Row(guess.label(), guess.probability(), true, isWrong));
      }
      for (int i = 0; i < lesson.waiting.size(); i++) {
        Guess guess = ofWaiting.get(i);
        if (lesson.waiting.get(i).fate == Fate.OPEN) {
          rows.add(new Curve.Row(guess.label(), guess.probability(), false, false));
        }
      }
      return Version.of(
          lesson.pool.epoch,
          outputs,
          model,
          lesson.sizes,
          terms.curves(rows, outputs.size()),
          List.copyOf(lesson.known.keySet()));
    }
  }

  /**
   * Learns.
   *
   * @param isOff asked again and again: whether nobody wants to know any more
   * @return null where nobody does
   */
  public @Nullable Learnt<T> learn(BooleanSupplier isOff) {
    List<String> outputs = new ArrayList<>(new TreeSet<>(outputs()));
    List<Example> examples = new ArrayList<>();
    known.forEach(
        (fingerprint, each) ->
            examples.add(
                new Example(fingerprint, each.features(), outputs.indexOf(each.output()))));
    SmallModel model = SmallModel.fit(examples, outputs.size(), isOff);
    if (model == null) {
      return null;
    }
    return new Learnt<>(this, outputs, model, guesses(model, test), guesses(model, waiting));
  }

  private List<String> outputs() {
    return known.values().stream().map(Known::output).toList();
  }

  /** Whether there is anything to learn. */
  boolean isPossible() {
    long outputs = outputs().stream().distinct().count();
    return outputs > 0 && outputs <= MOST_OUTPUTS && test.size() >= Cascading.FEWEST_ANSWERS / 4;
  }

  private List<Guess> guesses(SmallModel model, List<Item<T>> items) {
    List<Guess> guesses = new ArrayList<>(items.size());
    for (Item<T> item : items) {
      Features features = item.features;
      guesses.add(features == null ? new Guess(0, 0) : model.guess(features));
    }
    return guesses;
  }
}
