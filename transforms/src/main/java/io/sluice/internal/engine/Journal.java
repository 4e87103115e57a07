package io.sluice.internal.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.ErrorKind;
import io.sluice.Fallback.Cause;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.internal.evidence.Scope;
import io.sluice.internal.ledger.BatchEvent;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.quota.AccountKey;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The engine's view of the ledger; without one, nothing is kept. Thread-safe. */
public final class Journal {
  /** Every so many heartbeats is written though there is nothing new: the engine is there. */
  private static final int BEATS_TO_A_SIGN = 10;

  private final @Nullable Ledger ledger;
  private final boolean keepsFailures;
  private final Tally tally;
  private final CallMeter meter;
  private final @Nullable Journal outer;

  /** How long engines within have waited since the last beat. */
  @GuardedBy("this")
  private final Map<String, Long> waitedWithin = new TreeMap<>();

  @GuardedBy("this")
  private LedgerRecord.@Nullable Beat lastBeat;

  @GuardedBy("this")
  private int unwrittenBeats;

  /** By whose they were, up to the last beat. */
  @GuardedBy("this")
  private final Map<Scope, Long> failures = new EnumMap<>(Scope.class);

  /** Which of a task's models is asked: empty for its own. */
  private final String target;

  /** The names of a task's other models, where its own is asked. */
  private final Set<String> others;

  /** The model that is asked. */
  private final String asked;

  /** The model as it named itself last: failures do not say whose they are. */
  private volatile String model;

  private Journal(
      @Nullable Ledger ledger,
      boolean keepsFailures,
      String model,
      Tally tally,
      @Nullable Journal outer,
      Whose whose) {
    this.ledger = ledger;
    this.keepsFailures = keepsFailures;
    this.asked = model;
    this.model = model;
    this.tally = tally;
    this.meter = tally.meter();
    this.outer = outer;
    this.target = whose.target;
    this.others = whose.others;
  }

  /**
   * @param ledger that of this JVM, shared with the journals of other shards; null keeps none
   */
  public static Journal of(
      @Nullable Ledger ledger, ModelTask task, CallSettings settings, Tally tally) {
    boolean keepsFailures = ledger != null && settings.keepFailures();
    return new Journal(ledger, keepsFailures, task.model(), tally, null, Whose.ALL);
  }

  /**
   * Opens a ledger for the engines of this JVM. All of it is read: which shard has an account is
   * not the same in every run, and rows of several accounts may rest on one answer.
   *
   * @return null where none is kept
   */
  public static @Nullable Ledger ledger(ModelTask task, CallSettings settings) {
    String directory = settings.ledger();
    return directory == null
        ? null
        : Ledger.open(
            new Ledger.Options(
                directory, task.name(), settings.run(), partition -> true, InstantSource.system()));
  }

  /** The model that is asked, as the task names it. */
  public String asked() {
    return asked;
  }

  /** Learns what another worker has written, before its rows are taken over. */
  public void refresh() {
    if (ledger != null) {
      ledger.refresh();
    }
  }

  public boolean keepsFailures() {
    return keepsFailures;
  }

  public @Nullable LedgerEntry find(String fingerprint) {
    return ledger == null ? null : ledger.find(fingerprint);
  }

  public boolean claimCost(String fingerprint) {
    return ledger == null || ledger.claimCost(fingerprint);
  }

  public long lastCallMillis(String account) {
    return ledger == null ? 0 : ledger.lastCallMillis(key(account));
  }

  /** What earlier runs spent, calls of unknown outcome at their worst. */
  public BigDecimal spentUsd() {
    return ledger == null
        ? BigDecimal.ZERO
        : ledger.totals().spentUsd().add(ledger.totals().abandonedUsd());
  }

  /** The part of {@link #spentUsd} that is one account's. */
  public BigDecimal spentUsd(String account) {
    return ledger == null ? BigDecimal.ZERO : ledger.totals().spentUsd(account);
  }

  /** Notes a call that is about to be sent; one entry for each of its requests. */
  public List<Ledger.@Nullable Call> begin(
      String account, List<Flight> flights, List<Spending.Hold> holds) {
    List<Ledger.@Nullable Call> entries = new ArrayList<>(flights.size());
    for (int i = 0; i < flights.size(); i++) {
      String fingerprint = flights.get(i).request.fingerprint();
      BigDecimal worst = holds.get(i).usd();
      entries.add(
          ledger == null
              ? null
              : i == 0
                  ? ledger.begin(key(account), fingerprint, worst)
                  : ledger.ride(key(account), fingerprint, worst));
    }
    meter.sent();
    return entries;
  }

  /**
   * Notes that nothing is sent for a request, and another model is asked in its place. It stands
   * for no call, and costs nothing.
   */
  public void passedOn(String account, String fingerprint, Cause cause) {
    if (ledger != null) {
      ledger.end(
          ledger.ride(account, fingerprint, BigDecimal.ZERO),
          new LedgerEntry(
              LedgerEntry.Outcome.FAILURE,
              null,
              "",
              "",
              Usage.NONE,
              null,
              0,
              0,
              ErrorKind.ACCOUNT,
              "Not sent: another model is asked",
              null,
              cause.code(),
              true,
              "not_billed"));
    }
  }

  public void answered(
      Ledger.@Nullable Call call,
      Reply.Answered answered,
      @Nullable BigDecimal cost,
      int attempts,
      long latencyMs,
      Next next) {
    LedgerEntry entry = answer(answered, cost, attempts, latencyMs);
    if (ledger != null && call != null) {
      if (next instanceof Next.Answered) {
        ledger.end(call, entry);
      } else {
        ledger.endUnfit(call, entry, next.goesOn());
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

  public void failed(
      Ledger.@Nullable Call call,
      Reply.Failed failed,
      @Nullable BigDecimal cost,
      int attempts,
      long latencyMs,
      Next next) {
    LedgerEntry entry = failure(failed, cost, attempts, latencyMs, next);
    if (ledger != null && call != null) {
      ledger.end(call, entry);
    }
  }

  private LedgerEntry failure(
      Reply.Failed failed, @Nullable BigDecimal cost, int attempts, long latencyMs, Next next) {
    Usage usage = failed.usage();
    meter.ended(usage, cost);
    if (failed.scope() == Reply.Scope.RATE) {
      meter.rateLimited();
    }
    return new LedgerEntry(
        next.isOpen() ? LedgerEntry.Outcome.RETRY : LedgerEntry.Outcome.FAILURE,
        failed.raw(),
        model,
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

  /** What is written of a cascade, and read. */
  public CascadeNotes ofCascade() {
    return new CascadeNotes(ledger);
  }

  // ---- batches --------------------------------------------------------------------------------

  /** A request's place in a batch, and how it got its outcome. */
  public record InBatch(
      String account, String intent, String fingerprint, int attempts, long latencyMs) {}

  private Ledger.Call call(InBatch place) {
    return Ledger.Call.inBatch(key(place.account()), place.fingerprint(), place.intent());
  }

  /** Batches that earlier engines have left at work. */
  public List<LedgerBatches.Batch> openBatches() {
    return ledger == null
        ? List.of()
        : ledger.openBatches().stream().filter(batch -> isMine(batch.key())).toList();
  }

  /** What no other model of the task's has begun is taken up by the task's own. */
  private boolean isMine(String key) {
    String of = AccountKey.of(key).model();
    return of.equals(target) || (target.isEmpty() && !others.contains(of));
  }

  /** The account of a batch. */
  public String account(LedgerBatches.Batch batch) {
    return AccountKey.of(batch.key()).account();
  }

  private String key(String account) {
    return new AccountKey(account, target).key();
  }

  /**
   * Notes that a request will be in a batch, whose intent follows.
   *
   * @param worst what it may cost at most; null where that is unknown
   */
  public void intend(
      String account, String intent, String fingerprint, @Nullable BigDecimal worst) {
    if (ledger != null) {
      ledger.beginInBatch(key(account), fingerprint, intent, worst);
    }
  }

  /** Notes what became of a batch. */
  public void batch(String account, String intent, BatchEvent event) {
    if (ledger != null) {
      ledger.batch(key(account), intent, event);
    }
  }

  public void sent(int requests) {
    for (int i = 0; i < requests; i++) {
      meter.sent();
    }
  }

  public void answered(
      InBatch place,
      Reply.Answered answered,
      @Nullable BigDecimal cost,
      @Nullable BigDecimal saved,
      Next next) {
    LedgerEntry entry = answer(answered, cost, place.attempts(), place.latencyMs());
    if (ledger != null) {
      Boolean askedAgain = next instanceof Next.Answered ? null : next.goesOn();
      ledger.endInBatch(call(place), entry, askedAgain, saved);
    }
  }

  public void failed(InBatch place, Reply.Failed failed, @Nullable BigDecimal cost, Next next) {
    LedgerEntry entry = failure(failed, cost, place.attempts(), place.latencyMs(), next);
    if (ledger != null) {
      ledger.endInBatch(call(place), entry, null, null);
    }
  }

  // ---- how far it is --------------------------------------------------------------------------

  /** The same ledger for an engine within another, which does not say how far it is. */
  public Journal within() {
    return new Journal(ledger, keepsFailures, asked, tally, this, new Whose(target, others));
  }

  /**
   * As {@link #within()}, for an engine that asks one of several models.
   *
   * @param target its name; empty for the task's own
   * @param others the names of the others
   */
  public Journal within(String asked, String target, Set<String> others) {
    return new Journal(ledger, keepsFailures, asked, tally, this, new Whose(target, others));
  }

  /** Whose calls are noted, of a task's models. */
  private record Whose(String target, Set<String> others) {
    static final Whose ALL = new Whose("", Set.of());
  }

  /**
   * Writes how far the engine is. Rows are the run's, also where other engines had them before;
   * calls are this engine's. One that waits, for days maybe, says so less often.
   */
  public synchronized void beat(EngineCounts engine, Map<String, Long> waitedMillis) {
    if (outer != null) {
      outer.waited(waitedMillis, this);
    } else if (ledger != null) {
      EngineCounts counts = tally.before().plus(engine);
      LedgerRecord.Beat beat = beatOf(counts, waitedMillis);
      boolean nothingNew = waitedMillis.isEmpty() && beat.failures().isEmpty();
      if (beat.equals(lastBeat) && nothingNew && ++unwrittenBeats < BEATS_TO_A_SIGN) {
        return;
      }
      lastBeat = beat;
      unwrittenBeats = 0;
      ledger.beat(beat);
    }
  }

  private synchronized void waited(Map<String, Long> millis, Journal inner) {
    // One that tells of several models has told of each by its key.
    boolean isOfOne = !inner.target.equals(target);
    millis.forEach(
        (key, more) -> waitedWithin.merge(isOfOne ? inner.key(key) : key, more, Long::sum));
  }

  /** How long accounts have waited for their limits in engines within, since the last time. */
  public synchronized Map<String, Long> takeWaited() {
    Map<String, Long> taken = new TreeMap<>(waitedWithin);
    waitedWithin.clear();
    return taken;
  }

  @GuardedBy("this")
  private LedgerRecord.Beat beatOf(EngineCounts counts, Map<String, Long> waitedMillis) {
    return new LedgerRecord.Beat(
        0,
        tally.shard(),
        new LedgerRecord.Rows(
            counts.seen, counts.answered, counts.dead, counts.servedFromLedger, counts.waiting),
        new LedgerRecord.Calls(
            counts.sent,
            counts.succeeded,
            counts.failed,
            counts.retried,
            counts.rateLimited,
            counts.inFlight),
        new LedgerRecord.AtWork(counts.batches, counts.batchRequests, counts.batchDone),
        new LinkedHashMap<>(waitedMillis),
        newFailures(counts),
        counts.situation,
        counts.brokenBecause);
  }

  /** Those since the last beat. */
  @GuardedBy("this")
  private Map<String, Long> newFailures(EngineCounts counts) {
    Map<String, Long> added = new TreeMap<>();
    for (Map.Entry<Scope, Long> each : counts.failures.entrySet()) {
      Long before = failures.put(each.getKey(), each.getValue());
      long since = each.getValue() - (before == null ? 0 : before);
      if (since > 0) {
        added.put(each.getKey().name().toLowerCase(Locale.ROOT), since);
      }
    }
    meter.failures(added);
    return added;
  }

  public void tick() {
    if (ledger != null) {
      ledger.tick();
    }
  }
}
