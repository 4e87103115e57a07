package io.sluice.internal.capacity;

/**
 * Whether what was concluded is doubtful: it goes on getting worse, as it does where it is chance
 * after all. Each time that it turns out to be right, more is needed. Not thread-safe.
 */
final class Doubt {
  private static final int FIRST = 3;
  private static final int MOST = 24;

  private int worse;
  private int enough = FIRST;

  /**
   * @param gotWorse than the last time
   * @return whether it should be let loose, to see
   */
  boolean arises(boolean gotWorse) {
    worse = gotWorse ? worse + 1 : 0;
    if (worse < enough) {
      return false;
    }
    enough = Math.min(MOST, 2 * enough);
    worse = 0;
    return true;
  }
}
