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
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

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
    return Objects.requireNonNull(fit(examples, labels, () -> false), "it was not given up");
  }

  /**
   * As above, as long as it is wanted.
   *
   * @param isOff asked before each iteration: whether to give up
   * @return null where it was given up
   */
  public static @Nullable SmallModel fit(
      List<Example> examples, int labels, BooleanSupplier isOff) {
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
    List<Loss.Row> rows = sorted.stream().map(empty::row).toList();
    Loss loss = new Loss(rows, labels, dense + places.length + 1, PRIOR);
    if (!Minimizer.minimise(loss, weights, ITERATIONS, TOLERANCE, isOff)) {
      return null;
    }
    float[] kept = new float[weights.length];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = (float) weights[i];
    }
    return new SmallModel(labels, dense, places, kept);
  }

  /** An example with the places of its weights, looked up once for all iterations. */
  private Loss.Row row(Example example) {
    Features features = example.features();
    double[] vector = new double[features.dense.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = features.dense[i];
    }
    int[] columns = new int[features.places.length];
    float[] values = new float[columns.length];
    int count = 0;
    for (int i = 0; i < features.places.length; i++) {
      int column = columnOf[features.places[i]];
      if (column >= 0) {
        columns[count] = column;
        values[count++] = features.values[i];
      }
    }
    return new Loss.Row(
        vector, Arrays.copyOf(columns, count), Arrays.copyOf(values, count), example.label());
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
