package io.sluice.pipeline.report;

import java.util.ArrayList;
import java.util.List;

/** Counts values by size, in steps that grow with it: six to a factor of ten. Not thread-safe. */
final class LogHistogram {
  private static final double[] STEPS = {1, 1.5, 2, 3, 5, 7};
  private static final int DECADES = 10;

  /**
   * @param from the smallest value that is counted here
   */
  record Bucket(long from, long count) {}

  private final long[] counts = new long[DECADES * STEPS.length + 1];
  private long total;

  /** Counts a value of 0 or more. */
  void add(long value) {
    int bucket = 0;
    while (bucket + 1 < counts.length && from(bucket + 1) <= value) {
      bucket++;
    }
    counts[bucket]++;
    total++;
  }

  private static long from(int bucket) {
    if (bucket == 0) {
      return 0;
    }
    double decade = Math.pow(10, (bucket - 1) / STEPS.length);
    return (long) Math.ceil(decade * STEPS[(bucket - 1) % STEPS.length]);
  }

  /** From the first bucket with a value in it to the last; those that hold no whole number go. */
  List<Bucket> buckets() {
    int first = 0;
    int last = counts.length - 1;
    while (first < last && counts[first] == 0) {
      first++;
    }
    while (last > first && counts[last] == 0) {
      last--;
    }
    List<Bucket> buckets = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      if (counts[i] > 0 || i + 1 == counts.length || from(i + 1) > from(i)) {
        buckets.add(new Bucket(from(i), counts[i]));
      }
    }
    return buckets;
  }

  long total() {
    return total;
  }
}
