package io.sluice.internal.engine.rows;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.sluice.Answer;
import io.sluice.Answer.Cascaded;
import io.sluice.Answer.ServedBy;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.internal.cascade.Cascading;
import io.sluice.internal.cascade.Item;
import io.sluice.internal.cascade.Note;
import io.sluice.internal.engine.CascadeNotes;
import io.sluice.internal.engine.Endings;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Heartbeat;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.ledger.LedgerCascade.Served;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows of a cascade, above the engine that asks the task's model. {@link Cascading} decides; here
 * its rows get what they wait for. Which answer is whose is in the ledger before a row leaves, so
 * that it has the same one whenever it comes again; all else is known again from its rows.
 *
 * <p>The task's model never idles: while there is nothing to decide by, it is given rows of the
 * pool up to twice what it can have in flight (and more, where that was sent before anyone came by
 * to give it more). Afterwards, where the small model is slower than the quota, it is given as many
 * rows that were not looked at, last in turn, as make up for that ({@link Ahead}). Rows with the
 * same request wait as one, and two of them are worth the call.
 */
public final class CascadeEngine extends OuterEngine {
  private static final Logger LOG = LoggerFactory.getLogger(CascadeEngine.class);

  /** After so long without new rows, though they would be taken, what is here is not held back. */
  private static final long PATIENCE_NANOS = 10_000_000_000L;

  private final ModelTask task;
  private final Journal journal;
  private final CascadeNotes notes;
  private final EngineClock clock;
  private final CascadeWork work;

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Cascading<List<PreparedDocument>> cascading;

  /** What nobody was asked about yet, by request. */
  @GuardedBy("lock")
  private final Map<String, Item<List<PreparedDocument>>> open = new HashMap<>();

  /** Asked rows, by the document that the engine hands back as it is. */
  @GuardedBy("lock")
  private final Map<Document, Item<List<PreparedDocument>>> flying = new IdentityHashMap<>();

  /** Requests on their way, and how many rows wait for each. */
  @GuardedBy("lock")
  private final Map<String, Integer> flyingOf = new HashMap<>();

  @GuardedBy("lock")
  private final Ahead ahead;

  @GuardedBy("lock")
  private List<Finished> ends = new ArrayList<>();

  @GuardedBy("lock")
  private final EngineCounts rows = new EngineCounts();

  @GuardedBy("lock")
  private int live;

  @GuardedBy("lock")
  private final Heartbeat heartbeat;

  @GuardedBy("lock")
  private long quietSince;

  @GuardedBy("lock")
  private boolean isSettled;

  /**
   * @param engine within this one: it does not say how far it is
   */
  public CascadeEngine(
      Engine engine,
      ModelTask task,
      Cascading<List<PreparedDocument>> cascading,
      Sight sight,
      Journal journal,
      EngineClock clock) {
    super(engine);
    this.task = task;
    this.cascading = cascading;
    this.journal = journal;
    this.notes = journal.ofCascade();
    this.clock = clock;
    this.heartbeat = new Heartbeat(journal, clock);
    this.work = new CascadeWork(cascading, sight, lock, clock);
    this.quietSince = clock.epochNanos();
    this.ahead = new Ahead(quietSince);
    work.resume(notes.state());
  }

  /** Begins to look at rows by itself; without it, {@link #look} is the caller's. */
  public CascadeEngine start() {
    work.start();
    return this;
  }

  /** Looks at some rows, or learns; false where there is nothing to do. */
  boolean look() {
    return work.turn();
  }

  // ---- rows come ------------------------------------------------------------------------------

  @Override
  public void submit(List<PreparedDocument> added) {
    List<PreparedDocument> through = new ArrayList<>();
    synchronized (lock) {
      for (PreparedDocument row : added) {
        rows.seen++;
        take(row, through);
      }
      if (!added.isEmpty()) {
        quietSince = clock.epochNanos();
        isSettled = false;
      }
    }
    pass(through);
  }

  /**
   * @param through is added to, where the row has nothing to decide
   */
  @GuardedBy("lock")
  private void take(PreparedDocument row, List<PreparedDocument> through) {
    live++;
    String fingerprint = row.request().fingerprint();
    boolean isKnown = notes.knows(fingerprint);
    Served before = isKnown ? null : notes.findServed(fingerprint);
    if (before != null) {
      end(served(row, before));
      return;
    }
    if (flyingOf.containsKey(fingerprint)) {
      through.add(row);
      return;
    }
    Item<List<PreparedDocument>> twin = open.get(fingerprint);
    if (twin != null) {
      twin.content().add(row);
      cascading.ask(twin);
      return;
    }
    List<PreparedDocument> one = new ArrayList<>(1);
    one.add(row);
    Item<List<PreparedDocument>> item =
        cascading.offer(one, fingerprint, row.account(), row.heldBytes(), isKnown);
    open.put(fingerprint, item);
  }

  @Override
  public void inputEnded() {
    synchronized (lock) {
      cascading.settle(true);
    }
    pass(List.of());
    engine.inputEnded();
  }

  // ---- rows go --------------------------------------------------------------------------------

  /** Gives the engine what is to be asked, and hands out what is decided. */
  private void pass(List<PreparedDocument> through) {
    List<PreparedDocument> asks = new ArrayList<>(through);
    int idle = engine.snapshot().waiting;
    synchronized (lock) {
      cascading.work();
      takeOut(asks);
      if (task.delivery().batch()) {
        cascading.toSample().forEach(cascading::ask);
      } else {
        feed(idle);
      }
      takeOut(asks);
      lock.notifyAll();
    }
    // Told in any case: an engine of batches waits until its ends are heard.
    engine.submit(asks);
  }

  @GuardedBy("lock")
  private void feed(int waitingBelow) {
    double quota = task.quota().requestsPerMinute() / 60.0;
    double looks = work.perSecond();
    boolean isSlow = looks < quota;
    ahead.begin(waitingBelow);
    for (String account : cascading.accounts(isSlow)) {
      ModelTask.KeyQuota own = task.quota().forKey(account);
      int calls = Ahead.window(own.maxConcurrent(), own.requestsPerMinute() / 60.0);
      for (int more = ahead.room(account, calls); more > 0; more--) {
        Item<List<PreparedDocument>> next = cascading.next(account, isSlow);
        if (next == null) {
          break;
        }
        cascading.ask(next);
        ahead.fed();
      }
    }
    // What the quota could do more than the small model looks at: a job is then as fast as without
    // one, and pays for no more than that takes.
    double perSecond = isSlow ? quota - looks : 0;
    int calls = Ahead.window(task.quota().maxConcurrent(), quota);
    int some = ahead.unlooked(perSecond, calls, waitingBelow, clock.epochNanos());
    while (some > 0 && cascading.unseen() > Ahead.FEWEST && cascading.askUnseen()) {
      some--;
      ahead.fedUnlooked();
    }
  }

  @GuardedBy("lock")
  private void takeOut(List<PreparedDocument> asks) {
    List<Note> told = cascading.takeNotes();
    keep(told, false);
    List<Item<List<PreparedDocument>>> decided = cascading.takeServed();
    Map<String, Map<String, Served>> kept = new LinkedHashMap<>();
    for (Item<List<PreparedDocument>> item : decided) {
      kept.computeIfAbsent(item.version(), version -> new LinkedHashMap<>())
          .put(item.fingerprint(), says(item));
    }
    kept.forEach(notes::serve);
    // Last, or a crash between the two would leave rows counted that come again.
    keep(told, true);
    for (Item<List<PreparedDocument>> item : decided) {
      open.remove(item.fingerprint());
      for (PreparedDocument row : item.content()) {
        end(served(row, says(item)));
      }
    }
    for (Item<List<PreparedDocument>> item : cascading.takeAsks()) {
      open.remove(item.fingerprint());
      for (PreparedDocument row : item.content()) {
        flying.put(row.document(), item);
        flyingOf.merge(item.fingerprint(), 1, Integer::sum);
        ahead.asked(item.account());
        asks.add(row);
      }
    }
  }

  @GuardedBy("lock")
  private void keep(List<Note> told, boolean isOfFlow) {
    for (Note note : told) {
      if (note.kind().equals(Note.FLOW) != isOfFlow) {
        continue;
      }
      notes.note(note.kind(), note.body());
      if (note.isLoud()) {
        LOG.warn("Cascade: {}", note.words());
      } else if (!note.words().isEmpty()) {
        LOG.info("Cascade: {}", note.words());
      }
    }
  }

  private static Served says(Item<?> item) {
    return new Served(item.version(), item.says(), item.probability());
  }

  private Finished served(PreparedDocument row, Served served) {
    return new Finished.Answered(
        Endings.served(row.document(), served, engine.price() == null ? null : BigDecimal.ZERO));
  }

  @GuardedBy("lock")
  private void end(Finished row) {
    live--;
    if (row instanceof Finished.Answered answered) {
      rows.answered++;
      rows.servedFromLedger += answered.answer().servedBy() == ServedBy.LEDGER ? 1 : 0;
    } else {
      rows.dead++;
    }
    ends.add(row);
  }

  @Override
  public List<Finished> takeFinished(long maxWaitNanos) throws InterruptedException {
    boolean isEmpty;
    synchronized (lock) {
      work.check();
      isEmpty = ends.isEmpty();
    }
    List<Finished> some = engine.takeFinished(isEmpty ? maxWaitNanos : 0);
    synchronized (lock) {
      some.forEach(this::hear);
      settleIfQuiet();
    }
    pass(List.of());
    synchronized (lock) {
      if (ends.isEmpty() && live > 0 && flying.isEmpty() && maxWaitNanos > 0) {
        // Nothing is asked: something is looked at, or learnt.
        clock.await(lock, maxWaitNanos);
      }
      List<Finished> out = ends;
      ends = new ArrayList<>();
      beat(!out.isEmpty() && live == 0);
      return out;
    }
  }

  @GuardedBy("lock")
  private void hear(Finished end) {
    Item<List<PreparedDocument>> item = flying.remove(end.document());
    if (item == null) {
      // A row that joined another's call.
      end(end);
      return;
    }
    ahead.heard(item.account());
    Integer left =
        flyingOf.computeIfPresent(item.fingerprint(), (of, count) -> count == 1 ? null : count - 1);
    Answer answer = end instanceof Finished.Answered answered ? answered.answer() : null;
    if (left == null) {
      cascading.heard(item, answer == null ? null : answer.outputJson());
    }
    Served small = answer == null ? null : said(item);
    end(
        answer == null || small == null
            ? end
            : new Finished.Answered(
                answer.withCascaded(
                    new Cascaded(small.version(), small.probability(), small.output()))));
  }

  /** What the small model says of a row that was asked; null where it is not audited. */
  @GuardedBy("lock")
  private @Nullable Served said(Item<List<PreparedDocument>> item) {
    // Of an earlier run: the ledger may have answered before the row was looked at.
    Served before = notes.findServed(item.fingerprint());
    if (before != null || !item.isAudited()) {
      return before;
    }
    Served now = says(item);
    notes.audit(item.fingerprint(), now);
    return now;
  }

  /** Nobody knows whether a stream goes on: its rows do not wait for others for long. */
  @GuardedBy("lock")
  private void settleIfQuiet() {
    if (!isSettled && clock.epochNanos() - quietSince > PATIENCE_NANOS && !cascading.isFull()) {
      isSettled = true;
      cascading.settle(false);
    }
  }

  // ---- how far it is --------------------------------------------------------------------------

  @Override
  public void addTo(Held held) {
    engine.addTo(held);
    synchronized (lock) {
      held.add(0, cascading.bytes());
      if (cascading.isFull()) {
        held.fill();
      } else if (ahead.sum() <= Held.MAX_ROWS / 4) {
        held.add(0, true);
      }
      if (!held.wantsMore()) {
        quietSince = clock.epochNanos();
      }
    }
  }

  @Override
  public long heldBytes() {
    synchronized (lock) {
      return engine.heldBytes() + cascading.bytes();
    }
  }

  @Override
  public EngineCounts snapshot() {
    EngineCounts copy = engine.snapshot();
    synchronized (lock) {
      return copy.ofRows(rows, live);
    }
  }

  @GuardedBy("lock")
  private void beat(boolean isLast) {
    if (heartbeat.beat(isLast, this::snapshot)) {
      journal.tick();
    }
  }

  @Override
  public void forgetRows() {
    engine.forgetRows();
    synchronized (lock) {
      cascading.forget();
      open.clear();
      flying.clear();
      flyingOf.clear();
      ahead.clear();
      ends.clear();
      live = 0;
    }
  }

  @Override
  public void close() {
    work.close();
    engine.close();
    synchronized (lock) {
      beat(true);
      if (!cascading.words().isEmpty()) {
        LOG.info("Cascade: {}", cascading.words());
      }
    }
  }
}
