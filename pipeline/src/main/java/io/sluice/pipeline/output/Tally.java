package io.sluice.pipeline.output;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.pipeline.input.FileRows;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a part of a run did: rows read, rows written and where. Parts add up to the run. Mutable
 * while a bundle is open, not thread-safe.
 */
final class Tally implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Files of the input that were read to their end. */
  long filesRead;

  long rowsRead;
  long succeeded;
  long deadLettered;
  long servedFromLedger;

  /** What the rows from the ledger would have taken if they had been asked. */
  Usage savedByLedger = Usage.NONE;

  /** Why an account's documents were not sent; null where all could be. */
  @Nullable String stopReason;

  final Map<String, Long> deadByKind = new TreeMap<>();
  final List<String> resultParts = new ArrayList<>();
  final List<String> deadLetterParts = new ArrayList<>();

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tally tally
        && filesRead == tally.filesRead
        && rowsRead == tally.rowsRead
        && succeeded == tally.succeeded
        && deadLettered == tally.deadLettered
        && servedFromLedger == tally.servedFromLedger
        && savedByLedger.equals(tally.savedByLedger)
        && Objects.equals(stopReason, tally.stopReason)
        && deadByKind.equals(tally.deadByKind)
        && resultParts.equals(tally.resultParts)
        && deadLetterParts.equals(tally.deadLetterParts);
  }

  @Override
  public int hashCode() {
    return Objects.hash(rowsRead, succeeded, deadLettered, resultParts, deadLetterParts);
  }

  static Tally of(FileRows read) {
    Tally tally = new Tally();
    tally.rowsRead = read.rows();
    tally.filesRead = read.ends();
    return tally;
  }

  void add(Answer answer) {
    succeeded++;
    if (answer.servedBy() == Answer.ServedBy.LEDGER) {
      servedFromLedger++;
      savedByLedger = savedByLedger.plus(answer.usage());
    }
  }

  void add(DeadLetter dead) {
    deadLettered++;
    if (stopReason == null && dead.kind() == ErrorKind.ACCOUNT) {
      stopReason = dead.message();
    }
    deadByKind.merge(dead.kind().code(), 1L, Long::sum);
  }

  Tally add(Tally other) {
    stopReason = stopReason == null ? other.stopReason : stopReason;
    filesRead += other.filesRead;
    rowsRead += other.rowsRead;
    succeeded += other.succeeded;
    deadLettered += other.deadLettered;
    servedFromLedger += other.servedFromLedger;
    savedByLedger = savedByLedger.plus(other.savedByLedger);
    other.deadByKind.forEach((kind, count) -> deadByKind.merge(kind, count, Long::sum));
    resultParts.addAll(other.resultParts);
    deadLetterParts.addAll(other.deadLetterParts);
    return this;
  }

  /** Documents that nothing is wrong with, and that were not sent. */
  long stillToDo() {
    return deadByKind.getOrDefault("budget", 0L) + deadByKind.getOrDefault("account", 0L);
  }
}
