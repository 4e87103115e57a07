package io.sluice.internal.cascade;

import io.sluice.internal.cascade.Item.Fate;
import io.sluice.internal.cascade.Lesson.Known;
import io.sluice.internal.cascade.learning.Features;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an epoch before it has a small model, in the order of their {@link Draw}, in which
 * they are looked at, and asked about. Where looking is slower, those behind the sample are asked
 * about from the other end: what the one has met the other is spared. Its sample is those with the
 * smallest draws, whether they were asked about by then or not, which makes it a random part of the
 * pool. Every other one of it is learnt from, the rest is the test. Guarded by its owner.
 */
final class Pool<T> {
  final int epoch;
  private final Terms terms;
  private final TreeSet<Item<T>> lowest = new TreeSet<>(order());
  private final Map<String, TreeSet<Item<T>>> waiting = new HashMap<>();

  /** What the small model has to see, and has not yet. */
  private final TreeSet<Item<T>> unseen = new TreeSet<>(order());

  private int members;
  private int credited;
  private int waitingRows;
  private List<Item<T>> sample = List.of();
  private boolean isClosed;

  Pool(int epoch, Terms terms) {
    this.epoch = epoch;
    this.terms = terms;
  }

  private static <T> Comparator<Item<T>> order() {
    return Comparator.<Item<T>>comparingDouble(item -> item.draw)
        .thenComparing(item -> item.fingerprint);
  }

  // ---- rows -----------------------------------------------------------------------------------

  /** Takes a row that nobody was asked about yet, or that the task's model has answered before. */
  void join(Item<T> item, Credit credit) {
    item.draw = Draw.of("sample-" + epoch, item.fingerprint);
    item.epoch = epoch;
    members++;
    if (!item.isCredited) {
      item.isCredited = true;
      credited += epoch > 1 ? credit.count(item) : credit.countNew();
    }
    if (waiting.computeIfAbsent(item.account, account -> new TreeSet<>(order())).add(item)) {
      waitingRows++;
    }
    if (item.features == null) {
      unseen.add(item);
    }
    lowest.add(item);
    if (lowest.size() > terms.mostSampled()) {
      Item<T> out = lowest.pollLast();
      if (out != null && out.fate != Fate.OPEN) {
        unseen.remove(out);
      }
    }
  }

  /** A row waits no longer: it is asked about, or answered. */
  void leave(Item<T> item) {
    TreeSet<Item<T>> those = waiting.get(item.account);
    if (those == null || !those.remove(item)) {
      return;
    }
    waitingRows--;
    if (those.isEmpty()) {
      waiting.remove(item.account);
    }
    if (!isOfSample(item)) {
      unseen.remove(item);
    }
  }

  /** Whether it is learnt from or tested by, as far as that is known. */
  boolean isOfSample(Item<T> item) {
    return item.epoch == epoch && (isClosed ? item.isSampled : lowest.contains(item));
  }

  /** The accounts of rows that wait. */
  List<String> accounts() {
    return List.copyOf(waiting.keySet());
  }

  /**
   * The next row of an account to be asked about; null where none waits.
   *
   * @param isSlow whether looking at rows takes longer than asking about them
   * @param isWaiting whether to ask about what was looked at, too, rather than about nothing
   */
  @Nullable Item<T> next(String account, boolean isSlow, boolean isWaiting) {
    TreeSet<Item<T>> those = waiting.get(account);
    if (those == null) {
      return null;
    }
    Item<T> first = those.first();
    boolean isDue = isClosed ? first.isSampled : members - waitingRows < terms.sample(members);
    if (!isSlow || isDue) {
      return first;
    }
    Item<T> last = those.last();
    return last.features == null ? last : isWaiting ? first : null;
  }

  /** The row that would be looked at last; null where none is to be. */
  @Nullable Item<T> last() {
    Item<T> last = null;
    for (TreeSet<Item<T>> those : waiting.values()) {
      Item<T> of = those.last();
      last = of.features == null && (last == null || of.draw > last.draw) ? of : last;
    }
    return last;
  }

  @Nullable Item<T> pollUnseen() {
    return unseen.pollFirst();
  }

  /** Everything that waits, in the order of the draw. */
  List<Item<T>> waiting() {
    List<Item<T>> all = new ArrayList<>();
    waiting.values().forEach(all::addAll);
    all.sort(order());
    return all;
  }

  int waitingRows() {
    return waitingRows;
  }

  int members() {
    return members;
  }

  int credited() {
    return credited;
  }

  // ---- the sample -----------------------------------------------------------------------------

  boolean isClosed() {
    return isClosed;
  }

  /** Whether it is time to learn, though it could take more rows. */
  boolean isAskedWholly() {
    return members >= terms.mostSampled() && waitingRows == 0;
  }

  /** Whether a small model could pay, if no more rows come. */
  boolean isWorthIt() {
    return members >= Cascading.FEWEST_ROWS && waitingRows > members / terms.rowsToSample();
  }

  /** Takes no more rows. */
  void close() {
    isClosed = true;
    sample = lowest.stream().limit(terms.sample(members)).toList();
    sample.forEach(item -> item.isSampled = true);
  }

  /** The part of the sample that waits to be asked about. */
  List<Item<T>> toSample() {
    return sample.stream().filter(item -> item.fate == Fate.OPEN).toList();
  }

  /** Whether the sample has been answered. */
  boolean isHeard() {
    return isClosed && sample.stream().allMatch(item -> item.isHeard);
  }

  /** Whether all is there that a lesson takes. */
  boolean isReady() {
    return isHeard()
        && sample.stream().allMatch(item -> item.output == null || item.features != null)
        && (!terms.needsAll()
            || waiting.values().stream()
                .allMatch(those -> those.stream().allMatch(item -> item.features != null)));
  }

  /**
   * The lesson.
   *
   * @param known what may be learnt from beside it
   */
  Lesson<T> lesson(Map<String, Known> known) {
    Map<String, Known> lessons = new HashMap<>(known);
    List<Item<T>> test = new ArrayList<>();
    int learnt = 0;
    for (int i = 0; i < sample.size(); i++) {
      Item<T> item = sample.get(i);
      Features features = item.features;
      String output = item.output;
      if (features == null || output == null) {
        members--;
      } else if (i % 2 == 0) {
        test.add(item);
      } else {
        lessons.put(item.fingerprint, new Known(features, output));
        learnt++;
      }
    }
    test.forEach(item -> lessons.remove(item.fingerprint));
    Terms.Pool sizes = new Terms.Pool(credited, members - learnt, test.size());
    List<Item<T>> seen = waiting().stream().filter(item -> item.features != null).toList();
    return new Lesson<>(this, lessons, sizes, test, seen);
  }

  /** The sample is over: what was in it may be learnt from wholly. */
  List<Item<T>> end() {
    List<Item<T>> all = sample;
    all.forEach(item -> item.isSampled = false);
    sample = List.of();
    lowest.clear();
    unseen.removeIf(item -> item.fate != Fate.OPEN);
    return all;
  }
}
