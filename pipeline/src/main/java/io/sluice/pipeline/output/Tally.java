package io.sluice.pipeline.output;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.pipeline.cascade.CascadeRows;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.costs.KeySums;
import io.sluice.pipeline.input.FileRows;
import io.sluice.pipeline.input.InputRows;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a part of a run did: rows read, rows written and where. Parts add up to the run. Mutable
 * while a bundle is open, not thread-safe.
 */
public final class Tally implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Files of the input that were read to their end. */
  long filesRead;

  /** The rows that those files have. */
  long rowsOfFiles;

  long rowsRead;
  long succeeded;
  long deadLettered;
  long servedFromLedger;

  /** Rows that were lost with those of dead letters, and are none themselves. */
  long lost;

  /** What the rows from the ledger would have taken if they had been asked. */
  Usage savedByLedger = Usage.NONE;

  /** The same by the model that had answered. */
  final Map<Answered, Usage> savedByModel = new HashMap<>();

  /**
   * Who has answered a row.
   *
   * @param model as the provider names it; of several questions all of them, joined by ", "
   * @param fallback as in {@link Answer}
   */
  record Answered(String model, int fallback) implements Serializable {}

  /** What answers of this run were paid for. */
  final KeySums paid = new KeySums();

  final CascadeRows cascade = new CascadeRows();

  /** Why an account's documents were not sent; null where all could be. */
  @Nullable String stopReason;

  final Map<String, Long> deadByKind = new TreeMap<>();
  final List<String> resultParts = new ArrayList<>();
  final List<String> deadLetterParts = new ArrayList<>();

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tally tally
        && filesRead == tally.filesRead
        && rowsOfFiles == tally.rowsOfFiles
        && rowsRead == tally.rowsRead
        && succeeded == tally.succeeded
        && deadLettered == tally.deadLettered
        && servedFromLedger == tally.servedFromLedger
        && lost == tally.lost
        && savedByLedger.equals(tally.savedByLedger)
        && savedByModel.equals(tally.savedByModel)
        && paid.equals(tally.paid)
        && cascade.equals(tally.cascade)
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
    tally.rowsOfFiles = read.end();
    return tally;
  }

  void add(Answer answer) {
    succeeded++;
    paid.add(answer);
    cascade.add(answer);
    if (answer.servedBy() == Answer.ServedBy.LEDGER) {
      servedFromLedger++;
      savedByLedger = savedByLedger.plus(answer.usage());
      savedByModel.merge(
          new Answered(answer.model(), answer.fallback()), answer.usage(), Usage::plus);
    }
  }

  void add(DeadLetter dead) {
    deadLettered++;
    lost += InputRows.lost(dead);
    if (stopReason == null && dead.kind() == ErrorKind.ACCOUNT) {
      stopReason = dead.message();
    }
    deadByKind.merge(dead.kind().code(), 1L, Long::sum);
  }

  Tally add(Tally other) {
    stopReason = stopReason == null ? other.stopReason : stopReason;
    filesRead += other.filesRead;
    rowsOfFiles += other.rowsOfFiles;
    rowsRead += other.rowsRead;
    succeeded += other.succeeded;
    deadLettered += other.deadLettered;
    servedFromLedger += other.servedFromLedger;
    lost += other.lost;
    savedByLedger = savedByLedger.plus(other.savedByLedger);
    other.savedByModel.forEach((model, usage) -> savedByModel.merge(model, usage, Usage::plus));
    paid.add(other.paid);
    cascade.add(other.cascade);
    other.deadByKind.forEach((kind, count) -> deadByKind.merge(kind, count, Long::sum));
    resultParts.addAll(other.resultParts);
    deadLetterParts.addAll(other.deadLetterParts);
    return this;
  }

  /** The sum of two, which stay as they are. */
  public Tally plus(Tally other) {
    return new Tally().add(this).add(other);
  }

  /** The same without the names of parts. */
  public Tally counts() {
    Tally counts = plus(new Tally());
    counts.resultParts.clear();
    counts.deadLetterParts.clear();
    return counts;
  }

  /** Whether so many files were read to their end, and all of their rows have ended. */
  public boolean isWhole(int files) {
    // Rows may come before or after their files' ends, and end before they are counted.
    return filesRead == files && rowsOfFiles == rowsRead && rowsOfFiles == succeeded + deadLettered;
  }

  /** What was counted, as it is kept in a file: without the names of parts. */
  public record Counted(
      long files,
      long documents,
      long succeeded,
      long deadLettered,
      Map<String, Long> deadLettersByKind,
      long servedFromLedger,
      Costs.@Nullable Tokens savedByLedger,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Saved> savedByModel,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) long lostRows,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, CascadeRows.Count> cascade) {
    public Counted {
      savedByModel = savedByModel == null ? List.of() : savedByModel;
    }
  }

  /** What rows from the ledger would have taken, of one model. */
  public record Saved(String model, int fallback, Costs.Tokens tokens) {}

  /** What was counted, to be kept in a file. */
  public Counted counted() {
    return new Counted(
        filesRead,
        rowsRead,
        succeeded,
        deadLettered,
        new TreeMap<>(deadByKind),
        servedFromLedger,
        Costs.Tokens.of(savedByLedger),
        savedByModel.entrySet().stream()
            .map(each -> saved(each.getKey(), each.getValue()))
            .sorted(Comparator.comparing(Saved::model).thenComparing(Saved::fallback))
            .toList(),
        lost,
        cascade.byOutput());
  }

  private static Saved saved(Answered model, Usage usage) {
    return new Saved(model.model(), model.fallback(), Costs.Tokens.of(usage));
  }

  /** What was kept. */
  public static Tally of(Counted kept) {
    Tally tally = new Tally();
    tally.filesRead = kept.files();
    tally.rowsRead = kept.documents();
    tally.rowsOfFiles = kept.documents();
    tally.succeeded = kept.succeeded();
    tally.deadLettered = kept.deadLettered();
    tally.deadByKind.putAll(kept.deadLettersByKind());
    tally.servedFromLedger = kept.servedFromLedger();
    tally.lost = kept.lostRows();
    tally.cascade.add(CascadeRows.of(kept.cascade()));
    Costs.Tokens saved = kept.savedByLedger();
    tally.savedByLedger = saved == null ? Usage.NONE : saved.usage();
    for (Saved of : kept.savedByModel()) {
      tally.savedByModel.merge(
          new Answered(of.model(), of.fallback()), of.tokens().usage(), Usage::plus);
    }
    return tally;
  }

  /** How many files were read to their end. */
  public long filesRead() {
    return filesRead;
  }

  /** Documents that nothing is wrong with, and that were not sent. */
  public long stillToDo() {
    return deadByKind.getOrDefault("budget", 0L) + deadByKind.getOrDefault("account", 0L);
  }
}
