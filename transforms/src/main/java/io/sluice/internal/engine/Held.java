package io.sluice.internal.engine;

import java.util.List;

/**
 * The rows that wait in this JVM, over all its engines, and whether more should be let in. A few
 * windows of work are enough where they are spread over all accounts; but rows come in the input's
 * order, and where some account has run dry behind the rows of slower ones, reading on finds its
 * next ones. Memory is the limit to that, and an account that nothing has come for in a long time
 * is not waited for.
 *
 * <p>Over all engines, because one thread of a runner may serve several: waiting for one that is
 * full must not starve another. Not thread-safe.
 */
public final class Held {
  /** So many rows are held however few calls there are: they cost little and keep windows full. */
  private static final int MIN_ROWS = 2_000;

  public static final int MAX_ROWS = 20_000;

  private final long maxBytes;
  private long rows;
  private long bytes;
  private long windows;
  private boolean hungry;
  private boolean full;

  /**
   * @param maxBytes how much memory requests may take before no more are let in
   */
  public Held(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** An eighth of the heap, but no more than a runner that copies its state can bear. */
  public static Held inThisHeap() {
    return new Held(Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 8));
  }

  /** Adds an engine's rows. */
  public void add(int moreRows, long moreBytes) {
    rows += moreRows;
    bytes += moreBytes;
  }

  /**
   * Adds an account.
   *
   * @param window how many of its calls there may be at once
   * @param wantsRows whether it could send more than it has to send
   */
  public void add(int window, boolean wantsRows) {
    windows += window;
    hungry |= wantsRows;
  }

  /**
   * Adds engines that share their rows. One that has run dry alone is given more by the others, not
   * by more rows.
   *
   * @param parts one an engine
   */
  public void addTogether(List<Held> parts) {
    boolean areHungry = false;
    boolean isAnyFed = false;
    for (Held part : parts) {
      rows += part.rows;
      bytes += part.bytes;
      windows += part.windows;
      full |= part.full;
      areHungry |= part.hungry;
      isAnyFed |= part.windows > 0 && !part.hungry;
    }
    hungry |= areHungry && !isAnyFed;
  }

  /** An engine that judges by other rules takes no more. */
  public void fill() {
    full = true;
  }

  public boolean wantsMore() {
    if (full || rows <= MIN_ROWS) {
      return !full;
    }
    return bytes <= maxBytes && (rows <= Math.min(MAX_ROWS, 4 * windows) || hungry);
  }
}
