package io.sluice.internal.engine.waiting;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.evidence.Signature;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds rows in the ledger before they are asked, which takes long and is done outside of the
 * engine's lock. A request that ends meanwhile, for a twin or in a batch of an earlier process, was
 * in the ledger too late to be found and is on its way no longer: such rows are looked up once more
 * at the moment they would be asked, so that nothing is paid for twice. Thread-safe.
 */
public final class Lookups {
  /** What an engine does with rows that arrive; called without its lock. */
  public interface Arrivals {
    /** Whether a row's end is known, or on its way. */
    boolean joins(PreparedDocument row);

    /** A row that the ledger answers. */
    void served(PreparedDocument row, Finished stored);

    /** Rows that it does not answer. */
    void ask(List<PreparedDocument> unasked);
  }

  private final Object lock;
  private final StoredAnswers storedAnswers;

  @GuardedBy("lock")
  private int running;

  /** The fingerprints of requests that have ended while any row is looked up. */
  @GuardedBy("lock")
  private final Set<String> endedMeanwhile = new HashSet<>();

  /** Why requests that are looked up were given up in an earlier run, by fingerprint. */
  @GuardedBy("lock")
  private final Map<String, Signature> reasons = new HashMap<>();

  /**
   * @param lock the engine's
   */
  public Lookups(Object lock, StoredAnswers storedAnswers) {
    this.lock = lock;
    this.storedAnswers = storedAnswers;
  }

  /** Takes rows in. */
  public void run(List<PreparedDocument> added, Arrivals arrivals) {
    synchronized (lock) {
      running++;
    }
    try {
      List<PreparedDocument> unasked = new ArrayList<>(added.size());
      for (PreparedDocument row : added) {
        if (arrivals.joins(row)) {
          continue;
        }
        Finished stored = storedAnswers.find(row);
        if (stored == null) {
          unasked.add(row);
          note(row);
        } else {
          arrivals.served(row, stored);
        }
      }
      arrivals.ask(unasked);
    } finally {
      synchronized (lock) {
        if (--running == 0) {
          endedMeanwhile.clear();
          reasons.clear();
        }
      }
    }
  }

  private void note(PreparedDocument row) {
    Signature reason = storedAnswers.reason(row);
    if (reason != null) {
      synchronized (lock) {
        reasons.put(row.request().fingerprint(), reason);
      }
    }
  }

  /** Why a request that is asked now was given up in an earlier run; null where it was not. */
  @Nullable Signature takeReason(String fingerprint) {
    synchronized (lock) {
      return reasons.remove(fingerprint);
    }
  }

  /** A request that is on its way no longer; what came of it is in the ledger. */
  public void ended(String fingerprint) {
    synchronized (lock) {
      if (running > 0) {
        endedMeanwhile.add(fingerprint);
      }
    }
  }

  /** What the ledger has of a row by now; null where nothing has changed. */
  @Nullable Finished again(PreparedDocument row) {
    synchronized (lock) {
      return endedMeanwhile.contains(row.request().fingerprint()) ? storedAnswers.find(row) : null;
    }
  }
}
