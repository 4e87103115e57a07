package io.sluice.pipeline.show;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Answer;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerCascade.Served;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.text.ExactJson;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * What a ledger has of documents: the same row that a run would be served from it, whatever its
 * task asks, and however often. Takes no lock and writes nothing. Not thread-safe.
 */
final class LedgerRows implements AutoCloseable {
  private final Ledger ledger;
  private final Replay replay;

  /** Of a task with a cascade; null for others. */
  private final @Nullable RequestBuilder requests;

  LedgerRows(String directory, ModelTask task) {
    this.ledger =
        Ledger.open(
            new Ledger.Options(
                directory, task.name(), "export", partition -> true, InstantSource.system()));
    this.replay = new Replay(task, null, ledger::find);
    this.requests = task.cascade() == null ? null : new RequestBuilder(task);
  }

  /** Reads what has been written since. */
  void refresh() {
    ledger.refresh();
  }

  /** How far a document has come; null where nothing can be asked about it. */
  Replay.@Nullable Found find(Document document) {
    ObjectNode fields = ExactJson.fields(document.json());
    return fields == null ? null : replay.of(null, fields);
  }

  /**
   * A document's answer; null where something of it is still to be asked.
   *
   * @param pays whether each answer's cost is given once
   */
  @Nullable Answer answer(Document document, boolean pays) {
    ObjectNode fields = ExactJson.fields(document.json());
    if (fields == null) {
      return null;
    }
    Request request = null;
    if (requests != null) {
      try {
        request = requests.build(fields);
      } catch (PromptException e) {
        return null;
      }
      Served served =
          ledger.knows(request.fingerprint()) ? null : ledger.findServed(request.fingerprint());
      if (served != null) {
        return Endings.served(document, served, BigDecimal.ZERO);
      }
    }
    Replay.Found found = replay.of(request, fields);
    return found.row() == null ? null : found.row().answer(document, link -> cost(link, pays));
  }

  private @Nullable BigDecimal cost(Replay.Link link, boolean pays) {
    LedgerEntry entry = link.entry();
    BigDecimal cost = entry == null ? null : entry.costUsd();
    return !pays || ledger.claimCost(link.ask().request().fingerprint())
        ? cost
        : Endings.shared(cost);
  }

  @Override
  public void close() {
    ledger.close();
  }
}
