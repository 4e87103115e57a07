package io.sluice.internal.engine.rows;

import io.sluice.ModelTask;
import java.util.HashMap;
import java.util.Map;

/**
 * How many of a cascade's rows are with the engine below, and how many more it is to have, so that
 * no quota idles until a runner comes by again. Guarded by the engine's lock.
 */
public final class Ahead {
  static final int FEWEST = 20;
  private static final int MOST = 2_000;
  private static final int USUAL_WINDOW = 50;
  private static final int SECONDS = 2;

  private final Map<String, Integer> byAccount = new HashMap<>();

  private static final int WINDOWS = 2;

  /** Windows of calls that are given; more where a runner comes by too seldom for that. */
  private int windows = WINDOWS;

  private boolean isFed;

  /** Rows that are due to be asked without a look, and when that was counted. */
  private double unlooked;

  private long countedAt;

  /**
   * @param now epoch nanoseconds
   */
  Ahead(long now) {
    this.countedAt = now;
  }

  void asked(String account) {
    byAccount.merge(account, 1, Integer::sum);
  }

  void heard(String account) {
    byAccount.computeIfPresent(account, (of, count) -> count == 1 ? null : count - 1);
  }

  int sum() {
    return byAccount.values().stream().mapToInt(count -> count).sum();
  }

  void clear() {
    byAccount.clear();
  }

  /**
   * A window of an account: what may be in flight, but no more than its quota takes in {@value
   * #SECONDS} s. What is given is asked, whatever the small model would have said of it by then;
   * where calls take so long that more is in flight, the windows become more.
   *
   * @param perSecond what the quota takes
   */
  static int window(int maxConcurrent, double perSecond) {
    return (int) Math.min(maxConcurrent, Math.max(USUAL_WINDOW, Math.ceil(SECONDS * perSecond)));
  }

  /** Rows of a job with one account that are with the engine below, where it keeps up. */
  public static int usual(ModelTask.Quota quota) {
    return WINDOWS * window(quota.maxConcurrent(), quota.requestsPerMinute() / 60.0);
  }

  /**
   * A runner comes by.
   *
   * @param waitingBelow rows that the engine below has not sent yet
   */
  void begin(int waitingBelow) {
    if (isFed && waitingBelow == 0 && windows < MOST) {
      windows *= 2;
    }
    isFed = false;
  }

  /** A row was given. */
  void fed() {
    isFed = true;
  }

  /**
   * How many more an account may have.
   *
   * @param calls {@link #window}
   */
  int room(String account, int calls) {
    int most = Math.max(2 * calls, Math.min(MOST, windows * calls));
    return Math.max(FEWEST, most) - byAccount.getOrDefault(account, 0);
  }

  /**
   * How many rows are to be asked without a look.
   *
   * @param perSecond how many that takes; 0 for none
   * @param calls {@link #window}
   * @param waitingBelow rows that the engine below has not sent yet: they go before
   */
  int unlooked(double perSecond, int calls, int waitingBelow, long now) {
    int there = sum();
    double room = Math.max(0, Math.min(MOST, windows * calls) - there);
    double due = unlooked + perSecond * Math.max(0, now - countedAt) / 1e9;
    unlooked = perSecond <= 0 ? 0 : Math.min(room, due);
    countedAt = now;
    if (perSecond <= 0) {
      return 0;
    }
    return Math.max((int) unlooked - waitingBelow, there == 0 ? FEWEST : 0);
  }

  /** One of those was given. */
  void fedUnlooked() {
    unlooked = Math.max(0, unlooked - 1);
    isFed = true;
  }
}
