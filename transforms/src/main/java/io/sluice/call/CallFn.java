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
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.Coder;
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
 * The keyed stage: gives chunks to this JVM's {@link Engine} and emits rows as they finish.
 *
 * <p>A call outlives the bundle that began it, so rows on their way are in Beam's state: a bag of
 * rows, and a bag of the ids that have left since, both {@link Packed} (a bag cannot drop one
 * element; both are written anew when more has left than is there). A processing-time timer polls
 * where bundles are rare; it may be dropped by a runner when a bounded input ends, so an event-time
 * timer at the window's end waits for the rest. Backpressure is the only wait in {@code
 * processElement}: it holds when more rows wait than the accounts' windows need.
 *
 * <p>Bag and value state and plain timers only: map and set state and window expiration are not on
 * every runner.
 */
final class CallFn extends DoFn<KV<Integer, Iterable<PreparedDocument>>, Answer> {
  private static final long serialVersionUID = 1L;
  private static final Duration POLL = Duration.millis(200);
  private static final long WAIT_NANOS = 200_000_000L;
  private static final long QUOTA_SAVE_NANOS = 1_000_000_000L;

  private static final Coder<PreparedDocument> ROW = PreparedDocumentCoder.of();
  private static final Coder<RowId> ROW_ID = RowIdCoder.of();

  private final SessionFactory sessions;
  private final TupleTag<Answer> answers;
  private final TupleTag<DeadLetter> deadLetters;
  private final CallMetrics metrics = new CallMetrics();
  private transient long quotaSavedAt;

  @StateId("rows")
  private final StateSpec<BagState<byte[]>> rowsSpec = StateSpecs.bag(ByteArrayCoder.of());

  @StateId("left")
  private final StateSpec<BagState<byte[]>> leftSpec = StateSpecs.bag(ByteArrayCoder.of());

  @StateId("mark")
  private final StateSpec<ValueState<EngineMark>> markSpec =
      StateSpecs.value(new EngineMark.MarkCoder());

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
      @StateId("rows") BagState<byte[]> rows,
      @StateId("left") BagState<byte[]> left,
      @StateId("mark") ValueState<EngineMark> mark,
      @StateId("quota") ValueState<HashMap<String, QuotaState>> quota,
      @TimerId("poll") Timer poll,
      @TimerId("end") Timer end,
      MultiOutputReceiver out)
      throws InterruptedException {
    CallSession session = attach(chunk.getKey(), rows, left, mark, quota);
    List<PreparedDocument> added = new ArrayList<>();
    chunk.getValue().forEach(added::add);
    session.submit(added);
    do {
      emit(session.take(session.isFull() ? WAIT_NANOS : 0), session, left, out);
    } while (session.isFull());
    List<PreparedDocument> waiting = session.toStore(added);
    if (!waiting.isEmpty()) {
      rows.add(Packed.pack(ROW, waiting));
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
      @StateId("rows") BagState<byte[]> rows,
      @StateId("left") BagState<byte[]> left,
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
      @StateId("rows") BagState<byte[]> rows,
      @StateId("left") BagState<byte[]> left,
      @StateId("mark") ValueState<EngineMark> mark,
      @StateId("quota") ValueState<HashMap<String, QuotaState>> quota,
      MultiOutputReceiver out)
      throws InterruptedException {
    CallSession session = attach(shard, rows, left, mark, quota);
    session.inputEnded();
    do {
      emit(session.take(WAIT_NANOS), session, left, out);
    } while (session.liveRows() > 0);
    // What comes after this stage adds up the ledger, which may be in a store.
    sessions.sync(shard);
    save(session, rows, left, mark, quota);
  }

  private CallSession attach(
      Integer shard,
      BagState<byte[]> rows,
      BagState<byte[]> left,
      ValueState<EngineMark> mark,
      ValueState<HashMap<String, QuotaState>> quota) {
    CallSession session = sessions.get(shard);
    EngineMark known = mark.read();
    if (!session.agreesWith(known)) {
      Set<RowId> gone = new HashSet<>();
      left.read().forEach(ids -> gone.addAll(Packed.unpack(ROW_ID, ids)));
      List<PreparedDocument> waiting = new ArrayList<>();
      rows.read().forEach(chunk -> waiting.addAll(Packed.unpack(ROW, chunk)));
      waiting.removeIf(row -> gone.contains(row.rowId()));
      HashMap<String, QuotaState> states = quota.read();
      session.restore(known, waiting, states == null ? Map.of() : states);
    }
    return session;
  }

  private void emit(
      List<Finished> finished,
      CallSession session,
      BagState<byte[]> left,
      MultiOutputReceiver out) {
    List<RowId> gone = new ArrayList<>();
    for (Finished row : finished) {
      RowId id = RowId.of(row.document().source());
      if (session.leaves(id)) {
        gone.add(id);
      }
      metrics.row(row);
      if (row instanceof Finished.Answered answered) {
        out.get(answers).output(answered.answer());
      } else if (row instanceof Finished.Dead dead) {
        out.get(deadLetters).output(dead.deadLetter());
      }
    }
    if (!gone.isEmpty()) {
      left.add(Packed.pack(ROW_ID, gone));
    }
  }

  private void save(
      CallSession session,
      BagState<byte[]> rows,
      BagState<byte[]> left,
      ValueState<EngineMark> mark,
      ValueState<HashMap<String, QuotaState>> quota) {
    if (session.wantsCompaction()) {
      rows.clear();
      left.clear();
      rows.add(Packed.pack(ROW, session.compact()));
    }
    metrics.calls(session.meter().take());
    mark.write(session.advance());
    long now = System.nanoTime();
    if (now - quotaSavedAt > QUOTA_SAVE_NANOS) {
      quotaSavedAt = now;
      quota.write(new HashMap<>(session.engine().quotaStates()));
    }
  }
}
