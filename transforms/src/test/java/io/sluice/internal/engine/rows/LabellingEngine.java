package io.sluice.internal.engine.rows;

import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.quota.QuotaState;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The task's model: says what a function says, some rows a turn, and keeps it in a ledger. */
final class LabellingEngine implements Engine {
  private final Ledger ledger;
  private final Function<PreparedDocument, @Nullable String> says;
  private final int atOnce;
  private final Deque<PreparedDocument> queue = new ArrayDeque<>();
  private final List<Finished> ends = new ArrayList<>();
  final Map<String, Integer> calls = new HashMap<>();
  boolean isTold;

  /**
   * @param says the label; null for none
   */
  LabellingEngine(Ledger ledger, Function<PreparedDocument, @Nullable String> says, int atOnce) {
    this.ledger = ledger;
    this.says = says;
    this.atOnce = atOnce;
  }

  @Override
  public void submit(List<PreparedDocument> rows) {
    for (PreparedDocument row : rows) {
      LedgerEntry known = ledger.find(row.request().fingerprint());
      if (known != null && known.raw() != null) {
        ends.add(end(row, known.raw(), ServedBy.LEDGER));
      } else {
        queue.add(row);
      }
    }
  }

  @Override
  public List<Finished> takeFinished(long maxWaitNanos) {
    for (int i = 0; i < atOnce && !queue.isEmpty(); i++) {
      PreparedDocument row = queue.remove();
      String fingerprint = row.request().fingerprint();
      LedgerEntry known = ledger.find(fingerprint);
      if (known != null && known.raw() != null) {
        ends.add(end(row, known.raw(), ServedBy.LEDGER));
        continue;
      }
      calls.merge(fingerprint, 1, Integer::sum);
      String label = says.apply(row);
      if (label == null) {
        ends.add(new Finished.Dead(DeadLetter.unsent(row.document(), ErrorKind.REFUSAL, "no")));
        continue;
      }
      ledger.end(
          ledger.begin(row.account(), fingerprint, null),
          new LedgerEntry(
              LedgerEntry.Outcome.ANSWER,
              label,
              "m",
              "stop",
              Usage.NONE,
              BigDecimal.ONE,
              1,
              5,
              null,
              "",
              null,
              null,
              false,
              "billed"));
      ends.add(end(row, label, ServedBy.REALTIME));
    }
    List<Finished> out = List.copyOf(ends);
    ends.clear();
    return out;
  }

  private static Finished end(PreparedDocument row, String label, ServedBy by) {
    return new Finished.Answered(
        new Answer(
            row.document(),
            "\"" + label + "\"",
            "m",
            "stop",
            Usage.NONE,
            BigDecimal.ONE,
            1,
            5,
            by));
  }

  int waiting() {
    return queue.size();
  }

  @Override
  public EngineCounts snapshot() {
    EngineCounts counts = new EngineCounts();
    counts.waiting = queue.size();
    return counts;
  }

  @Override
  public void forgetRows() {
    queue.clear();
    ends.clear();
  }

  @Override
  public void inputEnded() {
    isTold = true;
  }

  @Override
  public void addTo(Held held) {}

  @Override
  public long heldBytes() {
    return 0;
  }

  @Override
  public void addTo(Utilisation utilisation) {}

  @Override
  public Map<String, QuotaState> quotaStates() {
    return Map.of();
  }

  @Override
  public void stop() {}

  @Override
  public int awaitLanded(Duration atMost) {
    return 0;
  }

  @Override
  public @Nullable Price price() {
    return null;
  }

  @Override
  public void close() {}
}
