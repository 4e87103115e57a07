package io.sluice.internal.quota;

import java.util.ArrayDeque;

/** Ways in which providers count, as arithmetic over given times; each admits a request or not. */
public final class ProviderModel {
  /** How one quantity is limited. */
  public interface Counter {
    boolean admits(double amount, long now);

    void charge(double amount, long now);

    /** Gives back what was charged and not used. */
    void refund(double amount, long now);

    /** What a header says is left. */
    double remaining(long now);

    /** Nanoseconds until the amount is admitted, at the earliest. */
    long nanosUntil(double amount, long now);
  }

  /** A bucket that refills continuously; a request larger than it is let in when it is full. */
  public static final class Bucket implements Counter {
    private final double capacity;
    private final double perNano;
    private double level;
    private long at;

    public Bucket(double perMinute, double seconds) {
      this.capacity = Math.max(1, perMinute / 60 * seconds);
      this.perNano = perMinute / 60e9;
      this.level = capacity;
    }

    private void advance(long now) {
      level = Math.min(capacity, level + Math.max(0, now - at) * perNano);
      at = Math.max(at, now);
    }

    @Override
    public boolean admits(double amount, long now) {
      advance(now);
      return level >= Math.min(amount, capacity);
    }

    @Override
    public void charge(double amount, long now) {
      advance(now);
      level -= amount;
    }

    @Override
    public void refund(double amount, long now) {
      advance(now);
      level = Math.min(capacity, level + amount);
    }

    @Override
    public double remaining(long now) {
      advance(now);
      return Math.max(0, level);
    }

    @Override
    public long nanosUntil(double amount, long now) {
      advance(now);
      return (long) Math.ceil(Math.max(0, Math.min(amount, capacity) - level) / perNano);
    }
  }

  /** So much in every window that begins at a multiple of its length. */
  public static final class FixedWindow implements Counter {
    private final double most;
    private final long length;
    private long window = -1;
    private double used;

    public FixedWindow(double perMinute, double seconds) {
      this.most = Math.max(1, perMinute / 60 * seconds);
      this.length = (long) (seconds * 1e9);
    }

    private void advance(long now) {
      if (now / length > window) {
        window = now / length;
        used = 0;
      }
    }

    @Override
    public boolean admits(double amount, long now) {
      advance(now);
      return used + Math.min(amount, most) <= most;
    }

    @Override
    public void charge(double amount, long now) {
      used += amount;
    }

    @Override
    public void refund(double amount, long now) {
      advance(now);
      used = Math.max(0, used - amount);
    }

    @Override
    public double remaining(long now) {
      advance(now);
      return Math.max(0, most - used);
    }

    @Override
    public long nanosUntil(double amount, long now) {
      return admits(amount, now) ? 0 : (window + 1) * length - now;
    }
  }

  /** So much in any stretch of time of one length. */
  public static final class SlidingWindow implements Counter {
    private record Charged(long at, double amount) {}

    private final double most;
    private final long length;
    private final ArrayDeque<Charged> charged = new ArrayDeque<>();
    private double used;

    public SlidingWindow(double perMinute, double seconds) {
      this.most = Math.max(1, perMinute / 60 * seconds);
      this.length = (long) (seconds * 1e9);
    }

    private void advance(long now) {
      for (Charged old = charged.peek();
          old != null && old.at() <= now - length;
          old = charged.peek()) {
        used -= old.amount();
        charged.remove();
      }
    }

    @Override
    public boolean admits(double amount, long now) {
      advance(now);
      return used + Math.min(amount, most) <= most + 1e-6;
    }

    @Override
    public void charge(double amount, long now) {
      charged.add(new Charged(now, amount));
      used += amount;
    }

    @Override
    public void refund(double amount, long now) {
      charge(-amount, now);
    }

    @Override
    public double remaining(long now) {
      advance(now);
      return Math.max(0, most - used);
    }

    @Override
    public long nanosUntil(double amount, long now) {
      advance(now);
      double missing = used + Math.min(amount, most) - most;
      for (Charged old : charged) {
        if (missing <= 1e-6) {
          break;
        }
        missing -= old.amount();
        if (missing <= 1e-6) {
          return old.at() + length - now;
        }
      }
      return 0;
    }
  }

  /** What of a request's tokens is counted. */
  public enum Tokens {
    /** What it reserves; what it does not use is not given back. */
    RESERVED,
    /** What it reserves, corrected when it ends. */
    SETTLED,
    /** What it will have used. */
    USED
  }

  private ProviderModel() {}
}
