package io.sluice.pipeline.unfold;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The text of a gzip file (RFC 1952), of as many members as it has; of a file that is none, what it
 * holds. All that comes before damage is given before that is thrown, which neither the JDK's
 * reader nor Commons Compress' does in all cases; zeros behind the last member are padding. Not
 * thread-safe.
 */
public final class GzipMembers extends ForwardStream {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int DEFLATE = 8;
  private static final int HAS_CHECKSUM = 2;
  private static final int HAS_EXTRA = 4;
  private static final int HAS_NAME = 8;
  private static final int HAS_COMMENT = 16;

  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int end;

  private final Inflater inflater = new Inflater(true);
  private final CRC32 checksum = new CRC32();
  private boolean begun;
  private boolean isPlain;
  private boolean inMember;

  public GzipMembers(InputStream in) {
    super(in);
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      if (isPlain) {
        return plain(to, from, length);
      }
      if (!inMember && !begin()) {
        return -1;
      }
      if (isPlain) {
        continue;
      }
      int read = unpack(to, from, length);
      if (read > 0) {
        return read;
      }
      if (inflater.finished()) {
        endMember();
      } else if (inflater.needsDictionary()) {
        throw new IOException("it asks for a dictionary, which gzip has none of: it is damaged");
      } else {
        at = end;
        if (!fill()) {
          throw new EOFException("the file is cut off");
        }
        inflater.setInput(buffer, at, end - at);
      }
    }
  }

  private int unpack(byte[] to, int from, int length) throws IOException {
    try {
      int read = inflater.inflate(to, from, length);
      checksum.update(to, from, read);
      return read;
    } catch (DataFormatException e) {
      throw new IOException(
          "it is damaged" + (e.getMessage() == null ? "" : ": " + e.getMessage()), e);
    }
  }

  private int plain(byte[] to, int from, int length) throws IOException {
    if (at == end && !fill()) {
      return -1;
    }
    int count = Math.min(length, end - at);
    System.arraycopy(buffer, at, to, from, count);
    at += count;
    return count;
  }

  /** False at the end. */
  private boolean begin() throws IOException {
    boolean first = !begun;
    begun = true;
    if (at == end && !fill()) {
      return false;
    }
    if (end - at < 2) {
      fillMore();
    }
    boolean isMember = end - at >= 2 && buffer[at] == (byte) 0x1F && buffer[at + 1] == (byte) 0x8B;
    if (first && !isMember) {
      isPlain = true;
      return true;
    }
    if (!isMember) {
      return isMoreThanPadding();
    }
    readHeader();
    inflater.reset();
    inflater.setInput(buffer, at, end - at);
    checksum.reset();
    inMember = true;
    return true;
  }

  /** Throws where something follows that is not padding; otherwise there is no more. */
  private boolean isMoreThanPadding() throws IOException {
    do {
      for (; at < end; at++) {
        if (buffer[at] != 0) {
          throw new IOException("something that is not packed follows the end of what is");
        }
      }
    } while (fill());
    return false;
  }

  private void readHeader() throws IOException {
    next();
    next();
    if (next() != DEFLATE) {
      throw new IOException("it is packed in a way that gzip does not know: it is damaged");
    }
    int flags = next();
    skip(6);
    if ((flags & HAS_EXTRA) != 0) {
      skip(next() | next() << 8);
    }
    if ((flags & HAS_NAME) != 0) {
      skipText();
    }
    if ((flags & HAS_COMMENT) != 0) {
      skipText();
    }
    if ((flags & HAS_CHECKSUM) != 0) {
      skip(2);
    }
  }

  private void endMember() throws IOException {
    at = end - inflater.getRemaining();
    long stated = number();
    long size = number();
    inMember = false;
    if (stated != checksum.getValue() || size != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
      throw new IOException("its checksum does not fit: it is damaged");
    }
  }

  private long number() throws IOException {
    long number = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      number |= (long) next() << shift;
    }
    return number;
  }

  private void skip(int bytes) throws IOException {
    for (int i = 0; i < bytes; i++) {
      next();
    }
  }

  private void skipText() throws IOException {
    while (next() != 0) {
      // Its name and what is said of it are of no use here.
    }
  }

  private int next() throws IOException {
    if (at == end && !fill()) {
      throw new EOFException("the file is cut off");
    }
    return buffer[at++] & 0xFF;
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer));
    return end > 0;
  }

  /** Behind what is there, for there is too little of it. */
  private void fillMore() throws IOException {
    int left = end - at;
    System.arraycopy(buffer, at, buffer, 0, left);
    at = 0;
    end = left + Math.max(0, in.read(buffer, left, buffer.length - left));
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    super.close();
  }
}
