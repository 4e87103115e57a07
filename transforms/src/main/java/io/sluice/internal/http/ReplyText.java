package io.sluice.internal.http;

import com.google.common.io.CharSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.apache.hc.core5.http.ContentType;
import org.jspecify.annotations.Nullable;

/**
 * The text of what a server sends. JSON between systems is UTF-8 (RFC 8259, section 8.1), whatever
 * its header says; what cannot be that is in the encoding that its zeros (RFC 4627, section 3), or
 * its header, tell. What fits none has U+FFFD where it does not. A byte order mark is no part of
 * it.
 */
final class ReplyText {
  private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
  private static final Charset UTF_32LE = Charset.forName("UTF-32LE");

  /** By so many bytes it is told. */
  private static final int HEAD = 4;

  private ReplyText() {}

  /**
   * @param contentType the header; null for none
   */
  static String of(byte[] bytes, @Nullable String contentType) {
    String text = decoded(bytes, contentType);
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /** A body of any size as it arrives, in UTF-8 where its first bytes tell that it is wider. */
  static InputStream utf8(InputStream in) throws IOException {
    PushbackInputStream peeked = new PushbackInputStream(in, HEAD);
    byte[] head = peeked.readNBytes(HEAD);
    peeked.unread(head);
    Charset wide = wide(head);
    if (wide == null) {
      return peeked;
    }
    CharSource chars =
        new CharSource() {
          @Override
          public Reader openStream() {
            return new InputStreamReader(peeked, wide);
          }
        };
    return chars.asByteSource(StandardCharsets.UTF_8).openStream();
  }

  private static String decoded(byte[] bytes, @Nullable String contentType) {
    Charset wide = wide(bytes);
    if (wide != null) {
      return new String(bytes, wide);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      Charset declared = declared(contentType);
      return new String(bytes, declared == null ? StandardCharsets.UTF_8 : declared);
    }
  }

  /** By the zeros beside a first character of ASCII, or of a byte order mark; null for none. */
  private static @Nullable Charset wide(byte[] bytes) {
    if (bytes.length < HEAD) {
      return null;
    }
    boolean zero0 = bytes[0] == 0;
    boolean zero1 = bytes[1] == 0;
    boolean zero2 = bytes[2] == 0;
    boolean marked = bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE;
    boolean markedBig = bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF;
    if (zero0 && zero1) {
      return UTF_32BE;
    }
    if (zero2 && bytes[3] == 0 && (zero1 || marked)) {
      return UTF_32LE;
    }
    if (zero0 || markedBig) {
      return StandardCharsets.UTF_16BE;
    }
    return zero1 || marked ? StandardCharsets.UTF_16LE : null;
  }

  private static @Nullable Charset declared(@Nullable String contentType) {
    ContentType type = ContentType.parseLenient(contentType);
    return type == null ? null : type.getCharset();
  }
}
