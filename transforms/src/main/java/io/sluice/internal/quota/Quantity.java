package io.sluice.internal.quota;

import java.util.EnumMap;
import java.util.Map;

/**
 * One limited quantity of an account, requests or tokens: pure arithmetic over given times. Not
 * thread-safe.
 *
 * <p>Three things bound it. A {@link Bucket} of our own keeps the rate; a {@link Window} keeps
 * every minute inside the limit; and the provider's own level, where headers tell it, is what was
 * left when a request was counted, plus the refill, less what was charged since. The last is right
 * also when another program spends from the same account.
 *
 * <p>How much a request takes depends on how the provider counts ({@link Counting}); there is a
 * bucket for each way. At first reservations are taken to be given back when a request ends. Where
 * there are headers, {@link CountingEvidence} finds the way that explains them. Without headers a
 * 429 tells, where there was room only because reservations had been given back: then they are
 * taken to be kept for a minute, and for twice as long each time that happens again.
 */
final class Quantity {
  private static final double NANOS_PER_MINUTE = 60e9;
  private static final double UNLIMITED = 1e15;
  private static final long FIRST_TRIAL_NANOS = 30_000_000_000L;
  private static final long LAST_TRIAL_NANOS = 600_000_000_000L;
  private static final long SOON_NANOS = 5_000_000_000L;
  private static final int ENOUGH = 5;
  private static final int MANY = 20;
  private static final double LEARNING = 0.02;

  /** Where less than this share of what is reserved stays unused, it is not worth asking for. */
  private static final double NEGLIGIBLE = 0.01;

  /** What is left for less time than this is scarce, in minutes. */
  private static final double SCARCE = 2 / 60.0;

  private static final double PLENTY = 10 / 60.0;

  /** So much must have been charged between two looks, in minutes, or so much time gone by. */
  private static final double LOOK_CHARGED = 0.3 / 60;

  private static final long LOOK_NANOS = 1_000_000_000L;

  /** What was left after a request, and what had been charged by then. */
  private record Anchor(long sequence, long at, double left, Mark mark) {}

  /**
   * What was charged when a request was sent, it included.
   *
   * @param taken what the request took of the bucket in use
   * @param reserved by all requests
   * @param net the same, less what was given back
   * @param count of requests
   * @param shortIfKept whether there was room only because reservations are given back
   * @param shortIfSettled whether there was room only because less than is reserved is taken
   * @param fullWindow the longest window not held to that it did not fit into; -1 for none
   */
  record Mark(
      double taken,
      double reserved,
      double net,
      long count,
      boolean shortIfKept,
      boolean shortIfSettled,
      int fullWindow,
      Counting way) {}

  private static final Anchor NONE =
      new Anchor(-1, 0, 0, new Mark(0, 0, 0, 0, false, false, -1, Counting.SETTLED));

  private final Map<Counting, Bucket> own = new EnumMap<>(Counting.class);
  private final Windows windows;
  private final CountingEvidence evidence = new CountingEvidence();
  private Counting way = Counting.SETTLED;
  private Bucket bucket = bucket(way);
  private double perMinute;
  private double atFirst;
  private double reserved;
  private double net;
  private long count;

  private boolean headers;
  private Anchor newest = NONE;
  private Anchor looked = NONE;
  private double mostLeft;

  private double unused;
  private double usual;
  private int settled;
  private long refusedAt;
  private long keptUntil;
  private long carefulUntil;
  private long trial = FIRST_TRIAL_NANOS;

  /**
   * @param slices whether a provider may count it in less than minutes
   */
  Quantity(boolean slices) {
    this.windows = new Windows(slices);
  }

  private Bucket bucket(Counting counting) {
    return own.computeIfAbsent(counting, key -> new Bucket());
  }

  /**
   * @param limit a minute, in force
   * @param rate the share of it that may be used now
   * @param burstNanos how much of it may be saved up
   * @param windowShare how much of it a minute may hold
   */
  void configure(double limit, double rate, double burstNanos, double windowShare) {
    perMinute = limit;
    double perNano = limit * rate / NANOS_PER_MINUTE;
    for (Counting counting : Counting.values()) {
      bucket(counting).configure(perNano, Math.max(1, perNano * burstNanos));
    }
    windows.configure(limit > UNLIMITED ? Double.POSITIVE_INFINITY : limit, windowShare);
  }

  void fill() {
    own.values().forEach(Bucket::fill);
    atFirst = level();
  }

  void setLevel(double level) {
    own.values().forEach(each -> each.setLevel(level));
  }

  double level() {
    return bucket.level();
  }

  void advance(long nanos) {
    own.values().forEach(each -> each.advance(nanos));
  }

  /** Nanoseconds until a request that reserves so much may be sent. */
  double nanosUntil(double amount, long now) {
    if (keptUntil > 0 && now >= keptUntil) {
      keptUntil = 0;
      use(Counting.SETTLED);
    }
    double taken = taken(amount);
    double wait = Math.max(bucket.nanosUntil(taken), windows.nanosUntil(taken, now));
    if (newest != NONE) {
      double missing = Math.min(taken, mostLeft) * (1 - 1e-6) - providersLevel(now);
      wait = Math.max(wait, missing / perMinute * NANOS_PER_MINUTE);
    }
    return wait;
  }

  private double providersLevel(long now) {
    double refill = Math.max(0, now - newest.at()) * perMinute / NANOS_PER_MINUTE;
    return newest.left() + refill - charged(newest.mark(), mark(0), way);
  }

  /** What was charged between two requests, by a way of counting. */
  private double charged(Mark from, Mark to, Counting counting) {
    return switch (counting) {
      case RESERVED -> to.reserved() - from.reserved();
      case SETTLED -> to.net() - from.net();
      case USED -> to.reserved() - from.reserved() - (to.count() - from.count()) * unused;
    };
  }

  private Mark mark(double taken) {
    return new Mark(taken, reserved, net, count, false, false, -1, way);
  }

  /** What a request takes of the bucket in use when it is sent. */
  private double taken(double amount) {
    return way == Counting.USED ? expected(amount) : amount;
  }

  private double expected(double amount) {
    return settled < ENOUGH ? amount : Math.max(amount / 100, amount - unused);
  }

  Mark take(double amount, long now) {
    double taken = taken(amount);
    boolean shortIfKept = bucket(Counting.RESERVED).nanosUntil(amount) > 0;
    boolean shortIfSettled = bucket(Counting.SETTLED).nanosUntil(amount) > 0;
    int fullWindow = windows.firstWithout(taken, now);
    bucket(Counting.RESERVED).take(amount);
    bucket(Counting.SETTLED).take(amount);
    bucket(Counting.USED).take(expected(amount));
    windows.charge(taken, now);
    reserved += amount;
    net += amount;
    count++;
    return new Mark(taken, reserved, net, count, shortIfKept, shortIfSettled, fullWindow, way);
  }

  /**
   * A request has ended.
   *
   * @param amount that it reserved
   */
  void settle(Mark mark, long sentAt, double amount, double used, long now) {
    double rest = amount - used;
    settled++;
    double weight = Math.max(LEARNING, 1.0 / settled);
    unused += weight * (rest - unused);
    usual += weight * (amount - usual);
    net -= rest;
    bucket(Counting.SETTLED).giveBack(rest);
    bucket(Counting.USED)
        .giveBack((mark.way() == Counting.USED ? mark.taken() : expected(amount)) - used);
    if (mark.way() != Counting.RESERVED) {
      windows.correct(used - mark.taken(), sentAt);
    }
    choose(now);
  }

  /** What can be said without headers. */
  private void choose(long now) {
    if (settled < ENOUGH) {
      return;
    }
    if (Math.abs(unused) < NEGLIGIBLE * usual) {
      use(Counting.RESERVED);
    } else if (way == Counting.RESERVED && keptUntil == 0) {
      use(Counting.SETTLED);
    } else if (settled >= MANY && !headers && way == Counting.SETTLED && now >= carefulUntil) {
      use(Counting.USED);
    }
  }

  private void use(Counting counting) {
    way = counting;
    bucket = bucket(counting);
  }

  /**
   * A header said what was left after a request. Only the newest request counts.
   *
   * @param sequence of the request
   */
  void observe(long sequence, long sentAt, Mark mark, double left) {
    if (sequence <= newest.sequence()) {
      return;
    }
    headers = true;
    newest = new Anchor(sequence, sentAt, left, mark);
    mostLeft = Math.max(mostLeft, left);
    if (looked == NONE) {
      looked = newest;
      return;
    }
    double charged = mark.reserved() - looked.mark().reserved();
    if (sentAt - looked.at() < LOOK_NANOS && charged < LOOK_CHARGED * perMinute) {
      return;
    }
    if (settled >= ENOUGH && Math.abs(unused) >= NEGLIGIBLE * usual) {
      Map<Counting, Double> each = new EnumMap<>(Counting.class);
      for (Counting counting : Counting.values()) {
        each.put(counting, charged(looked.mark(), mark, counting));
      }
      double refill = (sentAt - looked.at()) * perMinute / NANOS_PER_MINUTE;
      evidence.add(looked.left(), refill, each, mostLeft, left);
      decide(evidence.best(way, left < SCARCE * perMinute), left, sentAt);
    }
    looked = newest;
  }

  private void decide(Counting best, double left, long now) {
    if (best == Counting.RESERVED) {
      if (way != Counting.RESERVED) {
        keep(now);
      }
    } else if (now < carefulUntil) {
      use(Counting.SETTLED);
    } else {
      // With plenty left, reservations lack nowhere.
      use(left > PLENTY * perMinute ? Counting.USED : best);
    }
  }

  /** Takes reservations to be kept, for a time. */
  private void keep(long now) {
    use(Counting.RESERVED);
    evidence.forget();
    keptUntil = now + trial;
    trial = Math.min(2 * trial, LAST_TRIAL_NANOS);
  }

  /**
   * A 429: holds to a shorter window from now on, where the request did not fit into it. That costs
   * a hundredth where it was for another reason.
   *
   * @return whether that is new
   */
  boolean hold(Mark mark) {
    return windows.hold(mark.fullWindow());
  }

  /**
   * A 429 for the account's limit, and not for want of capacity: reservations that are kept for
   * nothing cost most of the quota.
   *
   * @return whether another way to count would have foreseen it: then that is used from now on
   */
  boolean recount(Mark mark, long now) {
    boolean soonAgain = refusedAt > 0 && now - refusedAt < SOON_NANOS;
    refusedAt = now;
    if (mark.shortIfSettled() && mark.way() == Counting.USED && way == Counting.USED) {
      use(Counting.SETTLED);
      evidence.forget();
      carefulUntil = now + trial;
      trial = Math.min(2 * trial, LAST_TRIAL_NANOS);
      return true;
    }
    if (soonAgain && mark.shortIfKept() && way != Counting.RESERVED) {
      keep(now);
      return true;
    }
    return false;
  }

  /** The first answer is there: until now the provider's bucket may have been full and idle. */
  void heard() {
    drain(Math.max(0, atFirst - reserved));
  }

  private void drain(double most) {
    own.values().forEach(each -> each.setLevel(Math.min(each.level(), most)));
  }

  /** As after a 429: there is nothing left, and what headers said before is void. */
  void empty() {
    drain(0);
    // Had it been in debt, the request would not have come to be refused.
    bucket(Counting.RESERVED).setLevel(0);
    newest = NONE;
    looked = NONE;
  }
}
