package io.sluice.internal.cascade;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Chance by fingerprint: the same request draws the same number in every run and on every worker,
 * and a number of its own for each purpose. Thread-safe.
 */
public final class Draw {
  private static final double UNIT = 0x1p-53;

  private Draw() {}

  /**
   * A number from 0 to below 1.
   *
   * @param purpose draws of different purposes do not depend on each other
   */
  public static double of(String purpose, String fingerprint) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(purpose.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      byte[] hash = digest.digest(fingerprint.getBytes(StandardCharsets.UTF_8));
      return (ByteBuffer.wrap(hash).getLong() >>> 11) * UNIT;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JVM has SHA-256", e);
    }
  }
}
