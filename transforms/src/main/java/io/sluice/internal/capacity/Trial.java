package io.sluice.internal.capacity;

/**
 * Something was changed: do fewer calls fail since? Not thread-safe.
 *
 * <p>Two explanations are weighed against each other after every call, as in Wald's sequential test
 * (A. Wald, Sequential tests of statistical hypotheses, 1945): that as many fail as before, and
 * that hardly any does, a fiftieth or a tenth of it. How many failed before is known from a few
 * calls only, so each explanation is averaged over the shares that may have been; that keeps a
 * small sample from deciding for the wrong reason. It is decided at 99 to 1.
 */
final class Trial {
  enum Verdict {
    OPEN,
    HELPS,
    NO_HELP
  }

  private static final double SURE = Math.log(99);
  private static final int SHARES = 32;
  private static final double LEAST_SHARE = 0.015;
  private static final double MOST_SHARE = 0.995;
  private static final double HARDLY = 0.002;
  private static final double[] RESTS = {0.02, 0.1};
  private static final int LEAST = 6;
  private static final int MOST = 400;

  private final double[] shares = new double[SHARES];
  private final double[] same = new double[SHARES];
  private final double[][] less = new double[SHARES][RESTS.length];
  private int calls;
  private int failed;

  /**
   * @param calls that were looked at before the change
   * @param failed of them
   */
  Trial(int calls, int failed) {
    double step = Math.log(MOST_SHARE / LEAST_SHARE) / (SHARES - 1);
    for (int i = 0; i < SHARES; i++) {
      double share = LEAST_SHARE * Math.exp(step * i);
      shares[i] = share;
      same[i] = failed * Math.log(share) + (calls - failed) * Math.log1p(-share);
      for (int j = 0; j < RESTS.length; j++) {
        less[i][j] = same[i] - Math.log(RESTS.length);
      }
    }
  }

  /** The share before the change, as far as is known. */
  double before() {
    double highest = highest();
    double sum = 0;
    double weights = 0;
    for (int i = 0; i < SHARES; i++) {
      double weight = Math.exp(same[i] - highest);
      sum += weight * shares[i];
      weights += weight;
    }
    return sum / weights;
  }

  Verdict add(boolean fails) {
    calls++;
    failed += fails ? 1 : 0;
    for (int i = 0; i < SHARES; i++) {
      same[i] += likelihood(shares[i], fails);
      for (int j = 0; j < RESTS.length; j++) {
        less[i][j] += likelihood(Math.max(HARDLY, RESTS[j] * shares[i]), fails);
      }
    }
    double odds = odds();
    if (calls < LEAST || (Math.abs(odds) < SURE && calls < MOST)) {
      return Verdict.OPEN;
    }
    return odds > 0 ? Verdict.NO_HELP : Verdict.HELPS;
  }

  private static double likelihood(double share, boolean fails) {
    return fails ? Math.log(share) : Math.log1p(-share);
  }

  /** The logarithm of how much likelier it is that nothing has changed. */
  private double odds() {
    double highest = highest();
    double nothing = 0;
    double something = 0;
    for (int i = 0; i < SHARES; i++) {
      nothing += Math.exp(same[i] - highest);
      for (double each : less[i]) {
        something += Math.exp(each - highest);
      }
    }
    return Math.log(nothing) - Math.log(something);
  }

  private double highest() {
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < SHARES; i++) {
      highest = Math.max(highest, same[i]);
      for (double each : less[i]) {
        highest = Math.max(highest, each);
      }
    }
    return highest;
  }

  int calls() {
    return calls;
  }

  /** That failed since the change. */
  double share() {
    return (double) failed / calls;
  }

  /** What passed since the change, and what that few calls may hide: less is found in steps. */
  double passesAtMost() {
    return Math.min(1, 1 - share() + Math.sqrt(share() * (1 - share()) / calls));
  }
}
