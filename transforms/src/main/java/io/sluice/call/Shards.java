package io.sluice.call;

/** Which of Beam's keys serves an account. The same on every JVM. */
final class Shards {
  private Shards() {}

  /**
   * @return 0 up to, not including, {@code shards}
   */
  static int of(String account, int shards) {
    return Math.floorMod(account.hashCode(), shards);
  }
}
