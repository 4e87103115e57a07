package io.sluice.internal.cascade;

import io.sluice.Cascade;
import io.sluice.internal.cascade.learning.Features;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A job with a cascade, without threads and calls. */
public final class Rehearsal {
  private static final String MODEL = "model";

  private final Cascade cascade;
  private final int mostRows;
  private Cascading<Corpus.Row> cascading;
  private final Deque<Item<Corpus.Row>> calls = new ArrayDeque<>();
  private final SplittableRandom random;
  private final int atOnce;

  /** Rows that the small model looks at in a turn. */
  int sees = 500;

  /** Whether more rows may come after the last. */
  boolean goesOn;

  /** Turns until it is killed. */
  int life = Integer.MAX_VALUE;

  /** What is kept of the last small model. */
  private String version = "";

  String flow = "";

  /** The last epoch that was given up. */
  private int givenUp;

  /** And of when that had just learnt. */
  String first = "";

  /** What each row got, by its id: the label; and by whom. */
  final Map<String, String> outputs = new HashMap<>();

  int asked;
  int served;
  int wrong;
  int epochs;

  /** What a person is told meanwhile. */
  final List<String> told = new ArrayList<>();

  final Map<String, int[]> byLabel = new HashMap<>();

  Rehearsal(Cascade cascade, int mostRows, int atOnce, long seed) {
    this.cascade = cascade;
    this.mostRows = mostRows;
    this.cascading = new Cascading<>(cascade, mostRows, Long.MAX_VALUE);
    this.atOnce = atOnce;
    this.random = new SplittableRandom(seed);
  }

  public static Rehearsal of(Cascade cascade, List<Corpus.Row> rows, int mostRows, long seed) {
    Rehearsal job = new Rehearsal(cascade, mostRows, 50, seed);
    job.run(rows);
    return job;
  }

  /** All rows, or as far as it lives; again, it goes on with what is kept. */
  void run(List<Corpus.Row> rows) {
    List<Corpus.Row> left =
        rows.stream().filter(row -> outputs.getOrDefault(row.id(), MODEL).equals(MODEL)).toList();
    long open = left.stream().filter(row -> !outputs.containsKey(row.id())).count();
    long all = outputs.size() + open;
    int at = 0;
    boolean settled = false;
    for (int turn = 0; turn < life && (outputs.size() < all || at < left.size()); turn++) {
      for (int i = 0; i < 400 && at < left.size() && !cascading.isFull(); i++) {
        Corpus.Row row = left.get(at++);
        cascading.offer(row, row.id(), "", 100, outputs.containsKey(row.id()));
      }
      if (at == left.size() && !settled) {
        cascading.settle(!goesOn);
        settled = true;
      }
      turn();
    }
  }

  /** What is not kept is lost. */
  void crash() {
    calls.clear();
    cascading = new Cascading<>(cascade, mostRows, Long.MAX_VALUE);
    Version kept = Objects.requireNonNull(Version.decode(version));
    if (kept.epoch() > givenUp) {
      cascading.resume(kept, flow.isEmpty() ? null : flow);
    } else {
      cascading.resume(givenUp + 1);
    }
  }

  void turn() {
    for (Item<Corpus.Row> item : cascading.toSee(sees)) {
      cascading.seen(item, Features.of(item.content().vector(), ""));
    }
    Lesson<Corpus.Row> lesson = cascading.lesson();
    if (lesson != null) {
      cascading.learnt(Objects.requireNonNull(lesson.learn(() -> false)));
    }
    cascading.work();
    take();
    while (calls.size() < atOnce && feed()) {
      take();
    }
    // Answers come in any order.
    for (int i = calls.size(); i > 0; i--) {
      Item<Corpus.Row> item = calls.poll();
      if (item != null && random.nextInt(3) > 0) {
        cascading.heard(item, "\"" + item.content().label() + "\"");
        outputs.put(item.content().id(), MODEL);
      } else if (item != null) {
        calls.add(item);
      }
    }
  }

  private boolean feed() {
    for (String account : cascading.accounts(false)) {
      @Nullable Item<Corpus.Row> next = cascading.next(account, false);
      if (next != null) {
        return cascading.ask(next);
      }
    }
    return false;
  }

  private void take() {
    for (Note note : cascading.takeNotes()) {
      if (note.isLoud()) {
        told.add(note.words());
      }
      if (note.kind().equals(Note.DOUBT)) {
        epochs++;
        givenUp++;
      }
      version = note.kind().equals(Note.VERSION) ? note.body() : version;
      flow = note.kind().equals(Note.FLOW) ? note.body() : flow;
      first = first.isEmpty() ? flow : first;
    }
    for (Item<Corpus.Row> item : cascading.takeAsks()) {
      asked++;
      calls.add(item);
    }
    for (Item<Corpus.Row> item : cascading.takeServed()) {
      served++;
      boolean isWrong = !item.says().equals("\"" + item.content().label() + "\"");
      wrong += isWrong ? 1 : 0;
      int[] counts = byLabel.computeIfAbsent(item.says(), label -> new int[2]);
      counts[0]++;
      counts[1] += isWrong ? 1 : 0;
      outputs.put(item.content().id(), item.version());
    }
  }

  /** Whether the promise is kept. */
  boolean isKept(Cascade cascade) {
    double allowed = 1 - cascade.agreement() + 1e-9;
    return switch (cascade.of()) {
      case ALL -> wrong <= allowed * outputs.size();
      case ANSWERED -> wrong <= allowed * served;
      case LABEL -> byLabel.values().stream().allMatch(each -> each[1] <= allowed * each[0]);
    };
  }

  public double saved() {
    return (double) served / outputs.size();
  }

  @Override
  public String toString() {
    return asked
        + " asked, "
        + served
        + " served, "
        + wrong
        + " wrong, "
        + Arrays.toString(byLabel.values().stream().mapToInt(each -> each[1]).toArray());
  }
}
