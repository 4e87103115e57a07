package io.sluice.internal.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * A body of lines as it arrives, without what must not be read, and with lines of a bounded length:
 * a longer one breaks it. Not thread-safe.
 */
final class ScrubbedLines extends InputStream {
  private final InputStream in;
  private final UnaryOperator<String> scrub;
  private final int longest;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 12);
  private final byte[] buffer = new byte[1 << 14];
  private int from;
  private int to;
  private byte[] ready = {};
  private int given;
  private boolean ended;

  ScrubbedLines(InputStream in, UnaryOperator<String> scrub, int longest) {
    this.in = in;
    this.scrub = scrub;
    this.longest = longest;
  }

  @Override
  public int read() throws IOException {
    return fill() ? ready[given++] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int some = Math.min(length, ready.length - given);
    System.arraycopy(ready, given, bytes, offset, some);
    given += some;
    return some;
  }

  private boolean fill() throws IOException {
    while (given == ready.length) {
      if (ended) {
        return false;
      }
      next();
    }
    return true;
  }

  private void next() throws IOException {
    line.reset();
    boolean whole = false;
    while (!whole) {
      if (from == to) {
        from = 0;
        to = Math.max(0, in.read(buffer));
        if (to == 0) {
          ended = true;
          break;
        }
      }
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      whole = end < to;
      end = whole ? end + 1 : end;
      line.write(buffer, from, end - from);
      from = end;
      if (line.size() > longest) {
        throw new IOException("a line is longer than " + longest + " bytes");
      }
    }
    // What is no UTF-8 passes as it is, unless the key is beside it.
    String text = line.toString(StandardCharsets.UTF_8);
    String scrubbed = scrub.apply(text);
    ready = scrubbed.equals(text) ? line.toByteArray() : scrubbed.getBytes(StandardCharsets.UTF_8);
    given = 0;
  }
}
