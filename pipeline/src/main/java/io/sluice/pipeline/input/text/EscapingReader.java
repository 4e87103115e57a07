package io.sluice.pipeline.input.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes UTF-8; a byte that is none becomes half a surrogate pair, U+DC00 and the byte, which
 * nothing that can be decoded gives. So where rows end only characters tell, it is known which row
 * cannot be decoded.
 */
final class EscapingReader {
  private final InputStream in;
  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).flip();
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private boolean ended;

  EscapingReader(InputStream in) {
    this.in = in;
  }

  /**
   * Reads some characters.
   *
   * @param from where in {@code to} they go; there is room for two at least
   * @return how many; -1 at the end
   */
  int read(char[] to, int from) throws IOException {
    CharBuffer chars = CharBuffer.wrap(to, from, to.length - from);
    while (chars.position() == from) {
      if (ended && !bytes.hasRemaining()) {
        return -1;
      }
      readMore();
      CoderResult result = decoder.decode(bytes, chars, ended);
      while (result.isError() && chars.hasRemaining()) {
        for (int i = 0; i < result.length() && chars.hasRemaining(); i++) {
          chars.put((char) (0xDC00 | (bytes.get() & 0xFF)));
        }
        result = decoder.decode(bytes, chars, ended);
      }
    }
    return chars.position() - from;
  }

  private void readMore() throws IOException {
    if (ended || bytes.remaining() > 8) {
      return;
    }
    bytes.compact();
    int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
    ended = read < 0;
    bytes.position(bytes.position() + Math.max(0, read));
    bytes.flip();
  }

  /** Whether a text has bytes that could not be decoded. */
  static boolean hasEscapes(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isLowSurrogate(text.charAt(i))
          && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)))) {
        return true;
      }
    }
    return false;
  }

  /** As it can be shown: U+FFFD in place of such bytes. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      if (Character.isLowSurrogate(text.charAt(i))
          && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)))) {
        shown.setCharAt(i, '\uFFFD');
      }
    }
    return shown.toString();
  }

  void close() throws IOException {
    in.close();
  }
}
