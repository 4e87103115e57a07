package io.sluice.quota;

/**
 * A continuously refilling bucket: pure arithmetic over given times. Not thread-safe.
 *
 * <p>Besides its own level it keeps the provider's: the amount that a header said was left, when
 * that request was sent, and what was charged since. A provider's bucket refills while ours does,
 * so its level now is what it said, plus the refill, less what was charged since. The lower of the
 * two levels counts. That is right whether or not a provider gives back what an answer did not use,
 * and when another program spends from the same account.
 */
final class Bucket {
  private double ratePerNano;
  private double capacity;
  private double level;
  private double charged;

  private long anchorSequence = -1;
  private long anchorTime;
  private double anchorRemaining;
  private double anchorCharged;

  void configure(double ratePerNano, double capacity) {
    this.ratePerNano = ratePerNano;
    this.capacity = capacity;
    level = Math.min(level, capacity);
  }

  void fill() {
    level = capacity;
  }

  void empty() {
    level = Math.min(level, 0);
    anchorSequence = -1;
  }

  void setLevel(double value) {
    level = Math.min(value, capacity);
  }

  double level() {
    return level;
  }

  double charged() {
    return charged;
  }

  void advance(long nanos) {
    level = Math.min(capacity, level + nanos * ratePerNano);
  }

  /** Nanoseconds until an amount may be taken; an amount above the capacity waits for it full. */
  double nanosUntil(double amount, long now) {
    double needed = Math.min(amount, capacity);
    // A millionth of slack: sums of floating-point refills must not cost another wait.
    double own = needed - level - needed * 1e-6;
    double wait = own <= 0 ? 0 : own / ratePerNano;
    if (anchorSequence >= 0) {
      double missing = needed - needed * 1e-6 - provider(now);
      if (missing > 0) {
        wait = Math.max(wait, missing / ratePerNano);
      }
    }
    return wait;
  }

  private double provider(long now) {
    return anchorRemaining
        + Math.max(0, now - anchorTime) * ratePerNano
        - (charged - anchorCharged);
  }

  void take(double amount) {
    level -= amount;
    charged += amount;
  }

  /** Gives back, or takes more, once what was really used is known. */
  void correct(double difference) {
    level = Math.min(capacity, level - difference);
  }

  /**
   * @param sequence of the request whose answer said so: only the newest counts
   * @param chargedAfter what this bucket had been charged when that request was sent, it included
   */
  void anchor(long sequence, long sentAt, double chargedAfter, double remaining) {
    if (sequence > anchorSequence) {
      anchorSequence = sequence;
      anchorTime = sentAt;
      anchorCharged = chargedAfter;
      anchorRemaining = remaining;
    }
  }
}
