package io.sluice.internal.engine.rows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Utilisation;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Steps;
import io.sluice.internal.prepare.ExactJson;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.quota.QuotaState;
import io.sluice.spi.PromptException;
import io.sluice.spi.Request;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Rows of several steps, above an engine to which each step of a row is a row of its own. A step's
 * document is the row's with the answers that it needs, and stands for the step wherever it comes
 * back.
 *
 * <p>What a row has been answered is here while it is on its way, and nowhere in Beam's state:
 * after a restore it begins with its first step, and the ledger answers what was asked.
 */
public final class SteppedEngine implements Engine {
  private static final long BEAT_NANOS = 1_000_000_000L;

  private final Engine engine;
  private final Steps steps;
  private final List<RequestBuilder> requests;
  private final List<Plan> plans;
  private final Journal journal;
  private final EngineClock clock;

  /** A row on its way. */
  private final class Row {
    final PreparedDocument row;
    final ObjectNode fields;
    final @Nullable Answer[] answers = new Answer[steps.size()];
    final boolean[] decided = new boolean[steps.size()];
    final boolean[] asked = new boolean[steps.size()];
    int flying;
    int failed = -1;
    @Nullable DeadLetter failure;

    Row(PreparedDocument row) {
      this.row = row;
      this.fields = fields(row.document());
    }

    List<@Nullable String> outputs() {
      List<@Nullable String> outputs = new ArrayList<>(answers.length);
      for (Answer answer : answers) {
        outputs.add(answer == null ? null : answer.outputJson());
      }
      return outputs;
    }
  }

  private record Asking(Row row, int step, String fingerprint) {}

  /** By a step's document, which the engine hands back as it is. */
  @GuardedBy("this")
  private final Map<Document, Asking> flying = new IdentityHashMap<>();

  /** Which step a request is on its way for: another is judged by other rules, and waits. */
  @GuardedBy("this")
  private final Map<String, Integer> stepOf = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, Integer> flyingOf = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, Deque<PreparedDocument>> waiting = new HashMap<>();

  @GuardedBy("this")
  private List<Finished> ends = new ArrayList<>();

  /** Rows, where the engine counts steps. */
  @GuardedBy("this")
  private final EngineCounts rows = new EngineCounts();

  @GuardedBy("this")
  private int live;

  @GuardedBy("this")
  private long nextBeat;

  /**
   * @param engine within this one: it does not say how far it is
   * @param plans of each step
   */
  public SteppedEngine(
      Engine engine, Steps steps, List<Plan> plans, Journal journal, EngineClock clock) {
    this.engine = engine;
    this.steps = steps;
    this.plans = List.copyOf(plans);
    this.requests = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      requests.add(new RequestBuilder(steps.task(i)));
    }
    this.journal = journal;
    this.clock = clock;
  }

  private static ObjectNode fields(Document document) {
    try {
      return (ObjectNode) ExactJson.read(document.json());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A document that was prepared is JSON", e);
    }
  }

  // ---- rows -----------------------------------------------------------------------------------

  @Override
  public synchronized void submit(List<PreparedDocument> added) {
    List<PreparedDocument> asks = new ArrayList<>();
    for (PreparedDocument row : added) {
      rows.seen++;
      live++;
      goOn(new Row(row), asks);
    }
    engine.submit(asks);
  }

  /** Asks what can be asked of a row, or ends it. */
  @GuardedBy("this")
  private void goOn(Row row, List<PreparedDocument> asks) {
    boolean changed = true;
    while (changed && row.failed < 0) {
      changed = false;
      for (int step : steps.ready(i -> row.decided[i])) {
        if (row.asked[step]) {
          continue;
        }
        if (!steps.isAsked(step, row.outputs())) {
          row.decided[step] = true;
          changed = true;
          continue;
        }
        row.asked[step] = true;
        PreparedDocument ask = ask(row, step);
        if (ask != null) {
          send(ask, asks);
        }
      }
    }
    if (row.flying == 0) {
      live--;
      end(row);
    }
  }

  /** A step of a row as the engine's; null where it cannot be asked. */
  @GuardedBy("this")
  private @Nullable PreparedDocument ask(Row row, int step) {
    Document document = row.row.document();
    try {
      ObjectNode fields = steps.fields(step, row.fields, row.outputs());
      Request request = step == steps.root() ? row.row.request() : requests.get(step).build(fields);
      Document own =
          new Document(document.id(), document.key(), fields.toString(), document.source());
      row.flying++;
      flying.put(own, new Asking(row, step, request.fingerprint()));
      return new PreparedDocument(own, request, row.row.account())
          .asking(plans.get(step).first(request));
    } catch (PromptException e) {
      row.failed = row.failed < 0 ? step : row.failed;
      row.failure =
          row.failure == null
              ? DeadLetter.unsent(document, e.kind(), String.valueOf(e.getMessage()))
              : row.failure;
      return null;
    }
  }

  @GuardedBy("this")
  private void send(PreparedDocument ask, List<PreparedDocument> asks) {
    String fingerprint = ask.request().fingerprint();
    int step = ask.ask() == null ? 0 : ask.ask().step();
    if (stepOf.getOrDefault(fingerprint, step) != step) {
      waiting.computeIfAbsent(fingerprint, key -> new ArrayDeque<>()).add(ask);
      return;
    }
    stepOf.put(fingerprint, step);
    flyingOf.merge(fingerprint, 1, Integer::sum);
    asks.add(ask);
  }

  /** A request is on its way no longer for one row: what waits for that may go. */
  @GuardedBy("this")
  private void landed(String fingerprint, List<PreparedDocument> asks) {
    if (flyingOf.merge(fingerprint, -1, Integer::sum) > 0) {
      return;
    }
    flyingOf.remove(fingerprint);
    stepOf.remove(fingerprint);
    Deque<PreparedDocument> those = waiting.remove(fingerprint);
    if (those != null) {
      those.forEach(ask -> send(ask, asks));
    }
  }

  @Override
  public synchronized List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    List<Finished> some = engine.takeFinished(ends.isEmpty() ? maxWaitNanos : 0);
    while (!some.isEmpty()) {
      List<PreparedDocument> asks = new ArrayList<>();
      some.forEach(end -> hear(end, asks));
      // Told in any case: an engine of batches waits until its ends are heard.
      engine.submit(asks);
      some = engine.takeFinished(0);
    }
    List<Finished> out = ends;
    ends = new ArrayList<>();
    beat(!out.isEmpty() && live == 0);
    return out;
  }

  @GuardedBy("this")
  private void hear(Finished end, List<PreparedDocument> asks) {
    Asking asking = flying.remove(end.document());
    if (asking == null) {
      return;
    }
    Row row = asking.row;
    row.flying--;
    landed(asking.fingerprint, asks);
    if (end instanceof Finished.Answered answered) {
      row.answers[asking.step] = answered.answer();
      row.decided[asking.step] = true;
    } else if (end instanceof Finished.Dead dead && row.failed < 0) {
      row.failed = asking.step;
      row.failure = dead.deadLetter();
    }
    goOn(row, asks);
  }

  // ---- ends -----------------------------------------------------------------------------------

  @GuardedBy("this")
  private void end(Row row) {
    DeadLetter failure = row.failure;
    if (failure != null) {
      rows.dead++;
      ends.add(new Finished.Dead(dead(row, failure)));
      return;
    }
    Answer answer = answer(row);
    rows.answered++;
    rows.servedFromLedger += answer.servedBy() == ServedBy.LEDGER ? 1 : 0;
    ends.add(new Finished.Answered(answer));
  }

  private DeadLetter dead(Row row, DeadLetter failure) {
    StringBuilder answers = new StringBuilder("{");
    int sent = failure.attempts();
    for (int i = 0; i < row.answers.length; i++) {
      Answer answer = row.answers[i];
      if (answer != null) {
        sent += answer.attempts();
        answers.append(answers.length() == 1 ? "" : ",");
        answers.append('"').append(steps.name(i)).append("\":").append(answer.outputJson());
      }
    }
    return new DeadLetter(
        row.row.document(),
        failure.kind(),
        failure.message(),
        failure.status(),
        failure.code(),
        failure.retryable(),
        sent,
        failure.answer(),
        steps.name(row.failed),
        answers.append('}').toString());
  }

  private Answer answer(Row row) {
    Set<String> models = new LinkedHashSet<>();
    String finish = "";
    String repaired = null;
    Set<String> providers = new LinkedHashSet<>();
    int fallback = 0;
    Usage usage = Usage.NONE;
    BigDecimal cost = BigDecimal.ZERO;
    int sent = 0;
    long latencyMs = 0;
    ServedBy servedBy = ServedBy.LEDGER;
    for (int i = 0; i < row.answers.length; i++) {
      Answer answer = row.answers[i];
      if (answer == null) {
        continue;
      }
      models.add(answer.model());
      fallback = Math.max(fallback, answer.fallback());
      if (answer.provider() != null) {
        providers.add(answer.provider());
      }
      finish = answer.finishReason();
      usage = usage.plus(answer.usage());
      BigDecimal own = answer.costUsd();
      cost = cost == null || own == null ? null : cost.add(own);
      sent += answer.attempts();
      latencyMs += answer.latencyMs();
      servedBy = servedBy == ServedBy.LEDGER ? answer.servedBy() : servedBy;
      if (answer.repaired() != null) {
        String words = steps.name(i) + ": " + answer.repaired();
        repaired = repaired == null ? words : repaired + "; " + words;
      }
    }
    return new Answer(
        row.row.document(),
        steps.output(row.outputs()),
        models.stream().collect(Collectors.joining(", ")),
        finish,
        usage,
        cost,
        sent,
        latencyMs,
        servedBy,
        repaired,
        providers.isEmpty() ? null : String.join(", ", providers),
        fallback);
  }

  // ---- how far it is --------------------------------------------------------------------------

  @Override
  public synchronized EngineCounts snapshot() {
    EngineCounts copy = engine.snapshot();
    copy.seen = rows.seen;
    copy.answered = rows.answered;
    copy.dead = rows.dead;
    copy.servedFromLedger = rows.servedFromLedger;
    copy.waiting = live;
    return copy;
  }

  /** Rows are looked at often, by runners of any kind, so that no thread is needed. */
  @GuardedBy("this")
  private void beat(boolean isLast) {
    long now = clock.epochNanos();
    if (isLast || now >= nextBeat) {
      nextBeat = now + BEAT_NANOS;
      journal.beat(snapshot(), journal.takeWaited());
    }
  }

  @Override
  public synchronized void forgetRows() {
    flying.clear();
    stepOf.clear();
    flyingOf.clear();
    waiting.clear();
    ends.clear();
    live = 0;
    engine.forgetRows();
  }

  // ---- the engine's own -----------------------------------------------------------------------

  @Override
  public void inputEnded() {
    engine.inputEnded();
  }

  @Override
  public void addTo(Held held) {
    engine.addTo(held);
  }

  @Override
  public long heldBytes() {
    return engine.heldBytes();
  }

  @Override
  public void addTo(Utilisation utilisation) {
    engine.addTo(utilisation);
  }

  @Override
  public Map<String, QuotaState> quotaStates() {
    return engine.quotaStates();
  }

  @Override
  public @Nullable Price price() {
    return engine.price();
  }

  @Override
  public void stop() {
    engine.stop();
  }

  @Override
  public int awaitLanded(Duration atMost) throws InterruptedException {
    return engine.awaitLanded(atMost);
  }

  @Override
  public synchronized void close() {
    engine.close();
    beat(true);
  }
}
