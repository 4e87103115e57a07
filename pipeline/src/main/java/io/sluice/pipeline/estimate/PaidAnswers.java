package io.sluice.pipeline.estimate;

import io.sluice.ModelTask;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The answers in a ledger that a run would take from there: judged by the output as it is now, as
 * the run does. Opened once a JVM and shared, closed with its last user; reads only. Thread-safe.
 */
final class PaidAnswers implements AutoCloseable {
  private static final Map<String, PaidAnswers> OPEN = new ConcurrentHashMap<>();

  private final String id;
  private final Ledger ledger;
  private final AnswerJudge judge;
  private int users;

  private PaidAnswers(String id, String directory, ModelTask task) {
    this.id = id;
    this.ledger =
        Ledger.open(
            new Ledger.Options(
                directory, task.name(), "estimate", partition -> true, InstantSource.system()));
    this.judge = new AnswerJudge(task.output(), task.operation());
  }

  /**
   * @param id tells the ledger as one estimate sees it from that of another in the same JVM
   */
  static PaidAnswers open(String id, String directory, ModelTask task) {
    PaidAnswers opened =
        OPEN.compute(
            id,
            (key, known) -> {
              PaidAnswers paid = known == null ? new PaidAnswers(id, directory, task) : known;
              paid.users++;
              return paid;
            });
    if (opened == null) {
      throw new IllegalStateException("compute returns what it was given");
    }
    return opened;
  }

  /** The answer to a request; null where a run would ask it. */
  @Nullable LedgerEntry find(String fingerprint) {
    StoredAnswers.Stored stored = StoredAnswers.judged(ledger.find(fingerprint), judge);
    return stored != null && stored.isAnswer() ? stored.entry() : null;
  }

  @Override
  public void close() {
    OPEN.computeIfPresent(
        id,
        (key, paid) -> {
          if (--paid.users > 0) {
            return paid;
          }
          paid.ledger.close();
          return null;
        });
  }
}
