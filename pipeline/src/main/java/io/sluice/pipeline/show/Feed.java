package io.sluice.pipeline.show;

import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerFollower;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.Fit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The newest ends of calls in a ledger that others may be writing: answers, or what failed for
 * good. A look keeps so many, however many there are. Not thread-safe.
 */
final class Feed {
  /**
   * The end of a call.
   *
   * @param at epoch milliseconds
   * @param order of reading, for ends of the same time
   */
  record End(String fingerprint, long at, long order, LedgerEntry entry) {}

  private static final Comparator<End> OLDEST =
      Comparator.comparingLong(End::at).thenComparingLong(End::order);

  private final LedgerFollower follower;
  private final boolean dead;
  private long order;
  private long passed;

  /**
   * @param dead whether dead letters are wanted, and answers are not
   */
  Feed(String ledger, boolean dead) {
    this.follower = new LedgerFollower(ledger);
    this.dead = dead;
  }

  /** What is new since the last look, oldest first, the newest of it where it is more. */
  List<End> look(int most) {
    PriorityQueue<End> newest = new PriorityQueue<>(OLDEST);
    passed = 0;
    follower.poll(
        (segment, offset, record) -> {
          if (record instanceof LedgerRecord.Ended end && isWanted(end)) {
            newest.add(new End(end.call().fingerprint(), end.at(), order++, end.entry()));
            if (newest.size() > most) {
              newest.poll();
              passed++;
            }
          }
        });
    List<End> ends = new ArrayList<>(newest);
    ends.sort(OLDEST);
    return ends;
  }

  /** How many more the last look has found. */
  long passed() {
    return passed;
  }

  private boolean isWanted(LedgerRecord.Ended end) {
    if (end.entry().outcome() == LedgerEntry.Outcome.RETRY || end.fit() == Fit.REPEATED) {
      return false;
    }
    return dead != (end.isAnswer() && end.fit() == Fit.FITS);
  }
}
