package io.sluice.internal.cascade;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What stricter and looser thresholds would have a small model answer, by rows of which a random
 * sample is known. Immutable.
 *
 * @param points from strict to loose
 */
public record Curve(List<Point> points) {
  private static final int STEPS = 50;

  /** Below this many sampled rows a share of them says nothing. */
  public static final int FEWEST = 60;

  public Curve {
    points = List.copyOf(points);
  }

  /**
   * A row that the small model did not learn from.
   *
   * @param probability of its guess
   * @param isSampled whether the task's model was asked because of the draw
   * @param isWrong whether it said something else; only where it was asked
   */
  public record Row(int label, float probability, boolean isSampled, boolean isWrong) {}

  /**
   * A threshold.
   *
   * @param threshold the least probability
   * @param unseen rows that have it, and that the task's model was not asked about
   * @param sampled those that the draw has had asked about
   * @param wrong of those
   */
  public record Point(float threshold, int unseen, int sampled, int wrong) {}

  /** The curve of some rows; its steps depend on probabilities alone. */
  public static Curve of(List<Row> rows) {
    List<Row> sorted =
        rows.stream().sorted(Comparator.comparingDouble(row -> -row.probability())).toList();
    List<Point> points = new ArrayList<>();
    int sampled = 0;
    int wrong = 0;
    int next = 1;
    for (int i = 0; i < sorted.size(); i++) {
      Row row = sorted.get(i);
      sampled += row.isSampled() ? 1 : 0;
      wrong += row.isSampled() && row.isWrong() ? 1 : 0;
      boolean isLastOfEquals =
          i + 1 == sorted.size() || sorted.get(i + 1).probability() < row.probability();
      boolean isStep = (long) (i + 1) * STEPS >= (long) next * sorted.size();
      if (isLastOfEquals && isStep && sampled >= FEWEST) {
        points.add(new Point(row.probability(), i + 1 - sampled, sampled, wrong));
      }
      next = isStep && isLastOfEquals ? (int) ((long) (i + 1) * STEPS / sorted.size()) + 1 : next;
    }
    return new Curve(points);
  }
}
