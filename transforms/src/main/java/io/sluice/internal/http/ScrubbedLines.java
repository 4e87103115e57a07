package io.sluice.internal.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * A body of lines as it arrives, without what must not be read, and with lines of a bounded length.
 * In the place of a longer one stand words that are none of anybody's: the lines around it are as
 * good as without it. What is a list, or far longer, breaks the body. Not thread-safe.
 */
final class ScrubbedLines extends InputStream {
  /** Of so many times what is read, such a line, or all of them, may have no end. */
  private static final long FAR = 4;

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

  /** What the line begins with, blanks aside; 0 before it does. */
  private int first;

  /** Bytes of lines that were too long. */
  private long passed;

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
    first = 0;
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
        first = first == 0 && buffer[end] > ' ' ? buffer[end] : first;
        end++;
      }
      whole = end < to;
      end = whole ? end + 1 : end;
      line.write(buffer, from, end - from);
      from = end;
      if (line.size() > longest) {
        pass(whole);
        break;
      }
    }
    // What is no UTF-8 passes as it is, unless the key is beside it.
    String text = line.toString(StandardCharsets.UTF_8);
    String scrubbed = scrub.apply(text);
    ready = scrubbed.equals(text) ? line.toByteArray() : scrubbed.getBytes(StandardCharsets.UTF_8);
    given = 0;
  }

  /** Goes to the end of a line that is too long, of which it keeps nothing. */
  private void pass(boolean whole) throws IOException {
    String told = "a line is longer than " + longest + " bytes";
    if (first == '[') {
      throw new IOException(told);
    }
    passed += line.size();
    line.reset();
    boolean isOver = whole;
    while (!isOver) {
      if (from == to) {
        from = 0;
        to = Math.max(0, in.read(buffer));
        ended = to == 0;
      }
      int begun = from;
      while (from < to && buffer[from] != '\n') {
        from++;
      }
      passed += from - begun;
      isOver = ended || from < to;
      from = from < to ? from + 1 : from;
      if (passed > FAR * longest) {
        throw new IOException(told);
      }
    }
    line.write((told + "\n").getBytes(StandardCharsets.ISO_8859_1));
  }
}
