package io.sluice.internal.call;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The engine's view of the ledger; without one, nothing is kept. Thread-safe. */
final class Journal {
  /** What becomes of an answer. */
  enum Use {
    /** It fits the output. */
    FITS,
    /** It does not, and the request is sent again. */
    ASKED_AGAIN,
    /** It does not, and that was the last attempt. */
    GIVEN_UP
  }

  /** Every so many heartbeats is written though there is nothing new: the engine is there. */
  private static final int BEATS_TO_A_SIGN = 10;

  private final @Nullable Ledger ledger;
  private final boolean keepsFailures;
  private final int shard;
  private final RowsBefore before;
  private final CallMeter meter;
  private final boolean isWithin;

  private @Nullable ObjectNode lastBeat;
  private int unwrittenBeats;

  /** The model that answered last: failures do not say which model was billed. */
  private volatile String model;

  private Journal(
      @Nullable Ledger ledger,
      boolean keepsFailures,
      String model,
      int shard,
      RowsBefore before,
      CallMeter meter,
      boolean isWithin) {
    this.ledger = ledger;
    this.keepsFailures = keepsFailures;
    this.model = model;
    this.shard = shard;
    this.before = before;
    this.meter = meter;
    this.isWithin = isWithin;
  }

  /**
   * @param ledger that of this JVM, shared with the journals of other shards; null keeps none
   */
  static Journal of(
      @Nullable Ledger ledger,
      ModelTask task,
      CallSettings settings,
      int shard,
      RowsBefore before,
      CallMeter meter) {
    boolean keepsFailures = ledger != null && settings.keepFailures();
    return new Journal(ledger, keepsFailures, task.model(), shard, before, meter, false);
  }

  /**
   * Opens a ledger for the engines of this JVM. All of it is read: which shard has an account is
   * not the same in every run, and rows of several accounts may rest on one answer.
   *
   * @return null where none is kept
   */
  static @Nullable Ledger ledger(ModelTask task, CallSettings settings) {
    String directory = settings.ledger();
    return directory == null
        ? null
        : Ledger.open(
            new Ledger.Options(
                directory, task.name(), settings.run(), partition -> true, InstantSource.system()));
  }

  /** Learns what another worker has written, before its rows are taken over. */
  void refresh() {
    if (ledger != null) {
      ledger.refresh();
    }
  }

  boolean keepsFailures() {
    return keepsFailures;
  }

  @Nullable LedgerEntry find(String fingerprint) {
    return ledger == null ? null : ledger.find(fingerprint);
  }

  boolean claimCost(String fingerprint) {
    return ledger == null || ledger.claimCost(fingerprint);
  }

  long lastCallMillis(String account) {
    return ledger == null ? 0 : ledger.lastCallMillis(account);
  }

  /** What earlier runs spent, calls of unknown outcome at their worst. */
  BigDecimal spentUsd() {
    return ledger == null
        ? BigDecimal.ZERO
        : ledger.totals().spentUsd().add(ledger.totals().abandonedUsd());
  }

  /** Notes a call that is about to be sent; one entry for each of its requests. */
  List<Ledger.@Nullable Call> begin(Departure departure) {
    List<Ledger.@Nullable Call> entries = new ArrayList<>(departure.flights().size());
    String account = departure.lane().account;
    for (int i = 0; i < departure.flights().size(); i++) {
      String fingerprint = departure.flights().get(i).request.fingerprint();
      BigDecimal worst = departure.holds().get(i).usd();
      entries.add(
          ledger == null
              ? null
              : i == 0
                  ? ledger.begin(account, fingerprint, worst)
                  : ledger.ride(account, fingerprint, worst));
    }
    meter.sent();
    return entries;
  }

  void answered(
      Ledger.@Nullable Call call,
      Reply.Answered answered,
      @Nullable BigDecimal cost,
      int attempts,
      long latencyMs,
      Use use) {
    LedgerEntry entry = answer(answered, cost, attempts, latencyMs);
    if (ledger != null && call != null) {
      if (use == Use.FITS) {
        ledger.end(call, entry);
      } else {
        ledger.endUnfit(call, entry, use == Use.ASKED_AGAIN);
      }
    }
  }

  private LedgerEntry answer(
      Reply.Answered answered, @Nullable BigDecimal cost, int attempts, long latencyMs) {
    Usage usage = answered.usage();
    meter.ended(usage, cost);
    model = answered.model().isEmpty() ? model : answered.model();
    return new LedgerEntry(
        LedgerEntry.Outcome.ANSWER,
        answered.raw(),
        answered.model(),
        answered.finishReason(),
        usage == null ? Usage.NONE : usage,
        cost,
        attempts,
        latencyMs,
        null,
        "",
        null,
        null,
        false,
        "billed");
  }

  void failed(
      Ledger.@Nullable Call call,
      Reply.Failed failed,
      @Nullable BigDecimal cost,
      int attempts,
      long latencyMs,
      boolean willRetry) {
    LedgerEntry entry = failure(failed, cost, attempts, latencyMs, willRetry);
    if (ledger != null && call != null) {
      ledger.end(call, entry);
    }
  }

  private LedgerEntry failure(
      Reply.Failed failed,
      @Nullable BigDecimal cost,
      int attempts,
      long latencyMs,
      boolean willRetry) {
    Usage usage = failed.usage();
    meter.ended(usage, cost);
    if (failed.scope() == Reply.Scope.RATE) {
      meter.rateLimited();
    }
    return new LedgerEntry(
        willRetry ? LedgerEntry.Outcome.RETRY : LedgerEntry.Outcome.FAILURE,
        failed.raw(),
        cost == null ? "" : model,
        "",
        usage == null ? Usage.NONE : usage,
        cost,
        attempts,
        latencyMs,
        failed.kind(),
        failed.message(),
        failed.status(),
        failed.code(),
        failed.retryable(),
        failed.billing().name().toLowerCase(Locale.ROOT));
  }

  // ---- batches --------------------------------------------------------------------------------

  /** A request's place in a batch, and how it got its outcome. */
  record InBatch(String account, String intent, String fingerprint, int attempts, long latencyMs) {
    Ledger.Call call() {
      return Ledger.Call.inBatch(account, fingerprint, intent);
    }
  }

  /** Batches that earlier engines have left at work. */
  List<LedgerBatches.Batch> openBatches() {
    return ledger == null ? List.of() : ledger.openBatches();
  }

  /** Notes that a batch is about to be created; when this returns, a crash cannot hide that. */
  void intend(String account, RunningBatch batch) {
    if (ledger != null) {
      String intent = batch.intent.id();
      for (RunningBatch.Line line : batch.lines.values()) {
        ledger.beginInBatch(account, line.fingerprint, intent, line.hold.usd());
      }
      batch(
          account,
          intent,
          LedgerBatches.INTENDED,
          JsonNodeFactory.instance
              .objectNode()
              .put("requests", batch.intent.requests())
              .put("tokens", batch.inputTokens));
    }
  }

  /** Notes what became of a batch. */
  void batch(String account, String intent, String state, ObjectNode fields) {
    if (ledger != null) {
      ledger.batch(account, intent, state, fields);
    }
  }

  void sent(int requests) {
    for (int i = 0; i < requests; i++) {
      meter.sent();
    }
  }

  void answered(
      InBatch place,
      Reply.Answered answered,
      @Nullable BigDecimal cost,
      @Nullable BigDecimal saved,
      Use use) {
    LedgerEntry entry = answer(answered, cost, place.attempts(), place.latencyMs());
    if (ledger != null) {
      Boolean askedAgain = use == Use.FITS ? null : use == Use.ASKED_AGAIN;
      ledger.endInBatch(place.call(), entry, askedAgain, saved);
    }
  }

  void failed(InBatch place, Reply.Failed failed, @Nullable BigDecimal cost, boolean willRetry) {
    LedgerEntry entry = failure(failed, cost, place.attempts(), place.latencyMs(), willRetry);
    if (ledger != null) {
      ledger.endInBatch(place.call(), entry, null, null);
    }
  }

  // ---- how far it is --------------------------------------------------------------------------

  /** The same ledger for an engine within another, which does not say how far it is. */
  Journal within() {
    return new Journal(ledger, keepsFailures, model, shard, before, meter, true);
  }

  /**
   * Writes how far the engine is. Rows are the run's, also where other engines had them before;
   * calls are this engine's. One that waits, for days maybe, says so less often.
   */
  synchronized void beat(EngineCounts engine, Map<String, Long> waitedMillis) {
    if (ledger != null && !isWithin) {
      EngineCounts counts = before.plus(engine);
      ObjectNode fields = JsonNodeFactory.instance.objectNode();
      fields
          .put("shard", shard)
          .put("seen", counts.seen)
          .put("answered", counts.answered)
          .put("dead", counts.dead)
          .put("servedFromLedger", counts.servedFromLedger)
          .put("sent", counts.sent)
          .put("succeeded", counts.succeeded)
          .put("failed", counts.failed)
          .put("retried", counts.retried)
          .put("rateLimited", counts.rateLimited)
          .put("inFlight", counts.inFlight)
          .put("waiting", counts.waiting);
      if (counts.batches > 0) {
        fields
            .put("batches", counts.batches)
            .put("batchRequests", counts.batchRequests)
            .put("batchDone", counts.batchDone);
      }
      if (!waitedMillis.isEmpty()) {
        ObjectNode waited = fields.putObject("waitedMs");
        waitedMillis.forEach(waited::put);
      }
      if (counts.brokenBecause != null) {
        fields.put("stopped", counts.brokenBecause);
      }
      if (fields.equals(lastBeat) && waitedMillis.isEmpty() && ++unwrittenBeats < BEATS_TO_A_SIGN) {
        return;
      }
      lastBeat = fields.deepCopy();
      unwrittenBeats = 0;
      ledger.beat(fields);
    }
  }

  void tick() {
    if (ledger != null) {
      ledger.tick();
    }
  }
}
