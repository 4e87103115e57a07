package io.sluice.pipeline.input.text;

import io.sluice.pipeline.input.rows.Faults;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file that may be damaged: all that comes before the damage is given, and then it is thrown,
 * however often more is asked for. A look ahead ends there and throws nothing. Not thread-safe.
 */
final class Faulty extends FilterInputStream {
  private @Nullable IOException fault;

  Faulty(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    IOException before = fault;
    if (before != null) {
      throw before;
    }
    try {
      return super.read(to, from, length);
    } catch (IOException | RuntimeException e) {
      IOException thrown = e instanceof IOException io ? io : new IOException(Faults.reason(e), e);
      fault = thrown;
      throw thrown;
    }
  }

  /** So that nobody who has bytes by now asks for more before they are used. */
  @Override
  public int available() {
    return 0;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /**
   * The bytes that come next, without taking them.
   *
   * @param in which supports marks
   * @return fewer than asked for at the end, and before damage
   */
  static byte[] look(InputStream in, int most) throws IOException {
    in.mark(most);
    byte[] seen = new byte[most];
    int size = 0;
    try {
      int read = 0;
      while (size < most && read >= 0) {
        read = in.read(seen, size, most - size);
        size += Math.max(0, read);
      }
    } catch (IOException e) {
      Faults.throwIfStorage(e);
    }
    in.reset();
    return Arrays.copyOf(seen, size);
  }
}
