package io.sluice.internal.quota;

/** A continuously refilling bucket: pure arithmetic over given times. Not thread-safe. */
final class Bucket {
  private double ratePerNano;
  private double capacity;
  private double level;

  void configure(double ratePerNano, double capacity) {
    this.ratePerNano = ratePerNano;
    this.capacity = capacity;
    level = Math.min(level, capacity);
  }

  void fill() {
    level = capacity;
  }

  void setLevel(double value) {
    level = Math.min(value, capacity);
  }

  double level() {
    return level;
  }

  void advance(long nanos) {
    level = Math.min(capacity, level + nanos * ratePerNano);
  }

  /** Nanoseconds until an amount may be taken; an amount above the capacity waits for it full. */
  double nanosUntil(double amount) {
    double needed = Math.min(amount, capacity);
    // A millionth of slack: sums of floating-point refills must not cost another wait.
    double missing = needed - level - needed * 1e-6;
    return missing <= 0 ? 0 : missing / ratePerNano;
  }

  void take(double amount) {
    level -= amount;
  }

  /** Gives back, or with a negative amount takes more, once what was really used is known. */
  void giveBack(double amount) {
    level = Math.min(capacity, level + amount);
  }
}
