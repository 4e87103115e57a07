package io.sluice.internal.cascade.learning;

import java.util.Arrays;
import java.util.List;

/**
 * What a regression minimises: how unlikely the labels of its examples are, and how large its
 * weights. Nearly all of the time of learning is spent here, by a JVM that may not optimise much
 * ({@code scripts/sluice}). So labels are taken four at a time, whose sums do not wait for each
 * other, each in an array of its own; every sum keeps its order, and so its bits. Not thread-safe.
 */
final class Loss implements Minimizer.Function {
  private static final int AT_ONCE = 4;

  private final List<Row> rows;
  private final int labels;
  private final int width;
  private final double prior;

  /** By label, and some of nothing up to a whole number of fours. */
  private final double[][] weights;

  private final double[][] slopes;
  private final double[] scores;

  /**
   * An example.
   *
   * @param dense the first columns' values
   * @param columns of other values that it has
   * @param values of those
   * @param label from 0
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Row(double[] dense, int[] columns, float[] values, int label) {}

  /**
   * @param width weights of a label; the last one is always there
   * @param prior of the weights but those
   */
  Loss(List<Row> rows, int labels, int width, double prior) {
    this.rows = List.copyOf(rows);
    this.labels = labels;
    this.width = width;
    this.prior = prior;
    int whole = (labels + AT_ONCE - 1) / AT_ONCE * AT_ONCE;
    this.weights = new double[whole][width];
    this.slopes = new double[whole][width];
    this.scores = new double[whole];
  }

  @Override
  public double at(double[] point, double[] gradient) {
    for (int label = 0; label < labels; label++) {
      System.arraycopy(point, label * width, weights[label], 0, width);
      Arrays.fill(slopes[label], 0);
    }
    double loss = 0;
    for (Row row : rows) {
      for (int label = 0; label < labels; label += AT_ONCE) {
        score(row, label);
      }
      loss += toErrors(row.label);
      for (int label = 0; label < labels; label += AT_ONCE) {
        add(row, label);
      }
    }
    for (int label = 0; label < labels; label++) {
      System.arraycopy(slopes[label], 0, gradient, label * width, width);
    }
    for (int i = 0; i < point.length; i++) {
      boolean isBias = (i + 1) % width == 0;
      if (!isBias) {
        loss += prior / 2 * point[i] * point[i];
        gradient[i] += prior * point[i];
      }
    }
    return loss;
  }

  private void score(Row row, int label) {
    double[] a = weights[label];
    double[] b = weights[label + 1];
    double[] c = weights[label + 2];
    double[] d = weights[label + 3];
    double ofA = a[width - 1];
    double ofB = b[width - 1];
    double ofC = c[width - 1];
    double ofD = d[width - 1];
    double[] dense = row.dense;
    for (int i = 0; i < dense.length; i++) {
      double value = dense[i];
      ofA += value * a[i];
      ofB += value * b[i];
      ofC += value * c[i];
      ofD += value * d[i];
    }
    int[] columns = row.columns;
    float[] values = row.values;
    for (int i = 0; i < columns.length; i++) {
      int column = columns[i];
      double value = values[i];
      ofA += value * a[column];
      ofB += value * b[column];
      ofC += value * c[column];
      ofD += value * d[column];
    }
    scores[label] = ofA;
    scores[label + 1] = ofB;
    scores[label + 2] = ofC;
    scores[label + 3] = ofD;
  }

  /**
   * Makes of scores by how much each label's probability is wrong.
   *
   * @return the row's loss
   */
  private double toErrors(int right) {
    double most = Double.NEGATIVE_INFINITY;
    for (int label = 0; label < labels; label++) {
      most = Math.max(most, scores[label]);
    }
    double sum = 0;
    for (int label = 0; label < labels; label++) {
      sum += Math.exp(scores[label] - most);
    }
    double loss = Math.log(sum) + most - scores[right];
    for (int label = 0; label < labels; label++) {
      scores[label] = Math.exp(scores[label] - most) / sum - (label == right ? 1 : 0);
    }
    return loss;
  }

  private void add(Row row, int label) {
    double[] a = slopes[label];
    double[] b = slopes[label + 1];
    double[] c = slopes[label + 2];
    double[] d = slopes[label + 3];
    double ofA = scores[label];
    double ofB = scores[label + 1];
    double ofC = scores[label + 2];
    double ofD = scores[label + 3];
    double[] dense = row.dense;
    for (int i = 0; i < dense.length; i++) {
      double value = dense[i];
      a[i] += ofA * value;
      b[i] += ofB * value;
      c[i] += ofC * value;
      d[i] += ofD * value;
    }
    int[] columns = row.columns;
    float[] values = row.values;
    for (int i = 0; i < columns.length; i++) {
      int column = columns[i];
      double value = values[i];
      a[column] += ofA * value;
      b[column] += ofB * value;
      c[column] += ofC * value;
      d[column] += ofD * value;
    }
    a[width - 1] += ofA;
    b[width - 1] += ofB;
    c[width - 1] += ofC;
    d[width - 1] += ofD;
  }
}
