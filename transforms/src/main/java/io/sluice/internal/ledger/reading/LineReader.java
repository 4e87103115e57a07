package io.sluice.internal.ledger.reading;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;

/**
 * Splits a stream into lines without copying byte by byte: a line lies in this reader's own buffer
 * until the next one is read. Not thread-safe.
 */
public final class LineReader {
  private final InputStream in;
  private byte[] buffer;
  private int lineStart;
  private int lineEnd;
  private int filled;

  /**
   * @param bytes how much to read at once; a longer line makes the buffer grow
   */
  public LineReader(InputStream in, int bytes) {
    this.in = in;
    this.buffer = new byte[bytes];
  }

  /**
   * Goes to the next line.
   *
   * @return false where the stream ends before a newline; what is there is not a line
   */
  public boolean next() throws IOException {
    lineStart = filled == 0 ? 0 : Math.min(filled, lineEnd + 1);
    int scanned = lineStart;
    while (true) {
      for (; scanned < filled; scanned++) {
        if (buffer[scanned] == '\n') {
          lineEnd = scanned;
          return true;
        }
      }
      if (lineStart > 0) {
        System.arraycopy(buffer, lineStart, buffer, 0, filled - lineStart);
        filled -= lineStart;
        scanned -= lineStart;
        lineStart = 0;
      } else if (filled == buffer.length) {
        buffer = Arrays.copyOf(buffer, 2 * buffer.length);
      }
      int read = in.read(buffer, filled, buffer.length - filled);
      if (read < 0) {
        lineEnd = filled;
        return false;
      }
      filled += read;
    }
  }

  /** The array that holds the line, from {@link #start}, {@link #length} bytes. */
  public byte[] bytes() {
    return buffer;
  }

  public int start() {
    return lineStart;
  }

  /** Without the newline. */
  public int length() {
    return lineEnd - lineStart;
  }

  /** The line and all that follows, for another reader; this one is not used any more. */
  public InputStream rest() {
    return new SequenceInputStream(
        new ByteArrayInputStream(buffer, lineStart, filled - lineStart), in);
  }
}
