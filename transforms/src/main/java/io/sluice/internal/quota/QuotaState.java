package io.sluice.internal.quota;

import java.io.Serializable;
import java.nio.ByteBuffer;

/**
 * A limiter's memory, for an earlier worker to leave to a later one. Immutable.
 *
 * @param requests requests that may be sent at once; below zero is debt
 * @param tokens tokens that may be spent at once; below zero is debt
 * @param atNanos when the levels held, epoch nanoseconds
 * @param pausedUntilNanos nothing may be sent before, epoch nanoseconds
 * @param rateFactor the share of the limits in use, above 0, at most 1
 */
public record QuotaState(
    double requests, double tokens, long atNanos, long pausedUntilNanos, double rateFactor)
    implements Serializable {
  private static final byte VERSION = 1;

  public byte[] encode() {
    return ByteBuffer.allocate(41)
        .put(VERSION)
        .putDouble(requests)
        .putDouble(tokens)
        .putLong(atNanos)
        .putLong(pausedUntilNanos)
        .putDouble(rateFactor)
        .array();
  }

  /**
   * The reverse of {@link #encode}.
   *
   * @throws IllegalArgumentException for bytes of another version
   */
  public static QuotaState decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length != 41 || in.get() != VERSION) {
      throw new IllegalArgumentException("Quota state of another version; start the job afresh");
    }
    return new QuotaState(
        in.getDouble(), in.getDouble(), in.getLong(), in.getLong(), in.getDouble());
  }
}
