package io.sluice.internal.stage;

import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.quota.QuotaState;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An engine that asks nobody: rows end when a test says so, or as its rule says. Thread-safe. */
final class FakeEngine implements Engine {
  /** When rows end by themselves. */
  enum Rule {
    /** Never. */
    ON_ORDER,
    /** With the look after the one that follows their coming. */
    SECOND_LOOK,
    /** One with each look that waits. */
    WAITING,
    /** With the first look after the end of the input that is not the end's own. */
    AFTER_THE_END
  }

  final Rule rule;
  final Map<String, QuotaState> restored;
  final List<List<String>> submitted = new ArrayList<>();
  final Map<String, QuotaState> quota = new LinkedHashMap<>();
  private final Map<String, PreparedDocument> waiting = new LinkedHashMap<>();
  private final ArrayDeque<Finished> finished = new ArrayDeque<>();
  private final EngineCounts counts = new EngineCounts();
  int forgotten;
  int ended;
  int waits;
  int answeredAfterTheEnd;
  int looks;
  boolean full;
  boolean stopped;
  boolean closed;
  int inFlight;
  private int looksSinceEnd;

  FakeEngine(Rule rule, Map<String, QuotaState> restored) {
    this.rule = rule;
    this.restored = restored;
  }

  /** An answered row leaves with the next look. */
  synchronized void answer(String id) {
    PreparedDocument row = waiting.remove(id);
    if (row == null) {
      throw new AssertionError("Row " + id + " does not wait; those do: " + waiting.keySet());
    }
    counts.answered++;
    answeredAfterTheEnd += ended > 0 ? 1 : 0;
    finished.add(
        new Finished.Answered(
            new Answer(
                row.document(),
                "\"" + id + "\"",
                "fake",
                "stop",
                Usage.NONE,
                null,
                1,
                10,
                ServedBy.REALTIME)));
  }

  synchronized void answerAll() {
    List.copyOf(waiting.keySet()).forEach(this::answer);
  }

  synchronized List<String> waiting() {
    return List.copyOf(waiting.keySet());
  }

  @Override
  public synchronized void submit(List<PreparedDocument> rows) {
    submitted.add(rows.stream().map(row -> row.document().id()).toList());
    rows.forEach(row -> waiting.put(row.document().id(), row));
    counts.seen += rows.size();
    looks = 0;
  }

  @Override
  public synchronized void inputEnded() {
    ended++;
  }

  @Override
  public synchronized List<Finished> takeFinished(long maxWaitNanos) {
    looks++;
    looksSinceEnd += ended > 0 ? 1 : 0;
    if (maxWaitNanos > 0) {
      waits++;
      full = false;
    }
    switch (rule) {
      case ON_ORDER -> {}
      case SECOND_LOOK -> {
        if (looks > 1) {
          answerAll();
        }
      }
      case WAITING -> {
        if (maxWaitNanos > 0 && !waiting.isEmpty()) {
          answer(waiting.keySet().iterator().next());
        }
      }
      case AFTER_THE_END -> {
        if (looksSinceEnd > 1) {
          answerAll();
        }
      }
    }
    List<Finished> out = new ArrayList<>(finished);
    finished.clear();
    return out;
  }

  @Override
  public synchronized void forgetRows() {
    forgotten++;
    waiting.clear();
    finished.clear();
  }

  @Override
  public synchronized void addTo(Held held) {
    if (full) {
      held.fill();
    }
  }

  @Override
  public long heldBytes() {
    return 0;
  }

  @Override
  public void addTo(Utilisation utilisation) {
    utilisation.add(5, 0, 60, 60);
  }

  @Override
  public synchronized Map<String, QuotaState> quotaStates() {
    return Map.copyOf(quota);
  }

  @Override
  public synchronized EngineCounts snapshot() {
    EngineCounts copy = counts.copy();
    copy.inFlight = inFlight;
    copy.spent = BigDecimal.ONE;
    return copy;
  }

  @Override
  public @Nullable Price price() {
    return null;
  }

  @Override
  public synchronized void stop() {
    stopped = true;
  }

  @Override
  public synchronized int awaitLanded(Duration atMost) {
    return inFlight;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
