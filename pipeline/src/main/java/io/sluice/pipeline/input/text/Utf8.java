package io.sluice.pipeline.input.text;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Text in any encoding as UTF-8. What the encoding has no character for becomes a byte that UTF-8
 * does not know either, so that whoever reads a row sees that it cannot be read, and which.
 */
final class Utf8 {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final Charset UTF_32LE = Charset.forName("UTF-32LE");
  private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
  private static final byte UNKNOWN = (byte) 0xFF;

  private Utf8() {}

  /**
   * A file's text behind its byte order mark.
   *
   * @param encoding null to go by the mark, or by every second byte's being 0 as in UTF-16 without
   *     one, or three of four as in UTF-32
   */
  static BufferedInputStream of(InputStream bytes, @Nullable String encoding) throws IOException {
    BufferedInputStream in = new BufferedInputStream(bytes, BUFFER_BYTES);
    byte[] first = Faulty.look(in, 4);
    Charset marked = marked(first);
    Charset charset =
        marked != null ? marked : encoding == null ? guessed(first) : Charset.forName(encoding);
    if (marked != null) {
      in.skipNBytes(
          marked.equals(StandardCharsets.UTF_8) ? 3 : marked.name().startsWith("UTF-32") ? 4 : 2);
    }
    return charset.equals(StandardCharsets.UTF_8)
        ? in
        : new BufferedInputStream(new Transcoded(in, charset), BUFFER_BYTES);
  }

  private static @Nullable Charset marked(byte[] first) {
    if (starts(first, 0xEF, 0xBB, 0xBF)) {
      return StandardCharsets.UTF_8;
    }
    if (starts(first, 0xFF, 0xFE, 0, 0)) {
      return UTF_32LE;
    }
    if (starts(first, 0, 0, 0xFE, 0xFF)) {
      return UTF_32BE;
    }
    if (starts(first, 0xFF, 0xFE)) {
      return StandardCharsets.UTF_16LE;
    }
    return starts(first, 0xFE, 0xFF) ? StandardCharsets.UTF_16BE : null;
  }

  private static Charset guessed(byte[] first) {
    if (first.length == 4 && first[0] != 0 && first[1] == 0 && first[2] != 0 && first[3] == 0) {
      return StandardCharsets.UTF_16LE;
    }
    if (first.length == 4 && first[1] == 0 && first[2] == 0 && (first[0] == 0) != (first[3] == 0)) {
      return first[0] == 0 ? UTF_32BE : UTF_32LE;
    }
    return first.length == 4 && first[0] == 0 && first[1] != 0 && first[2] == 0 && first[3] != 0
        ? StandardCharsets.UTF_16BE
        : StandardCharsets.UTF_8;
  }

  /** Whether text begins with a mark. */
  static boolean isMarked(byte[] bytes, int from, int size) {
    return size >= 3
        && bytes[from] == (byte) 0xEF
        && bytes[from + 1] == (byte) 0xBB
        && bytes[from + 2] == (byte) 0xBF;
  }

  private static boolean starts(byte[] bytes, int... with) {
    if (bytes.length < with.length) {
      return false;
    }
    for (int i = 0; i < with.length; i++) {
      if ((bytes[i] & 0xFF) != with[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Decodes UTF-8 strictly; null where it is none.
   *
   * @param bytes of which {@code size} from {@code from} on are decoded
   */
  static @Nullable String strict(byte[] bytes, int from, int size) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, size))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** What is said of a row that cannot be decoded. */
  static String problem(TextForm form) {
    return form.encoding() == null
        ? "The row is not valid UTF-8; say input.encoding in the task, such as windows-1252, or"
            + " convert the file"
        : "The row has bytes that are no character in " + form.encoding() + " (input.encoding)";
  }

  private static final class Transcoded extends InputStream {
    private final InputStream in;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER_BYTES).flip();
    private final CharBuffer chars = CharBuffer.allocate(BUFFER_BYTES);
    private ByteBuffer out = ByteBuffer.allocate(0);
    private boolean ended;
    private boolean finished;

    Transcoded(InputStream in, Charset charset) {
      this.in = in;
      this.decoder =
          charset
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    @Override
    public int read() throws IOException {
      return fill() ? out.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, out.remaining());
      out.get(to, from, count);
      return count;
    }

    private boolean fill() throws IOException {
      while (!out.hasRemaining()) {
        if (finished) {
          return false;
        }
        readMore();
        CoderResult result = decoder.decode(bytes, chars, ended);
        chars.flip();
        ByteBuffer text = StandardCharsets.UTF_8.encode(chars);
        chars.clear();
        if (result.isError()) {
          bytes.position(bytes.position() + result.length());
          out = ByteBuffer.allocate(text.remaining() + 1).put(text).put(UNKNOWN).flip();
        } else {
          out = text;
          finished = ended && result.isUnderflow();
        }
      }
      return true;
    }

    private void readMore() throws IOException {
      if (ended || bytes.remaining() >= BUFFER_BYTES / 2) {
        return;
      }
      bytes.compact();
      int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
      ended = read < 0;
      bytes.position(bytes.position() + Math.max(0, read));
      bytes.flip();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
