package io.sluice.internal.stage;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.internal.engine.Engine;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.quota.QuotaState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.coders.BooleanCoder;
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
 * rows, and a bag of the ids that have left since, both {@link ElementBytes} (a bag cannot drop one
 * element; both are written anew when more has left than is there). A processing-time timer polls
 * where bundles are rare; it may be dropped by a runner when a bounded input ends, so an event-time
 * timer at the window's end waits for the rest; where sources outlive the input it goes on with the
 * other one, and no callback lasts long enough to be in a checkpoint's way. Backpressure is the
 * only wait in {@code processElement}: it holds when more rows wait than the windows of this JVM's
 * accounts need.
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
  private final boolean openEnd;
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

  /** Whether no more rows come; an engine that is made anew after a restore is told again. */
  @StateId("ended")
  private final StateSpec<ValueState<Boolean>> endedSpec = StateSpecs.value(BooleanCoder.of());

  @TimerId("poll")
  private final TimerSpec pollSpec = TimerSpecs.timer(TimeDomain.PROCESSING_TIME);

  @TimerId("end")
  private final TimerSpec endSpec = TimerSpecs.timer(TimeDomain.EVENT_TIME);

  /**
   * @param openEnd whether the runner still fires processing-time timers after the window's end
   */
  CallFn(
      SessionFactory sessions,
      boolean openEnd,
      TupleTag<Answer> answers,
      TupleTag<DeadLetter> deadLetters) {
    this.sessions = sessions;
    this.openEnd = openEnd;
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
    refuse(session.submit(added), out);
    do {
      emit(session.take(sessions.areFull() ? WAIT_NANOS : 0), session, left, out);
    } while (sessions.areFull());
    List<PreparedDocument> waiting = session.toStore(added);
    if (!waiting.isEmpty()) {
      rows.add(ElementBytes.write(ROW, waiting));
    }
    save(session, rows, left, mark, quota);
    // The end timer holds the watermark: what is downstream stays open until the last row is out.
    end.withOutputTimestamp(timestamp).set(window.maxTimestamp());
    pollAgain(session, poll);
  }

  @OnTimer("poll")
  public void onPoll(
      @Key Integer shard,
      @StateId("rows") BagState<byte[]> rows,
      @StateId("left") BagState<byte[]> left,
      @StateId("mark") ValueState<EngineMark> mark,
      @StateId("quota") ValueState<HashMap<String, QuotaState>> quota,
      @StateId("ended") ValueState<Boolean> ended,
      @TimerId("poll") Timer poll,
      MultiOutputReceiver out)
      throws InterruptedException {
    CallSession session = attach(shard, rows, left, mark, quota);
    boolean isOver = Boolean.TRUE.equals(ended.read());
    if (isOver) {
      session.inputEnded();
    }
    emit(session.take(0), session, left, out);
    if (isOver) {
      syncAtTheEnd(session);
    }
    save(session, rows, left, mark, quota);
    pollAgain(session, poll);
  }

  @OnTimer("end")
  public void onEnd(
      @Key Integer shard,
      @TimerId("poll") Timer poll,
      @StateId("ended") ValueState<Boolean> ended,
      @StateId("rows") BagState<byte[]> rows,
      @StateId("left") BagState<byte[]> left,
      @StateId("mark") ValueState<EngineMark> mark,
      @StateId("quota") ValueState<HashMap<String, QuotaState>> quota,
      MultiOutputReceiver out)
      throws InterruptedException {
    CallSession session = attach(shard, rows, left, mark, quota);
    session.inputEnded();
    ended.write(true);
    do {
      emit(session.take(openEnd ? 0 : WAIT_NANOS), session, left, out);
    } while (session.liveRows() > 0 && !openEnd);
    syncAtTheEnd(session);
    save(session, rows, left, mark, quota);
    pollAgain(session, poll);
  }

  /** What comes after the last row adds up the ledger, which may be in a store. */
  private void syncAtTheEnd(CallSession session) {
    if (session.liveRows() == 0) {
      sessions.sync();
    }
  }

  /** The timer holds the watermark where its element's or the timer's before it is. */
  private static void pollAgain(CallSession session, Timer poll) {
    if (session.liveRows() > 0) {
      poll.offset(POLL).setRelative();
    }
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
      left.read().forEach(ids -> gone.addAll(ElementBytes.read(ROW_ID, ids)));
      List<PreparedDocument> waiting = new ArrayList<>();
      rows.read().forEach(chunk -> waiting.addAll(ElementBytes.read(ROW, chunk)));
      waiting.removeIf(row -> gone.contains(RowId.of(row)));
      HashMap<String, QuotaState> states = quota.read();
      session.restore(known, waiting, states == null ? Map.of() : states);
    }
    return session;
  }

  /** Rows that were never live: the state has nothing of them to forget. */
  private void refuse(List<DeadLetter> refused, MultiOutputReceiver out) {
    for (DeadLetter letter : refused) {
      metrics.row(new Finished.Dead(letter));
      out.get(deadLetters).output(letter);
    }
  }

  private void emit(
      List<Finished> finished,
      CallSession session,
      BagState<byte[]> left,
      MultiOutputReceiver out) {
    sessions.tell();
    List<RowId> gone = new ArrayList<>();
    for (Finished row : finished) {
      sessions.tell(row);
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
      left.add(ElementBytes.write(ROW_ID, gone));
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
      rows.add(ElementBytes.write(ROW, session.compact()));
    }
    metrics.calls(session.meter().take());
    metrics.repeated(session.takeRepeated());
    metrics.utilisation(sessions.utilisationPercent());
    mark.write(session.advance());
    long now = sessions.nanos();
    if (now - quotaSavedAt > QUOTA_SAVE_NANOS) {
      quotaSavedAt = now;
      quota.write(new HashMap<>(session.engine().quotaStates()));
    }
  }
}
