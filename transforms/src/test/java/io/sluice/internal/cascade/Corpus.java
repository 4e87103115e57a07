package io.sluice.internal.cascade;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Rows with known answers: points around the centre of their class, some far out, and a model that
 * labels them in its own way.
 */
public final class Corpus {
  public static final int DIMENSIONS = 12;

  /** How the task's model comes to its answers. */
  public enum Asked {
    /** It says the class. */
    RIGHT,
    /** One in twelve is anything. */
    NOISE,
    /** In one corner of the space it says something else, always. */
    ODD,
    /** It is a classifier of its own, with other borders. */
    OTHER,
    /** Nothing can be learnt. */
    CHANCE
  }

  /** In which order they come. */
  public enum Sorted {
    NOT,
    BY_LABEL,
    /** As hard ones come more and more. */
    BY_DIFFICULTY,
    /** From one place in the space to another. */
    BY_PLACE
  }

  public record Row(String id, float[] vector, int label) {}

  private Corpus() {}

  public static List<Row> of(long seed, int size, int labels, Asked asked, Sorted sorted) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] centres = points(random, labels, 1);
    double[][] others = new double[labels][];
    double[][] moves = points(random, labels, 0.35);
    for (int i = 0; i < labels; i++) {
      others[i] = new double[DIMENSIONS];
      for (int k = 0; k < DIMENSIONS; k++) {
        others[i][k] = centres[i][k] + moves[i][k];
      }
    }
    List<Row> rows = new ArrayList<>();
    List<double[]> keys = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int label = random.nextInt(labels);
      double spread = 0.2 + 0.6 * random.nextDouble();
      float[] vector = new float[DIMENSIONS];
      for (int k = 0; k < DIMENSIONS; k++) {
        vector[k] = (float) (centres[label][k] + spread * gauss(random));
      }
      int said =
          switch (asked) {
            case RIGHT -> label;
            case NOISE -> random.nextInt(12) == 0 ? random.nextInt(labels) : label;
            case ODD -> vector[0] > 0.8 && vector[1] > 0 ? (label + 1) % labels : label;
            case OTHER -> nearest(others, vector);
            case CHANCE -> random.nextInt(labels);
          };
      rows.add(new Row(Long.toHexString(random.nextLong()) + "-" + i, vector, said));
      keys.add(new double[] {said, spread, vector[2]});
    }
    if (sorted == Sorted.NOT) {
      return rows;
    }
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingDouble(i -> keys.get(i)[sorted.ordinal() - 1]));
    return order.stream().map(rows::get).toList();
  }

  private static double[][] points(SplittableRandom random, int count, double scale) {
    double[][] points = new double[count][DIMENSIONS];
    for (double[] point : points) {
      for (int k = 0; k < DIMENSIONS; k++) {
        point[k] = scale * gauss(random);
      }
    }
    return points;
  }

  private static int nearest(double[][] centres, float[] vector) {
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < centres.length; i++) {
      double distance = 0;
      for (int k = 0; k < vector.length; k++) {
        distance += Math.pow(vector[k] - centres[i][k], 2);
      }
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }

  private static double gauss(SplittableRandom random) {
    return Math.sqrt(-2 * Math.log(1 - random.nextDouble()))
        * Math.cos(2 * Math.PI * random.nextDouble());
  }
}
