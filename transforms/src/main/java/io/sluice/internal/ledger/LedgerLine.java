package io.sluice.internal.ledger;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One line of a segment: the CRC-32C of the rest in eight hex digits, a space, a JSON object, a
 * newline. {@code cut -c10- segment | jq} reads a segment.
 */
public final class LedgerLine {
  private static final int PREFIX = 9;

  private LedgerLine() {}

  /** The line of a record, with its newline. */
  public static byte[] encode(LedgerRecord record) {
    byte[] json = LedgerCodec.write(record);
    byte[] line = new byte[PREFIX + json.length + 1];
    String crc = HexFormat.of().toHexDigits((int) crc(json, 0, json.length)) + " ";
    System.arraycopy(crc.getBytes(StandardCharsets.US_ASCII), 0, line, 0, PREFIX);
    System.arraycopy(json, 0, line, PREFIX, json.length);
    line[line.length - 1] = '\n';
    return line;
  }

  /** The record of a line without its newline; null where the checksum is wrong. */
  static @Nullable LedgerRecord decode(byte[] bytes, int start, int length) {
    int json = start + PREFIX;
    if (length <= PREFIX || bytes[json - 1] != ' ') {
      return null;
    }
    long expected = 0;
    for (int i = start; i < json - 1; i++) {
      int digit = Character.digit(bytes[i], 16);
      if (digit < 0) {
        return null;
      }
      expected = expected << 4 | digit;
    }
    if (crc(bytes, json, length - PREFIX) != expected) {
      return null;
    }
    return LedgerCodec.read(bytes, json, length - PREFIX);
  }

  private static long crc(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return crc.getValue();
  }
}
