package io.sluice.pipeline.input.text;

import io.sluice.pipeline.input.rows.Faults;
import io.sluice.pipeline.unfold.ForwardStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file that may be damaged: all that comes before the damage is given, and then it is thrown,
 * however often more is asked for. A look ahead ends there and throws nothing. Not thread-safe.
 */
final class Faulty extends ForwardStream {
  private @Nullable IOException fault;

  Faulty(InputStream in) {
    super(in);
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    IOException before = fault;
    if (before != null) {
      throw before;
    }
    try {
      return in.read(to, from, length);
    } catch (IOException | RuntimeException e) {
      IOException thrown = e instanceof IOException io ? io : new IOException(Faults.reason(e), e);
      fault = thrown;
      throw thrown;
    }
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
