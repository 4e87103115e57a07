package io.sluice.internal.judge;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** An embedding, from little-endian float32 in base64 to a JSON array of numbers. */
final class Vectors {
  private static final int CHARS_PER_NUMBER = 12;

  private Vectors() {}

  static Verdict judge(String raw) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(raw);
    } catch (IllegalArgumentException e) {
      return new Verdict.Unfit("The embedding is not base64: " + e.getMessage());
    }
    if (bytes.length == 0 || bytes.length % Float.BYTES != 0) {
      return new Verdict.Unfit(
          "The embedding has "
              + bytes.length
              + " bytes, but expected were one or more numbers of "
              + Float.BYTES
              + " bytes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder json = new StringBuilder(bytes.length / Float.BYTES * CHARS_PER_NUMBER);
    char separator = '[';
    while (buffer.hasRemaining()) {
      float number = buffer.getFloat();
      if (!Float.isFinite(number)) {
        return new Verdict.Unfit("The embedding has a number that is not finite: " + number);
      }
      // Float.toString before JDK 19 does not always give the shortest digits; Jackson's does.
      json.append(separator).append(NumberOutput.toString(number, true));
      separator = ',';
    }
    return new Verdict.Fits(json.append(']').toString());
  }
}
