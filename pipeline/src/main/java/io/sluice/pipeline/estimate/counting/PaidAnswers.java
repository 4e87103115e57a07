package io.sluice.pipeline.estimate.counting;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.engine.rows.ReplayedRow;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.spi.Request;
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
  private final Replay replay;
  private int users;

  private PaidAnswers(String id, String directory, ModelTask task, @Nullable Price price) {
    this.id = id;
    this.ledger =
        Ledger.open(
            new Ledger.Options(
                directory, task.name(), "estimate", partition -> true, InstantSource.system()));
    this.replay = new Replay(task, price, ledger::find);
  }

  /**
   * @param id tells the ledger as one estimate sees it from that of another in the same JVM
   */
  static PaidAnswers open(String id, String directory, ModelTask task, @Nullable Price price) {
    PaidAnswers opened =
        OPEN.compute(
            id,
            (key, known) -> {
              PaidAnswers paid =
                  known == null ? new PaidAnswers(id, directory, task, price) : known;
              paid.users++;
              return paid;
            });
    if (opened == null) {
      throw new IllegalStateException("compute returns what it was given");
    }
    return opened;
  }

  /**
   * What the answers took that a run would take for a document.
   *
   * @param usage of the answers that it would use
   */
  record Paid(Usage usage, long latencyMs) {}

  /**
   * Null where a run would ask anything.
   *
   * @param request the first about the document
   */
  @Nullable Paid find(Request request, ObjectNode document) {
    ReplayedRow row = replay.of(request, document).row();
    if (row == null) {
      return null;
    }
    Usage usage = Usage.NONE;
    long millis = 0;
    for (LedgerEntry entry : row.entries()) {
      usage = usage.plus(entry.usage());
      millis += entry.latencyMs();
    }
    return new Paid(usage, millis);
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
