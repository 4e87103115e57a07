package io.sluice.cost;

import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cap in USD that calls running side by side cannot pass. Before a call its worst case is
 * reserved; afterwards the reservation is closed, once, in one of three ways:
 *
 * <ul>
 *   <li>{@link #settle}: the provider said what it billed, and the rest is free again;
 *   <li>{@link #hold}: nobody knows (time-out, lost connection), so the whole reservation stays
 *       taken and is reported apart as abandoned;
 *   <li>{@link #release}: the call was certainly not billed.
 * </ul>
 *
 * <p>At every moment {@code spent + abandoned + reserved <= limit}. Only what no reservation can
 * prevent breaks it: a provider that bills more than the worst case, by {@link Totals#overrun()},
 * and a limit set below what had been spent or sent before. Either leaves nothing remaining.
 *
 * <p>A budget may be a part of another, as that of one account within a job's: what is taken from
 * it is taken from both, and either can refuse.
 *
 * <p>Thread-safe. Sums are exact decimals.
 */
public final class Budget {

  /**
   * The books at one moment, in USD.
   *
   * @param spent billed by the provider, earlier runs of the job included
   * @param reserved worst cases of the calls in flight
   * @param abandoned worst cases of the calls whose bill is unknown: at most this was billed
   * @param overrun the part of {@code spent} that was billed beyond the worst cases
   * @param remaining free for further reservations, 0 or more
   */
  public record Totals(
      BigDecimal limit,
      BigDecimal spent,
      BigDecimal reserved,
      BigDecimal abandoned,
      BigDecimal overrun,
      BigDecimal remaining) {}

  /** A part of one budget, taken for one call. */
  public static final class Reservation {
    private final Budget owner;
    private final BigDecimal amount;
    private final @Nullable Reservation ofWhole;
    // Guarded by owner.
    private boolean closed;

    private Reservation(Budget owner, BigDecimal amount, @Nullable Reservation ofWhole) {
      this.owner = owner;
      this.amount = amount;
      this.ofWhole = ofWhole;
    }

    /** The budget that it was taken from. */
    public Budget budget() {
      return owner;
    }

    /** The worst case of the call, in USD. */
    public BigDecimal amount() {
      return amount;
    }
  }

  private final @Nullable Budget whole;
  private final BigDecimal limit;
  private BigDecimal spent;
  private BigDecimal abandoned;
  private BigDecimal reserved = BigDecimal.ZERO;
  private BigDecimal overrun = BigDecimal.ZERO;

  /** As {@link #Budget(BigDecimal, BigDecimal, BigDecimal)}, with nothing abandoned before. */
  public Budget(BigDecimal limit, BigDecimal alreadySpent) {
    this(limit, alreadySpent, BigDecimal.ZERO);
  }

  /**
   * @param limit the cap in USD for the job as a whole, 0 or more
   * @param alreadySpent USD billed in earlier runs of the job
   * @param alreadyAbandoned USD that earlier runs may have been billed without learning it
   * @throws IllegalArgumentException if one of them is negative
   */
  public Budget(BigDecimal limit, BigDecimal alreadySpent, BigDecimal alreadyAbandoned) {
    this(null, limit, alreadySpent, alreadyAbandoned);
  }

  private Budget(
      @Nullable Budget whole,
      BigDecimal limit,
      BigDecimal alreadySpent,
      BigDecimal alreadyAbandoned) {
    this.whole = whole;
    this.limit = checked("The limit of a budget", limit);
    this.spent = checked("What a budget has spent already", alreadySpent);
    this.abandoned = checked("What a budget has abandoned already", alreadyAbandoned);
  }

  /**
   * A part of this budget with a limit of its own.
   *
   * @param limit the cap in USD of the part, 0 or more; it may be above what is left of the whole
   * @param alreadySpent USD billed before to the part; the whole has it among its own
   */
  public Budget part(BigDecimal limit, BigDecimal alreadySpent) {
    return new Budget(this, limit, alreadySpent, BigDecimal.ZERO);
  }

  /**
   * Takes the worst case of a call, or nothing and returns empty if the budget no longer holds it.
   * A call that costs nothing is always granted.
   *
   * @param worst USD, 0 or more
   */
  public synchronized Optional<Reservation> tryReserve(BigDecimal worst) {
    BigDecimal amount = checked("A reservation", worst);
    if (amount.signum() > 0 && amount.compareTo(left()) > 0) {
      return Optional.empty();
    }
    Reservation ofWhole = null;
    if (whole != null) {
      ofWhole = whole.tryReserve(worst).orElse(null);
      if (ofWhole == null) {
        return Optional.empty();
      }
    }
    reserved = reserved.add(amount);
    return Optional.of(new Reservation(this, amount, ofWhole));
  }

  /**
   * Whether a worst case will never be granted again by this budget itself, whatever comes of the
   * calls in flight: what was billed leaves too little.
   *
   * @param worst USD, 0 or more
   */
  public synchronized boolean refusesForGood(BigDecimal worst) {
    return worst.signum() > 0 && worst.compareTo(limit.subtract(spent).subtract(abandoned)) > 0;
  }

  /**
   * Takes the worst case of a call that an earlier run has sent and that is still at work, whatever
   * is left.
   *
   * @param worst USD, 0 or more
   */
  public synchronized Reservation adopt(BigDecimal worst) {
    BigDecimal amount = checked("A reservation", worst);
    reserved = reserved.add(amount);
    return new Reservation(this, amount, whole == null ? null : whole.adopt(worst));
  }

  /**
   * The call was billed {@code actual} USD. More than was reserved is recorded in full and reported
   * as overrun.
   */
  public synchronized void settle(Reservation reservation, BigDecimal actual) {
    BigDecimal billed = checked("A bill", actual);
    close(reservation);
    spent = spent.add(billed);
    overrun = overrun.add(billed.subtract(reservation.amount).max(BigDecimal.ZERO));
    if (whole != null && reservation.ofWhole != null) {
      whole.settle(reservation.ofWhole, actual);
    }
  }

  /** Whether the call was billed is unknown: its worst case stays taken. */
  public synchronized void hold(Reservation reservation) {
    close(reservation);
    abandoned = abandoned.add(reservation.amount);
    if (whole != null && reservation.ofWhole != null) {
      whole.hold(reservation.ofWhole);
    }
  }

  /** The call was not billed: its worst case is free again. */
  public synchronized void release(Reservation reservation) {
    close(reservation);
    if (whole != null && reservation.ofWhole != null) {
      whole.release(reservation.ofWhole);
    }
  }

  /** All the books at the same moment; reading them one by one mixes several. */
  public synchronized Totals totals() {
    return new Totals(
        Price.plain(limit),
        Price.plain(spent),
        Price.plain(reserved),
        Price.plain(abandoned),
        Price.plain(overrun),
        Price.plain(left().max(BigDecimal.ZERO)));
  }

  public BigDecimal limit() {
    return totals().limit();
  }

  public BigDecimal spent() {
    return totals().spent();
  }

  public BigDecimal reserved() {
    return totals().reserved();
  }

  public BigDecimal abandoned() {
    return totals().abandoned();
  }

  public BigDecimal overrun() {
    return totals().overrun();
  }

  public BigDecimal remaining() {
    return totals().remaining();
  }

  /** Negative after an overrun or if more than the limit had been spent before. */
  private BigDecimal left() {
    return limit.subtract(spent).subtract(abandoned).subtract(reserved);
  }

  private void close(Reservation reservation) {
    if (reservation.owner != this) {
      throw new IllegalArgumentException(
          "A reservation of "
              + reservation.amount.toPlainString()
              + " USD belongs to another budget: close it there");
    }
    if (reservation.closed) {
      throw new IllegalStateException(
          "A reservation of "
              + reservation.amount.toPlainString()
              + " USD is closed already: settle, hold or release each one once");
    }
    reservation.closed = true;
    reserved = reserved.subtract(reservation.amount);
  }

  private static BigDecimal checked(String what, BigDecimal usd) {
    if (usd.signum() < 0) {
      throw new IllegalArgumentException(
          what + " must be 0 or more USD, but is " + usd.toPlainString());
    }
    return usd;
  }
}
