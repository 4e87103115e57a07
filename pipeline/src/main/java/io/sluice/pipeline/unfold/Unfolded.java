package io.sluice.pipeline.unfold;

import java.io.IOException;

/**
 * Ends a file whose rows are far more than its bytes can mean. A column that is the same in all
 * rows takes no bytes, so that a small file may have many rows; one of some kilobytes may also say
 * that it has a million million. Not thread-safe.
 */
public final class Unfolded {
  static final long FREE_BYTES = 1L << 30;
  static final int MOST_TIMES = 10_000;

  /** Of a row that is nearly empty. */
  private static final int ROW_BYTES = 64;

  private final long fileBytes;
  private long bytes;

  /**
   * @param fileBytes the file's size as it lies there
   */
  public Unfolded(long fileBytes) {
    this.fileBytes = fileBytes;
  }

  /**
   * Counts a row.
   *
   * @throws IOException if the file's rows are too many by now
   */
  public void add(long rowBytes) throws IOException {
    bytes += ROW_BYTES + rowBytes;
    if (bytes > FREE_BYTES && bytes / MOST_TIMES > fileBytes) {
      throw new IOException(
          "its rows unfold to more than "
              + MOST_TIMES
              + " times its "
              + fileBytes
              + " bytes; if that is meant, write it anew as jsonl");
    }
  }
}
