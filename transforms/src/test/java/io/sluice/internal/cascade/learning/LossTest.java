package io.sluice.internal.cascade.learning;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LossTest {
  private static final int DENSE = 3;
  private static final int WIDTH = 9;
  private static final double PRIOR = 0.1;

  private static List<Loss.Row> rows(Random random, int labels) {
    List<Loss.Row> rows = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      double[] dense = random.doubles(i % 4 == 0 ? 0 : DENSE).toArray();
      int[] columns = i % 3 == 0 ? new int[0] : new int[] {DENSE, DENSE + 1 + i % 4};
      float[] values = i % 3 == 0 ? new float[0] : new float[] {random.nextFloat(), -0.3f};
      rows.add(new Loss.Row(dense, columns, values, random.nextInt(labels)));
    }
    return rows;
  }

  /** As it is written down: label by label, each sum in the order of columns and rows. */
  private static double plain(List<Loss.Row> rows, int labels, double[] point, double[] gradient) {
    double loss = 0;
    for (Loss.Row row : rows) {
      double[] scores = new double[labels];
      double most = Double.NEGATIVE_INFINITY;
      for (int label = 0; label < labels; label++) {
        int from = label * WIDTH;
        scores[label] = point[from + WIDTH - 1];
        for (int i = 0; i < row.dense().length; i++) {
          scores[label] += row.dense()[i] * point[from + i];
        }
        for (int i = 0; i < row.columns().length; i++) {
          scores[label] += (double) row.values()[i] * point[from + row.columns()[i]];
        }
        most = Math.max(most, scores[label]);
      }
      double sum = 0;
      for (double score : scores) {
        sum += Math.exp(score - most);
      }
      loss += Math.log(sum) + most - scores[row.label()];
      for (int label = 0; label < labels; label++) {
        double error = Math.exp(scores[label] - most) / sum - (label == row.label() ? 1 : 0);
        int from = label * WIDTH;
        for (int i = 0; i < row.dense().length; i++) {
          gradient[from + i] += error * row.dense()[i];
        }
        for (int i = 0; i < row.columns().length; i++) {
          gradient[from + row.columns()[i]] += error * row.values()[i];
        }
        gradient[from + WIDTH - 1] += error;
      }
    }
    for (int i = 0; i < point.length; i++) {
      if (i % WIDTH != WIDTH - 1) {
        loss += PRIOR / 2 * point[i] * point[i];
        gradient[i] += PRIOR * point[i];
      }
    }
    return loss;
  }

  @Test
  void fourLabelsAtATimeAreTheSameToTheLastBit() {
    for (int labels = 1; labels <= 9; labels++) {
      Random random = new Random(labels);
      List<Loss.Row> rows = rows(random, labels);
      Loss loss = new Loss(rows, labels, WIDTH, PRIOR);
      for (int time = 0; time < 2; time++) {
        double[] point = random.doubles((long) labels * WIDTH, -2, 2).toArray();
        double[] expected = new double[point.length];
        double value = plain(rows, labels, point, expected);
        double[] gradient = new double[point.length];
        assertThat(labels + " labels", loss.at(point, gradient), is(value));
        assertThat(labels + " labels", gradient, is(expected));
      }
    }
  }
}
