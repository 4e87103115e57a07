package io.sluice.internal.cascade;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.cascade.Item.Fate;
import io.sluice.internal.cascade.learning.Features;
import io.sluice.internal.cascade.learning.SmallModel.Guess;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * The flow of one {@link Version}: which rows it answers, which of those are audited, and which are
 * held back until audits have proven them. Guarded by its owner.
 */
final class Stream<T> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LOT = 256;

  /** What a round has held at most that is rather proven together with others. */
  static final int MOST_OF_ROUND = 2_000;

  private final Terms terms;
  final Version version;
  private final Credit credit;
  private final int mostHeld;
  private final int groups;

  /** By group: the least probability. */
  private final float[] thresholds;

  private final Deque<Lot<T>> lots = new ArrayDeque<>();
  private Lot<T> current;

  /** By group: rows of lots without pending audits, that are not proven. */
  private final List<List<Item<T>>> waiting = new ArrayList<>();

  private double rows;
  private final long[] answered;
  private final long[] audited;
  private final long[] found;

  /** Since something was proven last. */
  private long rowsSince;

  /** Of those, the ones that may come again after a crash, when they are counted anew. */
  private long unsettled;

  private final long[] auditedSince;
  private final long[] foundSince;

  /** What was left in rows when it was proven last. */
  private double left;

  private int held;
  private boolean isInDoubt;

  /**
   * @param left rows of which a share may be wrong, that earlier ones have left
   */
  Stream(Terms terms, Version version, double left, Credit credit, int mostHeld) {
    this.terms = terms;
    this.version = version;
    this.credit = credit;
    this.mostHeld = mostHeld;
    this.groups = version.curves().size();
    this.thresholds = new float[groups];
    this.answered = new long[groups];
    this.audited = new long[groups];
    this.found = new long[groups];
    this.auditedSince = new long[groups];
    this.foundSince = new long[groups];
    this.rows = left;
    this.left = left;
    this.current = new Lot<>(groups);
    for (int i = 0; i < groups; i++) {
      waiting.add(new ArrayList<>());
    }
    plan();
  }

  private void plan() {
    for (int i = 0; i < groups; i++) {
      thresholds[i] =
          terms.ofFlow(
              version.curves().get(i), version.pool(), flow(i), version.epoch(), groups, mostHeld);
    }
  }

  private Terms.Flow flow(int group) {
    return new Terms.Flow(rows, answered[group], audited[group], found[group]);
  }

  /** Whether it answers anything. */
  boolean isOpen() {
    for (float threshold : thresholds) {
      if (threshold <= 1) {
        return true;
      }
    }
    return false;
  }

  // ---- rows -----------------------------------------------------------------------------------

  /** Takes a row, and decides. */
  void add(Item<T> item, Features features) {
    Guess guess = version.model().guess(features);
    int group = terms.group(guess.label());
    Lot<T> lot = current;
    lot.rows += credit.count(item);
    if (!(guess.probability() >= thresholds[group])) {
      item.fate = Fate.ASKED;
    } else if (Draw.of("audit", item.fingerprint) < terms.audit()) {
      says(item, guess);
      item.audit = lot;
      item.fate = Fate.ASKED;
      lot.audited[group]++;
      lot.pending++;
    } else if (item.fate == Fate.OPEN) {
      says(item, guess);
      lot.answered[group]++;
      if (terms.holds()) {
        lot.held.add(item);
        held++;
      } else {
        item.fate = Fate.SERVED;
      }
    }
    if (lot.rows + lot.held.size() + lot.pending >= LOT) {
      closeLot();
    }
  }

  private void says(Item<T> item, Guess guess) {
    item.guess = guess;
    item.says = version.output(guess);
    item.version = version.name();
  }

  /** A row that the task's model answers for another reason. */
  void countAsked(Item<T> item) {
    current.rows += credit.count(item);
  }

  private void closeLot() {
    lots.add(current);
    current = new Lot<>(groups);
  }

  /** A row has its answer, or never will; where it was audited without one it is no evidence. */
  void heard(Item<T> item) {
    Lot<T> lot = item.audit;
    Guess guess = item.guess;
    if (lot == null || guess == null) {
      return;
    }
    lot.pending--;
    String output = item.output;
    if (output != null && !item.says.equals(output)) {
      lot.found[terms.group(guess.label())]++;
    }
  }

  /**
   * Takes in lots whose audits have ended, and lets go what is proven.
   *
   * @param isWhole whether no more rows are expected soon
   * @return whether something was proven
   */
  boolean prove(boolean isWhole, List<Item<T>> served) {
    if (isWhole && (current.rows > 0 || !current.held.isEmpty() || current.pending > 0)) {
      closeLot();
    }
    boolean isNew = false;
    while (!lots.isEmpty() && lots.peek().pending == 0) {
      take(lots.remove());
      isNew = true;
    }
    if (!isNew) {
      return false;
    }
    boolean isProven = true;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < groups; i++) {
      double spare = terms.spare(flow(i), version.epoch(), groups);
      isInDoubt |= terms.isInDoubt(rowsSince, auditedSince[i], foundSince[i]);
      isProven &= spare >= 0;
      least = Math.min(least, spare);
      if (spare >= 0) {
        for (Item<T> item : waiting.get(i)) {
          if (item.fate == Fate.OPEN) {
            item.fate = Fate.SERVED;
            served.add(item);
            held--;
          }
        }
        waiting.get(i).clear();
        auditedSince[i] = 0;
        foundSince[i] = 0;
      }
    }
    if (isProven) {
      left = least;
      rowsSince = 0;
      unsettled = 0;
      plan();
    }
    return isProven;
  }

  private void take(Lot<T> lot) {
    rows += lot.rows;
    rowsSince += lot.rows;
    unsettled += lot.rows;
    for (int i = 0; i < groups; i++) {
      answered[i] += lot.answered[i];
      audited[i] += lot.audited[i];
      found[i] += lot.found[i];
      auditedSince[i] += lot.audited[i];
      foundSince[i] += lot.found[i];
    }
    for (Item<T> item : lot.held) {
      Guess guess = item.guess;
      if (guess != null) {
        waiting.get(terms.group(guess.label())).add(item);
      }
    }
  }

  /** A row that was held is asked about: another one wants the same. */
  void letGo(Item<T> item) {
    Guess guess = item.guess;
    if (guess != null) {
      answered[terms.group(guess.label())]--;
      held--;
    }
  }

  int held() {
    return held;
  }

  /**
   * Whether nothing is held any more: then its rows count as they are, though it is not proven. Who
   * waits for the task's model is owed ({@link Credit}).
   *
   * @return whether that is new
   */
  boolean settle() {
    boolean isNew = held == 0 && lots.isEmpty() && unsettled > 0;
    unsettled = isNew ? 0 : unsettled;
    return isNew;
  }

  boolean isPending() {
    return !lots.isEmpty();
  }

  boolean isInDoubt() {
    return isInDoubt;
  }

  double left() {
    return left;
  }

  /**
   * Whether what is held is all asked about, rather than a pool of its own. What a pool saves it
   * pays for with its sample, in each round anew; asked about, the rows of rounds are proven
   * together, until audits prove all that is held.
   *
   * @param isRound whether as many are likely to come again
   */
  boolean isFew(boolean isRound) {
    int most = isRound && terms.countsAsked() ? MOST_OF_ROUND : Cascading.FEWEST_ROWS;
    return !isInDoubt && held < most;
  }

  /** Takes everything that is held, in the order in which it came. */
  List<Item<T>> held(Fate next) {
    List<Item<T>> all = new ArrayList<>();
    waiting.forEach(all::addAll);
    lots.forEach(lot -> all.addAll(lot.held));
    all.addAll(current.held);
    all.removeIf(item -> item.fate != Fate.OPEN);
    for (Item<T> item : all) {
      letGo(item);
      item.guess = null;
      item.fate = next;
    }
    waiting.forEach(List::clear);
    return all;
  }

  private long unproven(int group) {
    return waiting.get(group).stream().filter(item -> item.fate == Fate.OPEN).count();
  }

  /** Forgets rows, which will come again; what audits have found stays. */
  void forget() {
    lots.clear();
    current = new Lot<>(groups);
    for (int i = 0; i < groups; i++) {
      answered[i] -= unproven(i);
      waiting.get(i).clear();
    }
    held = 0;
    rows -= unsettled;
    rowsSince -= unsettled;
    unsettled = 0;
  }

  // ---- what is told ---------------------------------------------------------------------------

  /** What audits have found. */
  String words() {
    double most = 0;
    for (int i = 0; i < groups; i++) {
      most = Math.max(most, terms.upperShare(flow(i), version.epoch(), groups));
    }
    return String.format(
        Locale.ROOT,
        "small model %s has answered %,d rows that came after it had learnt; of %,d audited ones"
            + " %,d differ, %s",
        version.name(),
        Arrays.stream(gone()).sum(),
        Arrays.stream(audited).sum(),
        Arrays.stream(found).sum(),
        most < 1
            ? String.format(Locale.ROOT, "so at most %.1f%% of its answers do", 100 * most)
            : "which proves nothing of its answers");
  }

  /** By group: rows that it has answered, without those that it holds, which may yet be asked. */
  private long[] gone() {
    long[] gone = answered.clone();
    for (int i = 0; i < groups; i++) {
      gone[i] -= unproven(i);
    }
    return gone;
  }

  String thresholds() {
    return words(thresholds);
  }

  static String words(float[] thresholds) {
    StringBuilder words = new StringBuilder();
    for (float threshold : thresholds) {
      words.append(words.isEmpty() ? "" : " ");
      words.append(threshold <= 1 ? String.format(Locale.ROOT, "%.3f", threshold) : "1 (none)");
    }
    return words.toString();
  }

  // ---- what is kept ---------------------------------------------------------------------------

  /**
   * How far it is, as one line of JSON.
   *
   * @param why it ends; empty where it does not
   * @param owed {@link Credit#keep}
   */
  String encode(String why, long owed) {
    ObjectNode json = JSON.createObjectNode();
    json.put("name", version.name()).put("epoch", version.epoch());
    json.put("rows", rows - unsettled).put("owed", owed);
    if (!why.isEmpty()) {
      json.put("why", why);
    }
    numbers(json.putArray("answered"), gone());
    numbers(json.putArray("audited"), audited);
    numbers(json.putArray("found"), found);
    ArrayNode least = json.putArray("thresholds");
    ArrayNode upper = json.putArray("wrongAtMost");
    for (int i = 0; i < groups; i++) {
      least.add(thresholds[i] <= 1 ? thresholds[i] : 2);
      upper.add(terms.upperShare(flow(i), version.epoch(), groups));
    }
    return json.toString();
  }

  private static void numbers(ArrayNode array, long[] numbers) {
    Arrays.stream(numbers).forEach(array::add);
  }

  /**
   * Goes on where a flow of the same version was.
   *
   * @return what it was told to keep as owed; all of the pool where it is not of that version
   */
  long resume(String encoded) {
    try {
      JsonNode json = JSON.readTree(encoded);
      if (!json.path("name").asText().equals(version.name())) {
        return version.pool().all();
      }
      rows = json.path("rows").asDouble();
      left = 0;
      for (int i = 0; i < groups; i++) {
        answered[i] = json.path("answered").path(i).asLong();
        audited[i] = json.path("audited").path(i).asLong();
        found[i] = json.path("found").path(i).asLong();
        thresholds[i] = (float) json.path("thresholds").path(i).asDouble(2);
      }
      return json.path("owed").asLong();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Not a flow of a cascade: " + encoded, e);
    }
  }
}
