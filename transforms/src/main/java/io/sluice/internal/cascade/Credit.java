package io.sluice.internal.cascade;

/**
 * Which rows are counted among those of which a share may be wrong: each once. One that was counted
 * and has no answer comes again after a crash, when nobody knows it any more; so as many as there
 * were of those are not counted then, whichever they are. One that never gets an answer is no row
 * of the output's answers, and another one is not counted in its place. Guarded by its owner.
 */
final class Credit {
  /** How many rows to come are not counted. */
  private long owed;

  /** Rows that the task's model was asked about and has not answered. */
  private long unheard;

  /** What was owed in all when that was kept last. */
  private long kept;

  /** A row comes: 1 where it is counted, otherwise 0. */
  int count(Item<?> item) {
    // What was answered in an earlier run has been counted there.
    return item.isKnown ? 0 : countNew();
  }

  /** The same of a row whose answer may be known, where no earlier run has counted. */
  int countNew() {
    if (owed > 0) {
      owed--;
      return 0;
    }
    return 1;
  }

  void asked(Item<?> item) {
    unheard += item.isKnown ? 0 : 1;
  }

  void heard(Item<?> item) {
    if (!item.isKnown) {
      unheard--;
      owed += item.output == null ? 1 : 0;
    }
  }

  /**
   * What would be owed, if all was forgotten now.
   *
   * @param waiting rows that are counted, and that nobody was asked about
   */
  long owed(long waiting) {
    return owed + unheard + waiting;
  }

  /** The same, to be kept. */
  long keep(long waiting) {
    kept = owed(waiting);
    return kept;
  }

  /** Whether it has become so much less that it is to be kept anew. */
  boolean isLess(long waiting) {
    return 2 * owed(waiting) < kept;
  }

  /** Rows are forgotten, and will come again. */
  void forget(long waiting) {
    owed = owed(waiting);
    unheard = 0;
  }

  /** Goes on after another run. */
  void resume(long before) {
    owed = before;
  }
}
