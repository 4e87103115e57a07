package io.sluice.pipeline.cli;

import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether there is any memory left, by taking a little of it now and then. Where the heap is
 * full for good, threads end one by one at whatever they were about to do, and a runner may wait
 * for them for ever; a heap that is full for a moment is none of that, unless a thread ran into it,
 * which the JVM tells where it was started so. Not thread-safe.
 */
final class MemoryWatch {
  static final long PAUSE_MILLIS = 1_000;
  private static final int TAKEN_BYTES = 1 << 19;

  /** So often in a row there was none. */
  private static final int FAILURES = 3;

  private final IntFunction<Object> take;
  private final @Nullable BooleanSupplier told;
  private int failures;

  /** A field, so that it is really taken. */
  @SuppressWarnings("unused")
  private volatile @Nullable Object taken;

  /**
   * @param told whether the JVM has told that some thread was refused memory; null where it was not
   *     started so. Where it was, no memory is taken: a heap that is nearly full would be collected
   *     for it, again and again.
   */
  MemoryWatch(@Nullable BooleanSupplier told) {
    this(byte[]::new, told);
  }

  /**
   * @param take allocates so many bytes
   */
  MemoryWatch(IntFunction<Object> take, @Nullable BooleanSupplier told) {
    this.take = take;
    this.told = told;
  }

  /** Whether there is none left, as far as one can tell. To be asked every second. */
  boolean isGone() {
    try {
      if (told != null) {
        return told.getAsBoolean();
      }
      taken = take.apply(TAKEN_BYTES);
      failures = 0;
    } catch (OutOfMemoryError e) {
      failures++;
    }
    taken = null;
    return failures >= FAILURES;
  }
}
