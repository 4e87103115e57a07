package io.sluice.internal.cascade.learning;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Multinomial logistic regression over {@link Features}, with a Gaussian prior on the weights.
 * Words that only one of the examples has are left out. Its probabilities need not be right: they
 * only put rows in an order, and what an order is worth is tested apart. Immutable.
 */
public final class SmallModel {
  private static final int ITERATIONS = 120;
  private static final double TOLERANCE = 1e-4;

  /** Of the prior; texts and vectors are of length one, so that it needs no fitting to them. */
  private static final double PRIOR = 0.1;

  /**
   * @param fingerprint of the request that was answered; only orders examples
   * @param label the answer, from 0
   */
  public record Example(String fingerprint, Features features, int label) {}

  /**
   * @param label the likeliest answer
   * @param probability what the model takes for its probability
   */
  public record Guess(int label, float probability) {}

  private final int labels;
  private final int dense;

  /** The places of words that have weights, ascending. */
  private final int[] places;

  /** By label: the embedding's, the words', and one that is always there. */
  private final float[] weights;

  private final int[] columnOf = new int[Features.BUCKETS];

  private SmallModel(int labels, int dense, int[] places, float[] weights) {
    this.labels = labels;
    this.dense = dense;
    this.places = places;
    this.weights = weights;
    Arrays.fill(columnOf, -1);
    for (int i = 0; i < places.length; i++) {
      columnOf[places[i]] = dense + i;
    }
  }

  /**
   * Learns from examples; their order does not matter.
   *
   * @param labels how many answers there are, 1 or more
   */
  public static SmallModel fit(List<Example> examples, int labels) {
    List<Example> sorted =
        examples.stream().sorted(Comparator.comparing(Example::fingerprint)).toList();
    int dense = sorted.stream().mapToInt(each -> each.features().dense.length).max().orElse(0);
    int[] seen = new int[Features.BUCKETS];
    for (Example example : sorted) {
      for (int place : example.features().places) {
        seen[place]++;
      }
    }
    int[] places = new int[(int) Arrays.stream(seen).filter(count -> count > 1).count()];
    for (int place = 0, at = 0; place < seen.length; place++) {
      if (seen[place] > 1) {
        places[at++] = place;
      }
    }
    SmallModel empty =
        new SmallModel(labels, dense, places, new float[labels * (dense + places.length + 1)]);
    double[] weights = new double[empty.weights.length];
    List<Row> rows = sorted.stream().map(empty::row).toList();
    Minimizer.minimise(
        (point, gradient) -> empty.loss(rows, point, gradient), weights, ITERATIONS, TOLERANCE);
    float[] kept = new float[weights.length];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = (float) weights[i];
    }
    return new SmallModel(labels, dense, places, kept);
  }

  /** An example with the places of its weights, looked up once for all iterations. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Row(int[] columns, float[] values, int label) {}

  private Row row(Example example) {
    Features features = example.features();
    int[] columns = new int[features.dense.length + features.places.length];
    float[] values = new float[columns.length];
    int count = features.dense.length;
    for (int i = 0; i < count; i++) {
      columns[i] = i;
      values[i] = features.dense[i];
    }
    for (int i = 0; i < features.places.length; i++) {
      int column = columnOf[features.places[i]];
      if (column >= 0) {
        columns[count] = column;
        values[count++] = features.values[i];
      }
    }
    return new Row(Arrays.copyOf(columns, count), Arrays.copyOf(values, count), example.label());
  }

  private double loss(List<Row> rows, double[] point, double[] gradient) {
    Arrays.fill(gradient, 0);
    double[] scores = new double[labels];
    int width = weights.length / labels;
    double loss = 0;
    for (Row row : rows) {
      score(row, point, width, scores);
      double most = Double.NEGATIVE_INFINITY;
      for (double score : scores) {
        most = Math.max(most, score);
      }
      double sum = 0;
      for (double score : scores) {
        sum += Math.exp(score - most);
      }
      loss += Math.log(sum) + most - scores[row.label];
      for (int label = 0; label < labels; label++) {
        scores[label] = Math.exp(scores[label] - most) / sum - (label == row.label ? 1 : 0);
      }
      add(row, scores, gradient, width);
    }
    for (int i = 0; i < point.length; i++) {
      boolean isBias = (i + 1) % width == 0;
      if (!isBias) {
        loss += PRIOR / 2 * point[i] * point[i];
        gradient[i] += PRIOR * point[i];
      }
    }
    return loss;
  }

  /** Four labels at a time: their sums do not wait for each other, and each keeps its order. */
  private void score(Row row, double[] point, int width, double[] scores) {
    int[] columns = row.columns;
    float[] values = row.values;
    int label = 0;
    for (; label + 4 <= labels; label += 4) {
      int a = label * width;
      int b = a + width;
      int c = b + width;
      int d = c + width;
      double ofA = point[b - 1];
      double ofB = point[c - 1];
      double ofC = point[d - 1];
      double ofD = point[d + width - 1];
      for (int i = 0; i < columns.length; i++) {
        int column = columns[i];
        double value = values[i];
        ofA += value * point[a + column];
        ofB += value * point[b + column];
        ofC += value * point[c + column];
        ofD += value * point[d + column];
      }
      scores[label] = ofA;
      scores[label + 1] = ofB;
      scores[label + 2] = ofC;
      scores[label + 3] = ofD;
    }
    for (; label < labels; label++) {
      int from = label * width;
      double score = point[from + width - 1];
      for (int i = 0; i < columns.length; i++) {
        score += values[i] * point[from + columns[i]];
      }
      scores[label] = score;
    }
  }

  private void add(Row row, double[] times, double[] gradient, int width) {
    int[] columns = row.columns;
    float[] values = row.values;
    int label = 0;
    for (; label + 4 <= labels; label += 4) {
      int a = label * width;
      int b = a + width;
      int c = b + width;
      int d = c + width;
      double ofA = times[label];
      double ofB = times[label + 1];
      double ofC = times[label + 2];
      double ofD = times[label + 3];
      for (int i = 0; i < columns.length; i++) {
        int column = columns[i];
        double value = values[i];
        gradient[a + column] += ofA * value;
        gradient[b + column] += ofB * value;
        gradient[c + column] += ofC * value;
        gradient[d + column] += ofD * value;
      }
    }
    for (; label < labels; label++) {
      int from = label * width;
      for (int i = 0; i < columns.length; i++) {
        gradient[from + columns[i]] += times[label] * values[i];
      }
    }
    for (int each = 0; each < labels; each++) {
      gradient[each * width + width - 1] += times[each];
    }
  }

  /** The likeliest answer; the first of equals. */
  public Guess guess(Features features) {
    int width = weights.length / labels;
    double[] scores = new double[labels];
    int best = 0;
    for (int label = 0; label < labels; label++) {
      int from = label * width;
      double score = weights[from + width - 1];
      for (int i = 0; i < Math.min(dense, features.dense.length); i++) {
        score += (double) features.dense[i] * weights[from + i];
      }
      for (int i = 0; i < features.places.length; i++) {
        int column = columnOf[features.places[i]];
        if (column >= 0) {
          score += (double) features.values[i] * weights[from + column];
        }
      }
      scores[label] = score;
      best = score > scores[best] ? label : best;
    }
    double sum = 0;
    for (double score : scores) {
      sum += Math.exp(score - scores[best]);
    }
    return new Guess(best, (float) (1 / sum));
  }

  /** As text, to be kept. */
  public String encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes))) {
      out.writeInt(labels);
      out.writeInt(dense);
      out.writeInt(places.length);
      for (int place : places) {
        out.writeShort(place);
      }
      for (float weight : weights) {
        out.writeFloat(weight);
      }
    } catch (IOException e) {
      throw new IllegalStateException("A model can be written to memory", e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /**
   * @throws IllegalArgumentException if the text is not that of a model
   */
  public static SmallModel decode(String text) {
    try (DataInputStream in =
        new DataInputStream(
            new InflaterInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(text))))) {
      int labels = in.readInt();
      int dense = in.readInt();
      int[] places = new int[in.readInt()];
      for (int i = 0; i < places.length; i++) {
        places[i] = in.readUnsignedShort();
      }
      float[] weights = new float[Math.multiplyExact(labels, dense + places.length + 1)];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = in.readFloat();
      }
      return new SmallModel(labels, dense, places, weights);
    } catch (IOException
        | ArithmeticException
        | NegativeArraySizeException
        | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("Not a small model: " + e.getMessage(), e);
    }
  }
}
