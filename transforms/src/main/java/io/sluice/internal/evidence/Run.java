package io.sluice.internal.evidence;

import java.util.ArrayList;
import java.util.List;

/**
 * Failures one after another with nothing that passed between them. Two runs are watched: of calls
 * in the order in which they left, where one that is still out counts as passed ({@link Order});
 * and of those that fail late, by a time-out or a broken connection, in the order in which they
 * land, which an answer ends. Not thread-safe.
 */
final class Run {
  /** So many different documents are told apart, more are not needed. */
  static final int DISTINCT = 3;

  /** One of the two. */
  private static final class Row {
    final List<Object> documents = new ArrayList<>(DISTINCT);
    final Usual usual = new Usual();
    int length;
    int ofRate;
    long from;
    long since;

    void add(Departed<?> call, boolean rate) {
      usual.fails();
      if (length++ == 0) {
        from = call.number;
        since = call.at;
        documents.clear();
        ofRate = 0;
      }
      ofRate += rate ? 1 : 0;
      if (documents.size() < DISTINCT
          && !call.asked.isBlamed()
          && !documents.contains(call.document)) {
        documents.add(call.document);
      }
    }
  }

  private final Row early = new Row();
  private final Row late = new Row();
  private boolean failing;
  private long failingSince;

  /** A call is decided, in the order of departures. */
  void decided(Departed<?> call, boolean failed, boolean rate) {
    if (failed) {
      early.add(call, rate);
      if (!failing) {
        failing = true;
        failingSince = call.at;
      }
    } else {
      early.usual.passes();
      early.length = 0;
      failing = false;
    }
  }

  void failedLate(Departed<?> call, boolean rate) {
    late.add(call, rate);
  }

  void answered() {
    late.usual.passes();
    late.length = 0;
  }

  /** Something was changed: a run is of calls that left since. */
  void restart() {
    early.length = 0;
  }

  /**
   * A call has passed that ends it: was it by chance? Then it is learnt, as all that is usual.
   *
   * @param likelihood of a longer one
   */
  boolean wasUsual(double likelihood) {
    boolean usual = early.usual.explainsOpen(likelihood);
    if (usual) {
      early.usual.passes();
    }
    return usual;
  }

  void clear() {
    early.usual.forgetOpen();
    late.usual.forgetOpen();
    failing = false;
    early.length = 0;
    late.length = 0;
  }

  private Row longer() {
    return late.length > early.length ? late : early;
  }

  /** Whether its failures take long to come. */
  boolean isLate() {
    return longer() == late;
  }

  int length() {
    return longer().length;
  }

  /** Of both runs: where nothing has passed, one that came late is no less a failure. */
  int inAll() {
    return early.length + late.length;
  }

  /**
   * How long it may be by the share of calls that fail anyway.
   *
   * @param likelihood of a longer one
   */
  int longest(double likelihood, int atLeast, int atMost) {
    return longer().usual.longestRun(likelihood, atLeast, atMost);
  }

  /** The number of its first call. */
  long from() {
    return longer().from;
  }

  /** When the first call left that failed with nothing that passed since. */
  long since() {
    return longer() == early && failing ? Math.min(failingSince, early.since) : longer().since;
  }

  /**
   * How many different documents failed, {@value #DISTINCT} at most, of those that have not failed
   * before where others passed.
   */
  int distinct() {
    return longer().documents.size();
  }

  /** Whether most were turned away for the rate. */
  boolean isOfRate() {
    return 2 * longer().ofRate > longer().length;
  }
}
