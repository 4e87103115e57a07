package io.sluice.internal.stage;

/** Which of Beam's keys serves an account. The same on every JVM. */
final class Shards {
  private Shards() {}

  /**
   * @return 0 up to, not including, {@code shards}
   */
  static int of(String account, int shards) {
    return Math.floorMod(account.hashCode(), shards);
  }

  /**
   * What rows are chunked by.
   *
   * @param account empty for rows of a shard whose accounts share chunks
   */
  static String chunkKey(int shard, String account) {
    return shard + "/" + account;
  }

  /** The shard of a chunk. */
  static int ofChunk(String chunkKey) {
    return Integer.parseInt(chunkKey.substring(0, chunkKey.indexOf('/')));
  }
}
