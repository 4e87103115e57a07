package io.sluice.internal.ledger;

import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of a ledger ({@link Ledger} says what each is for, {@link LedgerCodec} how it looks).
 * Numbers are within bounds whatever the file says: times are epoch milliseconds from 0 to the year
 * 2255, counts are not negative.
 */
public sealed interface LedgerRecord {
  /** When it was written, epoch milliseconds; 0 where that is not known. */
  long at();

  /**
   * The first line of a segment.
   *
   * @param version -1 where it says none
   */
  record Segment(int version, String job, String run, int partition, long at)
      implements LedgerRecord {}

  /**
   * A call that is about to be sent.
   *
   * @param worstUsd what it may cost at most, null where unknown
   */
  record Begun(Ledger.Call call, long at, @Nullable BigDecimal worstUsd) implements LedgerRecord {
    /** What it may cost at most; zero where that is unknown. */
    public BigDecimal worst() {
      return worstUsd == null ? BigDecimal.ZERO : worstUsd;
    }
  }

  /** Whether an answer fits the output, and what became of it if not. */
  enum Fit {
    /** It does, or there is none. */
    FITS,
    /** It does not, and the request was sent again. */
    REPEATED,
    /** It does not, and the request was given up. */
    REFUSED
  }

  /**
   * How a call ended.
   *
   * @param savedUsd what an answer from a batch would have cost more in real time; null where
   *     unknown
   * @param doubtful whether the line says of tokens or money what cannot be: then {@code entry} has
   *     none, and its billing is unknown
   */
  record Ended(
      Ledger.Call call,
      long at,
      LedgerEntry entry,
      Fit fit,
      @Nullable BigDecimal savedUsd,
      boolean doubtful)
      implements LedgerRecord {

    public boolean isAnswer() {
      return entry.outcome() == LedgerEntry.Outcome.ANSWER;
    }

    /** What was paid; zero where that is unknown. */
    public BigDecimal usd() {
      BigDecimal usd = entry.costUsd();
      return usd == null ? BigDecimal.ZERO : usd;
    }

    /** Input and output. */
    public long tokens() {
      return entry.usage().inputTokens() + entry.usage().outputTokens();
    }
  }

  /**
   * What became of a batch.
   *
   * @param intent its name before the provider gave it one
   * @param key the account
   */
  record Batch(String intent, String key, long at, BatchEvent event) implements LedgerRecord {}

  /** Rows of a run, as far as one shard has come. */
  record Rows(long seen, long answered, long dead, long servedFromLedger, long waiting) {
    public static final Rows NONE = new Rows(0, 0, 0, 0, 0);
  }

  /** Calls of an engine. */
  record Calls(
      long sent, long succeeded, long failed, long retried, long rateLimited, long inFlight) {
    public static final Calls NONE = new Calls(0, 0, 0, 0, 0, 0);
  }

  /** Batches at work, their requests, and how many of those have an outcome. */
  record AtWork(long batches, long requests, long done) {
    public static final AtWork NONE = new AtWork(0, 0, 0);
  }

  /**
   * How far an engine is.
   *
   * @param waitedMs how long each quota key has waited for its limits since the beat before
   * @param failures calls without an answer since the beat before, by whose failure it was
   * @param situation what holds an account up; null where nothing does
   * @param stopped why calling stopped; null where it did not
   */
  record Beat(
      long at,
      int shard,
      Rows rows,
      Calls calls,
      AtWork batches,
      Map<String, Long> waitedMs,
      Map<String, Long> failures,
      @Nullable String situation,
      @Nullable String stopped)
      implements LedgerRecord {

    Beat at(long millis) {
      return new Beat(millis, shard, rows, calls, batches, waitedMs, failures, situation, stopped);
    }
  }

  /**
   * What a cascade keeps.
   *
   * @param kind what it is, as {@link LedgerCascade} says
   * @param body JSON
   */
  record Cascade(long at, String kind, String body) implements LedgerRecord {}

  /**
   * What this version does not understand: another version's, or damage that the checksum covers.
   *
   * @param type empty where it has none
   */
  record Unknown(String type, long at) implements LedgerRecord {}
}
