package io.sluice.pipeline.unfold;

import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The text of a bzip2 file, of as many streams as it has. All that comes before damage is given
 * before that is thrown, which the library's reader of many bytes does not. Not thread-safe.
 */
public final class Bzip2Streams extends ForwardStream {
  private @Nullable IOException fault;

  private Bzip2Streams(InputStream in) {
    super(in);
  }

  /** What a file unfolds to. */
  public static InputStream unpacked(InputStream packed) throws IOException {
    return new Bzip2Streams(new BZip2CompressorInputStream(packed, true));
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    if (fault != null) {
      throw fault;
    }
    int count = 0;
    try {
      while (count < length) {
        int one = in.read();
        if (one < 0) {
          return count == 0 ? -1 : count;
        }
        to[from + count++] = (byte) one;
      }
    } catch (IOException e) {
      if (count == 0) {
        throw e;
      }
      fault = e;
    }
    return count;
  }
}
