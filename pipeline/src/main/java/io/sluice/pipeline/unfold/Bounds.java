package io.sluice.pipeline.unfold;

/**
 * What bytes of others may take. A file says itself how much it unfolds to, and a few hundred bytes
 * can say gigabytes: so what is declared is held against these, and against what is left of the
 * file, before anything is allocated.
 */
public final class Bounds {
  /**
   * Of a row, unfolded. On its way it is there several times, as bytes, text, values and a request:
   * sixteen of the largest are what a small heap has.
   */
  public static final int ROW_BYTES = rowBytes(Runtime.getRuntime().maxMemory());

  /**
   * Of a row that a job has written: of a document as large as may be, with an answer behind it,
   * and by a job that may have had more memory.
   */
  public static final int OWN_ROW_BYTES = ownRowBytes(Runtime.getRuntime().maxMemory());

  /** Of the fields of a csv record: each takes some 50 bytes, and a comma is enough for one. */
  public static final int FIELDS = fields(Runtime.getRuntime().maxMemory());

  private static final long MOST_PIECE_BYTES = 256L << 20;
  private static final int PIECES_IN_MEMORY = 8;

  private Bounds() {}

  static int rowBytes(long memory) {
    return (int) Math.min(64 << 20, memory / 16);
  }

  static int ownRowBytes(long memory) {
    return (int) Math.min(1 << 30, memory / 2);
  }

  static int fields(long memory) {
    return (int) Math.min(1_000_000, memory / 1_024);
  }

  /**
   * Of an Avro file's header: a field of its schema takes forty times in memory what it takes
   * there, and that for each file that is open.
   */
  static int headerBytes(long memory) {
    return (int) Math.min(16 << 20, memory / 128);
  }

  /** Of what is in memory as a whole, a Parquet page or an Avro block, unfolded. */
  public static int pieceBytes() {
    return (int) Math.min(MOST_PIECE_BYTES, Runtime.getRuntime().maxMemory() / PIECES_IN_MEMORY);
  }

  /** Of all pages of a file that are in memory at a time, unfolded. */
  public static long openBytes() {
    return Runtime.getRuntime().maxMemory() / 4;
  }

  /** Of a Parquet row group, packed as it lies in the file: it is in memory as a whole. */
  public static long rowGroupBytes() {
    return Runtime.getRuntime().maxMemory() / 2;
  }
}
