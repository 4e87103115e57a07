package io.sluice.internal.quota;

/**
 * What was charged lately, so that no stretch of time of one length, wherever it begins, holds more
 * than the limit: some providers count in windows, fixed or sliding, and there a bucket that was
 * full at first would pass the limit once. Charges close together share an entry, so that an
 * account takes some 20 kB at most. Pure arithmetic over given times. Not thread-safe.
 */
final class Window {
  private static final int GRAINS = 1_200;

  private final long length;
  private final long grain;
  private double most = Double.POSITIVE_INFINITY;
  private double sum;
  private long[] times = new long[16];
  private double[] amounts = new double[16];
  private int head;
  private int size;

  /**
   * @param late by how much requests can arrive later than those before them
   */
  Window(long nanos, long late) {
    this.length = nanos + late;
    this.grain = nanos / GRAINS;
  }

  void configure(double most) {
    this.most = most;
  }

  void charge(double amount, long now) {
    if (most == Double.POSITIVE_INFINITY) {
      return;
    }
    expire(now);
    sum += amount;
    int last = index(size - 1);
    if (size > 0 && times[last] / grain == now / grain) {
      // The later time: an entry leaves when all of it is old enough.
      times[last] = now;
      amounts[last] += amount;
      return;
    }
    if (size == times.length) {
      grow();
    }
    int next = index(size++);
    times[next] = now;
    amounts[next] = amount;
  }

  /** Changes what was charged at an earlier time, if that is still in the window. */
  void correct(double difference, long chargedAt) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (times[index(middle)] < chargedAt) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low < size && times[head] / grain <= chargedAt / grain) {
      amounts[index(low)] += difference;
      sum += difference;
    }
  }

  /** Nanoseconds until an amount fits; an amount above the limit waits for an empty window. */
  double nanosUntil(double amount, long now) {
    if (sum + amount <= most) {
      return 0;
    }
    expire(now);
    double left = sum;
    long until = now;
    for (int i = 0; i < size && left > 1e-6 && left + amount > most; i++) {
      left -= amounts[index(i)];
      until = times[index(i)] + length;
    }
    return Math.max(0, until - now);
  }

  private void expire(long now) {
    while (size > 0 && times[head] <= now - length) {
      sum -= amounts[head];
      head = (head + 1) % times.length;
      size--;
    }
    if (size == 0) {
      // Floating-point sums do not drift for longer than a job keeps the window filled.
      sum = 0;
    }
  }

  private int index(int number) {
    return Math.floorMod(head + number, times.length);
  }

  private void grow() {
    long[] moreTimes = new long[2 * size];
    double[] moreAmounts = new double[2 * size];
    for (int i = 0; i < size; i++) {
      moreTimes[i] = times[index(i)];
      moreAmounts[i] = amounts[index(i)];
    }
    times = moreTimes;
    amounts = moreAmounts;
    head = 0;
  }
}
