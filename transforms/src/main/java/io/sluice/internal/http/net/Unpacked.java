package io.sluice.internal.http.net;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;

/**
 * A body as it was before it was packed. What packs and unpacks on the way, and what stores a file,
 * does not always say so, and says so where it does not: the first bytes are gzip's or zlib's, or
 * they are the body's own. Only deflate without zlib's head, which has none, is known by its header
 * alone. How much a body unfolds to is bounded by its reader.
 */
public final class Unpacked {
  private static final int HEAD = 2;
  private static final int MOST_LAYERS = 3;

  /** What may follow the packed bytes, so that their connection can be kept. */
  private static final int MOST_BEHIND = 1 << 16;

  private final InputStream in;
  private final long length;

  private Unpacked(InputStream in, long length) {
    this.in = in;
    this.length = length;
  }

  /**
   * @param entity null for none
   */
  public static Unpacked of(@Nullable HttpEntity entity) throws IOException {
    InputStream raw = entity == null ? null : entity.getContent();
    if (entity == null || raw == null) {
      return new Unpacked(InputStream.nullInputStream(), 0);
    }
    String declared = entity.getContentEncoding();
    InputStream body = raw;
    for (int layer = 0; layer < MOST_LAYERS; layer++) {
      PushbackInputStream peeked = new PushbackInputStream(body, HEAD);
      InputStream plain = layer(peeked, layer == 0 && isDeflate(declared));
      body = plain == null ? peeked : plain;
      if (plain == null) {
        long length = layer == 0 ? entity.getContentLength() : -1;
        return new Unpacked(layer == 0 ? peeked : toTheEnd(peeked, raw), length);
      }
    }
    return new Unpacked(toTheEnd(body, raw), -1);
  }

  public InputStream in() {
    return in;
  }

  /** Bytes; below 0 where that is not known. */
  public long length() {
    return length;
  }

  private static boolean isDeflate(@Nullable String declared) {
    return declared != null && declared.strip().toLowerCase(Locale.ROOT).equals("deflate");
  }

  /** What is packed in it; null where nothing is. */
  private static @Nullable InputStream layer(PushbackInputStream in, boolean isDeflate)
      throws IOException {
    byte[] head = in.readNBytes(HEAD);
    in.unread(head);
    if (head.length < HEAD) {
      return null;
    }
    int one = head[0] & 0xff;
    int two = head[1] & 0xff;
    if (one == 0x1f && two == 0x8b) {
      return new GZIPInputStream(in);
    }
    // The second bytes that writers give, without the one that is a letter.
    if (one == 0x78 && (two == 0x01 || two == 0x9c || two == 0xda)) {
      return new InflaterInputStream(in);
    }
    return isDeflate && !isText(one) ? new InflaterInputStream(in, new Inflater(true)) : null;
  }

  /** How JSON, an event stream or a page begins. */
  private static boolean isText(int first) {
    return "{[\"<:\t\r\n ".indexOf(first) >= 0;
  }

  /** Reads the packed bytes to their end, too: a connection is kept only then. */
  private static InputStream toTheEnd(InputStream plain, InputStream packed) {
    return new FilterInputStream(plain) {
      private boolean ended;

      @Override
      public int read() throws IOException {
        int read = super.read();
        end(read);
        return read;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        end(read);
        return read;
      }

      private void end(int read) throws IOException {
        if (read < 0 && !ended) {
          ended = true;
          packed.skip(MOST_BEHIND);
          packed.read();
        }
      }
    };
  }
}
