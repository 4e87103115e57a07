package io.sluice.internal.engine.rows;

import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.Document;
import io.sluice.Usage;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Several answers to what was asked about one row, as one: what they took together. */
final class Sum {
  private final Set<String> models = new LinkedHashSet<>();
  private final Set<String> providers = new LinkedHashSet<>();
  private int fallback;
  private String finish = "";
  private @Nullable String repaired;
  private Usage usage = Usage.NONE;
  private @Nullable BigDecimal cost = BigDecimal.ZERO;
  private int sent;
  private long latencyMs;
  private ServedBy servedBy = ServedBy.LEDGER;
  private boolean isEmpty = true;

  /**
   * @param name before what was mended of it
   */
  void add(Answer answer, String name) {
    if (!answer.model().isEmpty()) {
      models.add(answer.model());
    }
    fallback = Math.max(fallback, answer.fallback());
    if (answer.provider() != null) {
      providers.add(answer.provider());
    }
    finish = answer.finishReason();
    // A sum has the tier that all have.
    usage = isEmpty ? answer.usage() : usage.plus(answer.usage());
    isEmpty = false;
    BigDecimal own = answer.costUsd();
    cost = cost == null || own == null ? null : cost.add(own);
    sent += answer.attempts();
    latencyMs += answer.latencyMs();
    servedBy = servedBy == ServedBy.LEDGER ? answer.servedBy() : servedBy;
    if (answer.repaired() != null) {
      String words = name + ": " + answer.repaired();
      repaired = repaired == null ? words : repaired + "; " + words;
    }
  }

  /** Requests that were sent for all of them. */
  int sent() {
    return sent;
  }

  /**
   * @param outputJson what the answers come to
   */
  Answer answer(Document document, String outputJson) {
    return new Answer(
        document,
        outputJson,
        String.join(", ", models),
        finish,
        usage,
        cost,
        sent,
        latencyMs,
        servedBy,
        repaired,
        providers.isEmpty() ? null : String.join(", ", providers),
        fallback,
        null,
        null);
  }
}
