package io.sluice.internal.cascade;

/** What rows take of memory while they wait to be decided. Guarded by its owner. */
final class Room {
  private final int mostRows;
  private final long mostBytes;
  private int rows;
  private long bytes;

  /**
   * @param mostRows that may wait
   * @param mostBytes of those
   */
  Room(int mostRows, long mostBytes) {
    this.mostRows = mostRows;
    this.mostBytes = mostBytes;
  }

  void enter(Item<?> item) {
    rows++;
    bytes += of(item);
  }

  void leave(Item<?> item) {
    rows--;
    bytes -= of(item);
  }

  private static long of(Item<?> item) {
    return item.bytes + (item.features == null ? 0 : item.features.bytes());
  }

  /** A row that waits takes more, or less. */
  void addBytes(long more) {
    bytes += more;
  }

  boolean isFull() {
    return rows >= mostRows || bytes >= mostBytes;
  }

  int mostRows() {
    return mostRows;
  }

  /** About. */
  long bytes() {
    return bytes;
  }

  void clear() {
    rows = 0;
    bytes = 0;
  }
}
