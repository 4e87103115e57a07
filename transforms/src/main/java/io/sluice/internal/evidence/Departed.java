package io.sluice.internal.evidence;

/**
 * A call that was sent. Guarded by the engine's lock.
 *
 * @param <D> what the engine knows a document by
 */
public final class Departed<D> {
  enum Fate {
    OPEN,
    PASSED,
    FAILED,
    /** It tells nothing. */
    VOID
  }

  final long number;
  final long at;
  final D document;

  final Asked asked;

  /** The share of a minute's quota that it takes. */
  final double cost;

  Fate fate = Fate.OPEN;
  Prior prior = Prior.SERVER;

  /** Whether its failure says nothing of others: its document has failed where those passed. */
  boolean ofItself;

  /** Whether it fails as in an earlier run, which gave its document up. */
  boolean isKnown;

  /**
   * Where it failed, the number that a call must be above to show that this was its document's.
   * Calls overtake each other: of an account that is spent meanwhile only what leaves after the
   * failure has landed tells.
   */
  long since;

  /** Whether it was answered, by a failure. */
  boolean refused;

  /** Whether it was taken for passed before it landed. */
  boolean presumed;

  /** How many others were in flight. */
  final int inFlight;

  Departed(long number, long at, D document, Asked asked, double cost, int inFlight) {
    this.number = number;
    this.at = at;
    this.document = document;
    this.asked = asked;
    this.cost = cost;
    this.inFlight = inFlight;
  }

  /**
   * It failed. Where its document has failed before while others passed, and something has worked
   * on it, it fails of itself: when only such documents are left to ask, nothing passes any more,
   * and that is no outage. So does one that fails as it did in an earlier run: if that is an
   * outage, it ends as it did before, and the next run asks it again.
   *
   * @param newest the number of the last call that left
   */
  void failed(Failure failure, long newest) {
    since = prior == Prior.ACCOUNT ? newest : number;
    isKnown = !prior.refuses() && asked.wasGivenUpFor(failure.signature());
    if (isKnown) {
      asked.blame();
    }
    ofItself = isKnown || asked.isBlamed() && !prior.refuses() && !failure.isAway();
  }
}
