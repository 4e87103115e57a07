package io.sluice.pipeline.unfold;

import java.io.IOException;
import java.io.InputStream;

/**
 * A stream over another that is read forwards alone, and by many bytes at a time. It says that none
 * are available, so that nobody who has bytes by now asks for more before those are used. Not
 * thread-safe.
 */
public abstract class ForwardStream extends InputStream {
  protected final InputStream in;

  protected ForwardStream(InputStream in) {
    this.in = in;
  }

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public abstract int read(byte[] to, int from, int length) throws IOException;

  @Override
  public void close() throws IOException {
    in.close();
  }
}
