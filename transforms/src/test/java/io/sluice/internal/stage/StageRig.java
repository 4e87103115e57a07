package io.sluice.internal.stage;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.Source;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.quota.QuotaState;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.beam.sdk.state.BagState;
import org.apache.beam.sdk.state.ReadableState;
import org.apache.beam.sdk.state.Timer;
import org.apache.beam.sdk.state.ValueState;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.windowing.IntervalWindow;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.OutputBuilder;
import org.apache.beam.sdk.values.Row;
import org.apache.beam.sdk.values.TupleTag;
import org.joda.time.Duration;
import org.joda.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a runner is to one key and window of the call stage: holds its state and timers, and calls
 * back. A bundle that is lost leaves neither state nor outputs.
 */
final class StageRig implements AutoCloseable {
  static final TupleTag<Answer> ANSWERS = new TupleTag<>("answers");
  static final TupleTag<DeadLetter> DEAD = new TupleTag<>("dead");
  private static final IntervalWindow WINDOW =
      new IntervalWindow(new Instant(0), Duration.standardMinutes(1));

  /** What Beam keeps between callbacks. */
  static final class Kept {
    final Bag rows = new Bag();
    final Bag left = new Bag();
    final Value<EngineMark> mark = new Value<>();
    final Value<HashMap<String, QuotaState>> quota = new Value<>();
    final Value<Boolean> ended = new Value<>();

    Kept copy() {
      Kept copy = new Kept();
      copy.rows.elements.addAll(rows.elements);
      copy.left.elements.addAll(left.elements);
      copy.mark.value = mark.value;
      copy.quota.value = quota.value;
      copy.ended.value = ended.value;
      return copy;
    }
  }

  final FakeEngines engines;
  final List<String> answered = new ArrayList<>();
  final List<DeadLetter> dead = new ArrayList<>();
  final FakeTimer poll = new FakeTimer();
  final FakeTimer end = new FakeTimer();
  Kept kept = new Kept();
  private final boolean openEnd;
  private CallFn stage;

  StageRig(FakeEngine.Rule rule, boolean openEnd) {
    this.engines = new FakeEngines(rule);
    this.openEnd = openEnd;
    this.stage = setUp();
  }

  StageRig() {
    this(FakeEngine.Rule.ON_ORDER, false);
  }

  private CallFn setUp() {
    CallFn made = new CallFn(engines.sessions(), openEnd, ANSWERS, DEAD);
    made.setup();
    return made;
  }

  /** The worker dies; another takes over what Beam has kept. */
  void crash() {
    stage.teardown();
    stage = setUp();
  }

  FakeEngine engine() {
    return engines.last();
  }

  /** A callback whose outcome is committed. */
  void process(PreparedDocument... rows) throws InterruptedException {
    bundle(true, rows);
  }

  /** A callback whose outcome the runner throws away. */
  void processInVain(PreparedDocument... rows) throws InterruptedException {
    bundle(false, rows);
  }

  private void bundle(boolean commits, PreparedDocument... rows) throws InterruptedException {
    Kept state = kept.copy();
    Outputs out = new Outputs();
    stage.process(
        KV.of(0, Arrays.asList(rows)),
        WINDOW,
        new Instant(5),
        state.rows,
        state.left,
        state.mark,
        state.quota,
        poll,
        end,
        out);
    if (commits) {
      commit(state, out);
    }
  }

  void poll() throws InterruptedException {
    poll.isSet = false;
    Kept state = kept.copy();
    Outputs out = new Outputs();
    stage.onPoll(0, state.rows, state.left, state.mark, state.quota, state.ended, poll, out);
    commit(state, out);
  }

  void end() throws InterruptedException {
    Kept state = kept.copy();
    Outputs out = new Outputs();
    stage.onEnd(0, poll, state.ended, state.rows, state.left, state.mark, state.quota, out);
    commit(state, out);
  }

  private void commit(Kept state, Outputs out) {
    kept = state;
    answered.addAll(out.answers.stream().map(answer -> answer.document().id()).toList());
    dead.addAll(out.dead);
  }

  /** The ids of the rows that the state says are on their way. */
  List<String> keptRows() {
    List<RowId> gone = new ArrayList<>();
    kept.left.read().forEach(ids -> gone.addAll(ElementBytes.read(RowIdCoder.of(), ids)));
    List<String> rows = new ArrayList<>();
    for (byte[] chunk : kept.rows.read()) {
      for (PreparedDocument row : ElementBytes.read(PreparedDocumentCoder.of(), chunk)) {
        if (!gone.contains(RowId.of(row))) {
          rows.add(row.document().id());
        }
      }
    }
    return rows;
  }

  static PreparedDocument row(int number) {
    return row("d" + number, number);
  }

  static PreparedDocument row(String id, int position) {
    return new PreparedDocument(
        new Document(id, null, "{\"text\":\"" + id + "\"}", new Source("f", position)),
        new Request("fingerprint of " + id, "body of " + id, 10, 20),
        "");
  }

  static PreparedDocument[] rows(int from, int to) {
    return IntStream.range(from, to).mapToObj(StageRig::row).toArray(PreparedDocument[]::new);
  }

  @Override
  public void close() {
    stage.teardown();
  }

  /** Outputs of one bundle. */
  private static final class Outputs implements DoFn.MultiOutputReceiver {
    final List<Answer> answers = new ArrayList<>();
    final List<DeadLetter> dead = new ArrayList<>();

    @Override
    @SuppressWarnings("unchecked")
    public <T> DoFn.OutputReceiver<T> get(TupleTag<T> tag) {
      List<T> list = (List<T>) (tag.equals(ANSWERS) ? answers : dead);
      return new DoFn.OutputReceiver<>() {
        @Override
        public OutputBuilder<T> builder(T value) {
          throw new UnsupportedOperationException("Only output(value) is used");
        }

        @Override
        public void output(T value) {
          list.add(value);
        }
      };
    }

    @Override
    public <T> DoFn.OutputReceiver<Row> getRowReceiver(TupleTag<T> tag) {
      throw new UnsupportedOperationException("There are no rows of Beam's");
    }
  }

  /** Bag state. */
  static final class Bag implements BagState<byte[]> {
    final List<byte[]> elements = new ArrayList<>();

    @Override
    public void add(byte[] value) {
      elements.add(value);
    }

    @Override
    public Iterable<byte[]> read() {
      return List.copyOf(elements);
    }

    @Override
    public ReadableState<Boolean> isEmpty() {
      throw new UnsupportedOperationException("Not every runner is quick at that");
    }

    @Override
    public BagState<byte[]> readLater() {
      return this;
    }

    @Override
    public void clear() {
      elements.clear();
    }
  }

  /** Value state. */
  static final class Value<T> implements ValueState<T> {
    @Nullable T value;
    int writes;

    @Override
    public void write(T input) {
      value = input;
      writes++;
    }

    @Override
    @SuppressWarnings("NullAway") // Beam says so: null where nothing was written.
    public T read() {
      return value;
    }

    @Override
    public ValueState<T> readLater() {
      return this;
    }

    @Override
    public void clear() {
      value = null;
    }
  }

  /** A timer that fires when the test says so. */
  static final class FakeTimer implements Timer {
    boolean isSet;
    @Nullable Instant at;
    @Nullable Instant holdsAt;

    @Override
    public void set(Instant absoluteTime) {
      isSet = true;
      at = absoluteTime;
    }

    @Override
    public void setRelative() {
      isSet = true;
    }

    @Override
    public void clear() {
      isSet = false;
    }

    @Override
    public Timer offset(Duration offset) {
      return this;
    }

    @Override
    public Timer align(Duration period) {
      return this;
    }

    @Override
    public Timer withOutputTimestamp(Instant outputTime) {
      holdsAt = outputTime;
      return this;
    }

    @Override
    public Timer withNoOutputTimestamp() {
      return this;
    }

    @Override
    public Instant getCurrentRelativeTime() {
      return new Instant(0);
    }
  }
}
