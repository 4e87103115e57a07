package io.sluice.internal.stage;

import io.sluice.Source;
import io.sluice.internal.engine.PreparedDocument;

/**
 * A row's identity in 16 bytes: a 64-bit hash of the file's path and the exact position in it. Two
 * files of a job share a hash with a probability below 1e-9 for 100,000 files.
 */
record RowId(long file, long position) {

  static RowId of(PreparedDocument row) {
    return of(row.document().source());
  }

  static RowId of(Source source) {
    return new RowId(hash(source.file()), source.position());
  }

  /** FNV-1a with a final mix; stable across JVMs, as state outlives them. */
  private static long hash(String text) {
    long h = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      h = (h ^ text.charAt(i)) * 0x100000001b3L;
    }
    h ^= h >>> 32;
    h *= 0xd6e8feb86659fd93L;
    return h ^ (h >>> 32);
  }
}
