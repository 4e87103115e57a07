package io.sluice.internal.cascade;

/**
 * How many unseen rows are wrong at most, by audits that never end. Immutable.
 *
 * <p>Whether a row is audited is a coin of its own: its fingerprint's {@link Draw} is below {@code
 * q} or not, whatever the row says, comes after, and was found before. So among wrong rows, in the
 * order in which they come, audits are independent coins of probability {@code q}: after {@code W}
 * wrong rows the number {@code k} of those that were found has {@code E[exp(-s k)] = (1 - q (1 -
 * exp(-s)))^W} for any {@code s > 0}. Therefore
 *
 * <pre>  M(W, k) = average over s of exp(-s k) / (1 - q (1 - exp(-s)))^W</pre>
 *
 * is a martingale that begins with 1, and by Ville's inequality it never comes to {@code 1 / delta}
 * with a probability of at least {@code 1 - delta}: at all times at once, {@code W} is below the
 * number at which it would. Nothing is assumed of the rows: they may be sorted, and what is served
 * may depend on all that audits have found before. Robbins, Statistical Methods Related to the Law
 * of the Iterated Logarithm, 1970, has the mixture; Waudby-Smith and Ramdas, Estimating Means of
 * Bounded Random Variables by Betting, 2024, have the same as a bet against the promise.
 */
public final class AuditBound {
  /** Small ones are sharp where much was found, large ones where little was. */
  private static final double[] BETS = {0.06, 0.12, 0.22, 0.4, 0.7, 1.2, 3};

  private final double share;

  /**
   * @param share of rows that are audited, above 0 to below 1
   */
  public AuditBound(double share) {
    this.share = share;
  }

  /**
   * Wrong rows at most, those that were found included.
   *
   * @param found wrong ones among the audited; a fraction where it is foreseen
   * @param delta how probable it may be that there are ever more
   */
  public double upper(double found, double delta) {
    double goal = -Math.log(delta);
    double low = found;
    double high = Math.max(1, found);
    while (evidence(high, found) < goal) {
      high *= 2;
    }
    for (int i = 0; i < 60 && high - low > 0.01; i++) {
      double middle = (low + high) / 2;
      if (evidence(middle, found) < goal) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  /** The martingale's logarithm. */
  private double evidence(double wrong, double found) {
    double most = Double.NEGATIVE_INFINITY;
    double[] logs = new double[BETS.length];
    for (int i = 0; i < BETS.length; i++) {
      logs[i] = -BETS[i] * found - wrong * Math.log1p(-share * -Math.expm1(-BETS[i]));
      most = Math.max(most, logs[i]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - most);
    }
    return most + Math.log(sum / BETS.length);
  }
}
