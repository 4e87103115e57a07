package io.sluice.internal.cascade;

import io.sluice.Cascade;
import io.sluice.internal.cascade.Item.Fate;
import io.sluice.internal.cascade.Lesson.Learnt;
import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.cascade.learning.SmallModel.Guess;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cascade does with rows. It is given rows, what was said about them and what they look
 * like, and says which rows the task's model is asked about and which the small model answers. No
 * threads, no clock; what it is told in the same order it decides in the same way. Not thread-safe.
 *
 * <p>Rows first come into a {@link Pool}, and leave it for the task's model in the order of their
 * draw. When it is full, or no more rows come, its sample is fixed and learnt from. What the test
 * proves of the pool leaves at once, what comes after is the {@link Stream}. Where that is in
 * doubt, or has no more to come while something is not proven, what it holds is the next pool.
 *
 * @param <T> what a row is to its owner
 */
public final class Cascading<T> {
  /** Answers below which nothing can be learnt that pays. */
  static final int FEWEST_ANSWERS = 400;

  /** Fewer rows are all asked. */
  public static final int FEWEST_ROWS = 2 * FEWEST_ANSWERS;

  private static final int MOST_FAILURES = 4;

  private final Terms terms;
  private final Room room;

  private Phase phase = Phase.POOL;
  private Pool<T> pool;
  private @Nullable Stream<T> stream;
  private int failures;

  /** Rows of which a share may still be wrong. */
  private double left;

  /** How long nothing is tried. */
  private long resting;

  private boolean isEnded;

  /** Rows of this run that nobody has answered before. */
  private long fresh;

  /** Whether no rows have come for long: it goes on as if none did, until one does. */
  private boolean isQuiet;

  /** Rows of the flow that the small model has not seen yet. */
  private final Deque<Item<T>> unseen = new ArrayDeque<>();

  /** By group: what is proven of the pool. */
  private float[] proven = {};

  private final Lore lore = new Lore();
  private final Credit credit = new Credit();
  private final Decided<T> decided;

  /**
   * @param mostRows that may wait
   * @param mostBytes of those
   */
  public Cascading(Cascade cascade, int mostRows, long mostBytes) {
    this.terms = new Terms(cascade);
    this.room = new Room(mostRows, mostBytes);
    this.decided = new Decided<>(room, credit);
    this.pool = new Pool<>(1, terms);
  }

  /** Goes on with another epoch, as earlier ones were given up. */
  public void resume(int epoch) {
    pool = new Pool<>(epoch, terms);
  }

  /**
   * Goes on with a small model.
   *
   * @param flow how far it was; null where that is not known
   */
  public void resume(Version version, @Nullable String flow) {
    resume(version.epoch());
    Stream<T> begun = new Stream<>(terms, version, 0, credit, room.mostRows());
    credit.resume(flow == null ? version.pool().all() : begun.resume(flow));
    stream = begun;
    phase = Phase.FLOW;
  }

  /**
   * Takes a row.
   *
   * @param isKnown whether the task's model has answered before: then it is asked at once
   */
  public Item<T> offer(T content, String fingerprint, String account, long bytes, boolean isKnown) {
    isQuiet = false;
    Item<T> item = new Item<>(content, fingerprint, account, bytes, isKnown);
    room.enter(item);
    fresh += isKnown ? 0 : 1;
    if (phase == Phase.POOL && !pool.isClosed()) {
      pool.join(item, credit);
      if (isFull()) {
        pool.close();
      }
    } else if (phase != Phase.REST) {
      unseen.add(item);
    }
    if (isKnown || phase == Phase.REST) {
      ask(item);
    }
    if (phase == Phase.REST) {
      left += credit.count(item);
      if (--resting <= 0 && failures < MOST_FAILURES) {
        begin(List.of());
      }
    }
    return item;
  }

  /** Whether no more rows are wanted. */
  public boolean isFull() {
    return room.isFull();
  }

  /** The memory that rows take while they wait to be decided, about. */
  public long bytes() {
    return room.bytes();
  }

  /** Rows that wait to be looked at by the small model that there is. */
  public int unseen() {
    return phase == Phase.FLOW ? unseen.size() + pool.waitingRows() : 0;
  }

  /**
   * Has the task's model asked about a row: another row wants the same, or it has time.
   *
   * @return whether that is new
   */
  public boolean ask(@Nullable Item<T> item) {
    if (item == null || item.fate != Fate.OPEN) {
      return false;
    }
    if (stream != null && item.guess != null) {
      stream.letGo(item);
    }
    item.fate = Fate.ASKED;
    decided.add(item);
    pool.leave(item);
    return true;
  }

  /**
   * The accounts with rows that the task's model may be asked about meanwhile.
   *
   * @param isSlow whether looking at rows takes longer than asking about them
   */
  public List<String> accounts(boolean isSlow) {
    return isWaiting() || isSlow && phase == Phase.POOL ? pool.accounts() : List.of();
  }

  private boolean isWaiting() {
    return phase == Phase.LEARNING || phase == Phase.POOL && !pool.isHeard();
  }

  /** The next of those; null for none. */
  public @Nullable Item<T> next(String account, boolean isSlow) {
    return pool.next(account, isSlow, isWaiting());
  }

  /** Has the task's model asked about a row that was not looked at, where there is one. */
  public boolean askUnseen() {
    for (Item<T> item = unseen.pollLast(); item != null; item = unseen.pollLast()) {
      if (stream != null && item.fate == Fate.OPEN) {
        stream.countAsked(item);
      }
      if (ask(item)) {
        return true;
      }
    }
    return ask(pool.last());
  }

  /** Rows of a closed pool's sample that are to be asked about. */
  public List<Item<T>> toSample() {
    return pool.toSample();
  }

  /** Rows whose features are wanted next. */
  public List<Item<T>> toSee(int most) {
    List<Item<T>> some = new ArrayList<>();
    while (some.size() < most) {
      Item<T> item = pool.pollUnseen();
      if (item == null && phase == Phase.FLOW) {
        item = unseen.poll();
      }
      if (item == null) {
        return some;
      }
      some.add(item);
    }
    return some;
  }

  /** What a row looks like. */
  public void seen(Item<T> item, Features features) {
    if (item.fate == Fate.OPEN) {
      room.addBytes(features.bytes());
    }
    item.features = features;
    boolean isOfPool = item.epoch == pool.epoch;
    if (phase == Phase.FLOW && stream != null && !isOfPool) {
      flow(stream, item, features);
    } else if (phase == Phase.FLOW && stream != null && item.fate == Fate.OPEN) {
      ofPool(item, stream.version, stream.version.model().guess(features));
    } else if (phase == Phase.POOL && !isOfPool && item.fate == Fate.OPEN) {
      // Of a flow that has ended meanwhile.
      pool.join(item, credit);
    } else if (phase == Phase.LEARNING && !isOfPool) {
      unseen.addFirst(item);
    } else if (phase == Phase.REST) {
      ask(item);
    }
    learnFrom(item);
  }

  private void ofPool(Item<T> item, Version version, Guess guess) {
    if (!(guess.probability() >= proven[terms.group(guess.label())])) {
      ask(item);
      return;
    }
    item.fate = Fate.SERVED;
    item.guess = guess;
    item.says = version.output(guess);
    item.version = version.name();
    decided.add(item);
    pool.leave(item);
  }

  private void flow(Stream<T> flow, Item<T> item, Features features) {
    boolean wasOpen = item.fate == Fate.OPEN;
    flow.add(item, features);
    if (!wasOpen) {
      if (item.isHeard) {
        flow.heard(item);
      }
      return;
    }
    if (item.fate == Fate.OPEN) {
      room.addBytes(-features.bytes());
      item.features = null;
      return;
    }
    decided.add(item);
  }

  /**
   * What the task's model has said about a row that it was asked about.
   *
   * @param output as JSON; null where it has said nothing
   */
  public void heard(Item<T> item, @Nullable String output) {
    item.isHeard = true;
    item.output = output;
    credit.heard(item);
    if (stream != null) {
      stream.heard(item);
    }
    learnFrom(item);
  }

  private void learnFrom(Item<T> item) {
    if (!pool.isOfSample(item)) {
      lore.add(item);
    }
  }

  private void begin(List<Item<T>> first) {
    phase = Phase.POOL;
    stream = null;
    List<Item<T>> all = pool.waiting();
    all.addAll(first);
    all.addAll(unseen);
    pool = new Pool<>(pool.epoch + 1, terms);
    all.stream().filter(item -> item.fate == Fate.OPEN).forEach(item -> pool.join(item, credit));
    unseen.clear();
    if (isFull()) {
      pool.close();
    }
  }

  /** No more rows come, or not soon: what waits for them does so no longer. */
  public void settle(boolean isLast) {
    isEnded |= isLast;
    isQuiet = true;
    if (phase == Phase.POOL && !pool.isClosed()) {
      if (pool.isWorthIt()) {
        pool.close();
      } else {
        pool.waiting().forEach(this::ask);
      }
    } else if (phase == Phase.FLOW && stream != null && unseen() == 0) {
      prove(stream, true);
    }
  }

  /** Lets go what can be, and begins anew what cannot go on. */
  public void work() {
    if (phase == Phase.FLOW && stream != null) {
      if (credit.isLess(pool.waitingRows())) {
        note(stream);
      }
      prove(stream, (isEnded || isQuiet || isFull()) && unseen() == 0);
    } else if (phase == Phase.POOL && !pool.isClosed()) {
      if (isEnded || isQuiet) {
        settle(isEnded);
      } else if (pool.isAskedWholly()) {
        pool.close();
      }
    }
  }

  private void prove(Stream<T> flow, boolean isWhole) {
    List<Item<T>> some = new ArrayList<>();
    if (flow.prove(isWhole, some)) {
      note(flow);
    }
    some.forEach(decided::add);
    if (!flow.isInDoubt() && !(isWhole && !flow.isPending())) {
      return;
    }
    // A run of so few rows is one of many, as a round is of a run that goes on.
    if (flow.isFew(!isEnded || fresh < Stream.MOST_OF_ROUND)) {
      flow.held(Fate.ASKED).forEach(decided::add);
      if (flow.settle()) {
        note(flow);
      }
      return;
    }
    left = Math.max(0, flow.left());
    decided.add(Note.ofDoubt(flow));
    begin(flow.held(Fate.OPEN));
    if (isEnded || isQuiet) {
      settle(isEnded);
    }
  }

  /** What is to be learnt now; null where there is nothing, or nothing for it, or nobody to. */
  public @Nullable Lesson<T> lesson() {
    boolean isForNobody = isEnded && pool.waitingRows() == 0 && unseen.isEmpty();
    if (phase != Phase.POOL || isForNobody || !pool.isReady()) {
      return null;
    }
    phase = Phase.LEARNING;
    Lesson<T> lesson = pool.lesson(lore.known());
    if (lesson.isPossible()) {
      return lesson;
    }
    fail();
    return null;
  }

  /** What came of a lesson; of one from before rows were forgotten nothing does. */
  public void learnt(Learnt<T> learnt) {
    Lesson<T> lesson = learnt.lesson();
    if (phase != Phase.LEARNING || lesson.pool != pool) {
      return;
    }
    Version version = learnt.version(terms);
    Terms.Proven those = terms.ofPool(version);
    proven = those.thresholds();
    Stream<T> flow = new Stream<>(terms, version, left + those.left(), credit, room.mostRows());
    if (!flow.isOpen() && !(those.isAny() && pool.waitingRows() > 0)) {
      fail();
      return;
    }
    left += those.left();
    failures = 0;
    decided.add(Note.ofVersion(version, pool.waitingRows(), proven, flow));
    stream = flow;
    phase = Phase.FLOW;
    pool.end().forEach(this::learnFrom);
    for (Item<T> item : pool.waiting()) {
      if (item.features != null) {
        ofPool(item, version, version.model().guess(item.features));
      }
    }
    note(flow);
  }

  private void note(Stream<T> flow) {
    decided.add(Note.ofFlow(flow, credit.keep(pool.waitingRows())));
  }

  /** Nothing can be learnt, or it would not pay. */
  private void fail() {
    failures++;
    resting = Math.max(5 * FEWEST_ANSWERS, 2 * pool.members());
    left += pool.credited();
    decided.add(Note.ofFailure(pool.epoch, isEnded || failures >= MOST_FAILURES ? 0 : resting));
    pool.waiting().forEach(this::ask);
    unseen.forEach(this::ask);
    unseen.clear();
    phase = Phase.REST;
    pool.end().forEach(this::learnFrom);
  }

  /** Rows that the task's model is to be asked about, since the last time. */
  public List<Item<T>> takeAsks() {
    return decided.takeAsks();
  }

  /** Rows that the small model answers, since the last time. */
  public List<Item<T>> takeServed() {
    return decided.takeServed();
  }

  /** What is to be kept, since the last time. */
  public List<Note> takeNotes() {
    return decided.takeNotes();
  }

  /** How far the small model that answers now is proven; empty where there is none. */
  public String words() {
    return stream == null ? "" : stream.words();
  }

  /** Forgets rows, which will come again. */
  public void forget() {
    credit.forget(phase == Phase.FLOW ? pool.waitingRows() : 0);
    decided.forgetRows();
    unseen.clear();
    room.clear();
    pool = new Pool<>(pool.epoch, terms);
    if (stream != null) {
      stream.forget();
    }
    phase = phase == Phase.LEARNING ? Phase.POOL : phase;
  }
}
