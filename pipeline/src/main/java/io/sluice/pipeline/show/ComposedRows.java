package io.sluice.pipeline.show;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Answer;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.prepare.ExactJson;
import io.sluice.spi.PromptException;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rows of several answers, of steps or of parts of documents, as a ledger has them. */
final class ComposedRows {
  private final Ledger ledger;
  private final RowRequests requests;
  private final Replay replay;

  ComposedRows(ModelTask task, Ledger ledger) {
    this.ledger = ledger;
    this.requests = new RowRequests(task);
    this.replay = new Replay(task, null, ledger::find);
  }

  /**
   * A document's answer; null where something of it is still to be asked.
   *
   * @param pays whether each answer's cost is given once
   */
  @Nullable Answer answer(Document document, boolean pays) {
    Replay.Found found;
    try {
      if (!(ExactJson.read(document.json()) instanceof ObjectNode fields)) {
        return null;
      }
      found = replay.of(requests.build(fields), fields);
    } catch (JsonProcessingException | PromptException e) {
      return null;
    }
    String output = found.output();
    return output == null ? null : sum(document, output, found.links(), pays);
  }

  private Answer sum(Document document, String output, List<Replay.Link> links, boolean pays) {
    Set<String> models = new LinkedHashSet<>();
    Usage usage = Usage.NONE;
    BigDecimal cost = BigDecimal.ZERO;
    String finish = "";
    int attempts = 0;
    long latencyMs = 0;
    for (int i = 0; i < links.size(); i++) {
      Ask ask = links.get(i).ask();
      LedgerEntry entry = links.get(i).entry();
      boolean isFollowed = i + 1 < links.size() && links.get(i + 1).ask().isFollowUp();
      if (entry == null || isFollowed) {
        continue;
      }
      models.add(entry.model());
      usage = usage.plus(entry.usage());
      BigDecimal own =
          !pays || ledger.claimCost(ask.request().fingerprint())
              ? entry.costUsd()
              : Endings.shared(entry.costUsd());
      cost = cost == null || own == null ? null : cost.add(own);
      finish = entry.finishReason();
      attempts += entry.attempts();
      latencyMs += entry.latencyMs();
    }
    return new Answer(
        document,
        output,
        String.join(", ", models),
        finish,
        usage,
        cost,
        attempts,
        latencyMs,
        Answer.ServedBy.LEDGER);
  }
}
