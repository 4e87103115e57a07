package io.sluice.internal.cascade.learning;

import java.util.Map;
import java.util.TreeMap;

/**
 * What the small model sees of a text: an embedding of its meaning, and its words and pairs of
 * neighbouring words, hashed with a sign into {@value #BUCKETS} places (Weinberger et al., Feature
 * Hashing for Large Scale Multitask Learning, 2009). Both parts are of length one. Immutable.
 */
public final class Features {
  /** Places that words are hashed to. */
  public static final int BUCKETS = 1 << 15;

  /** Words of a longer text say nothing new of its topic. */
  private static final int MOST_CHARS = 20_000;

  final float[] dense;
  final int[] places;
  final float[] values;

  private Features(float[] dense, int[] places, float[] values) {
    this.dense = dense;
    this.places = places;
    this.values = values;
  }

  /**
   * @param vector the text's embedding, of any length; empty where there is none
   */
  public static Features of(float[] vector, String text) {
    Map<Integer, Float> counts = new TreeMap<>();
    int before = 0;
    int word = 0;
    boolean within = false;
    int length = Math.min(text.length(), MOST_CHARS);
    for (int i = 0; i <= length; i++) {
      char c = i < length ? text.charAt(i) : ' ';
      if (Character.isLetterOrDigit(c)) {
        word = 31 * word + Character.toLowerCase(c);
        within = true;
      } else if (within) {
        add(counts, mix(word));
        if (before != 0) {
          add(counts, mix(31 * before + word + 0x5bd1e995));
        }
        before = word;
        word = 0;
        within = false;
      }
    }
    int[] places = new int[counts.size()];
    float[] values = new float[counts.size()];
    double squares = 0;
    int at = 0;
    for (Map.Entry<Integer, Float> each : counts.entrySet()) {
      double count = each.getValue();
      places[at] = each.getKey();
      values[at] = (float) (Math.signum(count) * Math.sqrt(Math.abs(count)));
      squares += Math.abs(count);
      at++;
    }
    float scale = squares == 0 ? 0 : (float) (1 / Math.sqrt(squares));
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return new Features(vector.clone(), places, values);
  }

  private static void add(Map<Integer, Float> counts, int hash) {
    counts.merge(hash & BUCKETS - 1, hash < 0 ? -1f : 1f, Float::sum);
  }

  /** MurmurHash3's last step: every bit of the sum changes every bit of the place. */
  private static int mix(int sum) {
    int hash = sum;
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    return hash ^ hash >>> 16;
  }

  /** The memory that it takes, about. */
  public long bytes() {
    return 100L + 4L * dense.length + 8L * places.length;
  }
}
