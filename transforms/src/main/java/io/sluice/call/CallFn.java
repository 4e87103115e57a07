package io.sluice.call;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.quota.QuotaState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.state.BagState;
import org.apache.beam.sdk.state.StateSpec;
import org.apache.beam.sdk.state.StateSpecs;
import org.apache.beam.sdk.state.TimeDomain;
import org.apache.beam.sdk.state.Timer;
import org.apache.beam.sdk.state.TimerSpec;
import org.apache.beam.sdk.state.TimerSpecs;
import org.apache.beam.sdk.state.ValueState;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.TupleTag;
import org.joda.time.Duration;
import org.joda.time.Instant;

/**
 * The keyed stage: gives chunks to this JVM's {@link CallEngine} and emits rows as they finish.
 *
 * <p>A call outlives the bundle that began it, so rows on their way are in Beam's state: a bag of
 * rows, and a bag of the ids that have left since (a bag cannot drop one element; both are written
 * anew when more has left than is there). A processing-time timer polls where bundles are rare; it
 * may be dropped by a runner when a bounded input ends, so an event-time timer at the window's end
 * waits for the rest. Backpressure is the only wait in {@code processElement}: it holds when more
 * rows wait than the accounts' windows need.
 *
 * <p>Bag and value state and plain timers only: map and set state and window expiration are not on
 * every runner.
 */
final class CallFn extends DoFn<KV<Integer, Iterable<PreparedDocument>>, Answer> {
  private static final long serialVersionUID = 1L;
  private static final Duration POLL = Duration.millis(200);
  private static final long WAIT_NANOS = 200_000_000L;
  private static final long QUOTA_SAVE_NANOS = 1_000_000_000L;

  private final SessionFactory sessions;
  private final TupleTag<Answer> answers;
  private final TupleTag<DeadLetter> deadLetters;
  private transient long quotaSavedAt;

  @StateId("rows")
  private final StateSpec<BagState<PreparedDocument>> rowsSpec =
      StateSpecs.bag(PreparedDocumentCoder.of());

  @StateId("left")
  private final StateSpec<BagState<RowId>> leftSpec = StateSpecs.bag(RowIdCoder.of());

  @StateId("mark")
  private final StateSpec<ValueState<EngineMark>> markSpec =
      StateSpecs.value(SerializableCoder.of(EngineMark.class));

  @StateId("quota")
  private final StateSpec<ValueState<HashMap<String, QuotaState>>> quotaSpec =
      StateSpecs.value(new QuotaStatesCoder());

  @TimerId("poll")
  private final TimerSpec pollSpec = TimerSpecs.timer(TimeDomain.PROCESSING_TIME);

  @TimerId("end")
  private final TimerSpec endSpec = TimerSpecs.timer(TimeDomain.EVENT_TIME);

  CallFn(SessionFactory sessions, TupleTag<Answer> answers, TupleTag<DeadLetter> deadLetters) {
    this.sessions = sessions;
    this.answers = answers;
    this.deadLetters = deadLetters;
  }

  @Setup
  public void setup() {
    sessions.acquire();
  }

  @Teardown
  public void teardown() {
    sessions.release();
  }

  @ProcessElement
  public void process(
      @Element KV<Integer, Iterable<PreparedDocument>> chunk,
      BoundedWindow window,
      @Timestamp Instant timestamp,
      @StateId("rows") BagState<PreparedDocument> rows,
      @StateId("left") BagState<RowId> left,
      @StateId("mark") ValueState<EngineMark> mark,
      @StateId("quota") ValueState<HashMap<String, QuotaState>> quota,
      @TimerId("poll") Timer poll,
      @TimerId("end") Timer end,
      MultiOutputReceiver out)
      throws InterruptedException {
    CallSession session = attach(chunk.getKey(), rows, left, mark, quota);
    List<PreparedDocument> added = new ArrayList<>();
    for (PreparedDocument row : chunk.getValue()) {
      session.submit(row);
      added.add(row);
    }
    do {
      emit(session.take(session.isFull() ? WAIT_NANOS : 0), session, left, out);
    } while (session.isFull());
    Map<RowId, PreparedDocument> live = session.live();
    for (PreparedDocument row : added) {
      RowId id = row.rowId();
      if (live.containsKey(id) && !session.isStored(id)) {
        rows.add(row);
        session.stored(id);
      }
    }
    save(session, rows, left, mark, quota);
    // The end timer holds the watermark: what is downstream stays open until the last row is out.
    end.withOutputTimestamp(timestamp).set(window.maxTimestamp());
    if (session.liveRows() > 0) {
      poll.offset(POLL).setRelative();
    }
  }

  @OnTimer("poll")
  public void onPoll(
      @Key Integer shard,
      @StateId("rows") BagState<PreparedDocument> rows,
      @StateId("left") BagState<RowId> left,
      @StateId("mark") ValueState<EngineMark> mark,
      @StateId("quota") ValueState<HashMap<String, QuotaState>> quota,
      @TimerId("poll") Timer poll,
      MultiOutputReceiver out)
      throws InterruptedException {
    CallSession session = attach(shard, rows, left, mark, quota);
    emit(session.take(0), session, left, out);
    save(session, rows, left, mark, quota);
    if (session.liveRows() > 0) {
      poll.offset(POLL).setRelative();
    }
  }

  @OnTimer("end")
  public void onEnd(
      @Key Integer shard,
      @StateId("rows") BagState<PreparedDocument> rows,
      @StateId("left") BagState<RowId> left,
      @StateId("mark") ValueState<EngineMark> mark,
      @StateId("quota") ValueState<HashMap<String, QuotaState>> quota,
      MultiOutputReceiver out)
      throws InterruptedException {
    CallSession session = attach(shard, rows, left, mark, quota);
    do {
      emit(session.take(WAIT_NANOS), session, left, out);
    } while (session.liveRows() > 0);
    save(session, rows, left, mark, quota);
  }

  private CallSession attach(
      Integer shard,
      BagState<PreparedDocument> rows,
      BagState<RowId> left,
      ValueState<EngineMark> mark,
      ValueState<HashMap<String, QuotaState>> quota) {
    CallSession session = sessions.get(shard);
    if (!session.agreesWith(mark.read())) {
      Set<RowId> gone = new HashSet<>();
      left.read().forEach(gone::add);
      List<PreparedDocument> waiting = new ArrayList<>();
      for (PreparedDocument row : rows.read()) {
        if (!gone.contains(row.rowId())) {
          waiting.add(row);
        }
      }
      HashMap<String, QuotaState> states = quota.read();
      session.restore(waiting, states == null ? Map.of() : states);
    }
    return session;
  }

  private void emit(
      List<Finished> finished, CallSession session, BagState<RowId> left, MultiOutputReceiver out) {
    for (Finished row : finished) {
      RowId id = RowId.of(row.document().source());
      if (session.leaves(id)) {
        left.add(id);
      }
      if (row instanceof Finished.Answered answered) {
        out.get(answers).output(answered.answer());
      } else if (row instanceof Finished.Dead dead) {
        out.get(deadLetters).output(dead.deadLetter());
      }
    }
  }

  private void save(
      CallSession session,
      BagState<PreparedDocument> rows,
      BagState<RowId> left,
      ValueState<EngineMark> mark,
      ValueState<HashMap<String, QuotaState>> quota) {
    if (session.wantsCompaction()) {
      rows.clear();
      left.clear();
      session.live().values().forEach(rows::add);
      session.compacted();
    }
    mark.write(session.advance());
    long now = System.nanoTime();
    if (now - quotaSavedAt > QUOTA_SAVE_NANOS) {
      quotaSavedAt = now;
      quota.write(new HashMap<>(session.engine().quotaStates()));
    }
  }
}
