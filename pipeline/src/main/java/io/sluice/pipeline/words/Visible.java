package io.sluice.pipeline.words;

import io.sluice.internal.text.Text;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Text of others on a terminal and in a log. A document, an answer or a provider's error may hold
 * control characters that clear the screen, set the window's title, type on some terminals, turn
 * text around or begin a line that looks like the program's own; here they are seen and do nothing.
 */
public final class Visible {
  private static final String CONTINUED = "    ";

  private Visible() {}

  /** A text in a line of the program's own: its line ends are seen, too. */
  public static String line(String text) {
    return text(text).replace('\n', '\u240A').replace('\t', ' ');
  }

  /**
   * A text of several lines. What is not to be there becomes its picture, or its number as JSON has
   * it, so that JSON stays what it was.
   */
  public static String text(String text) {
    if (text.chars().allMatch(c -> c >= ' ' && c < 0x7F || c == '\n')) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(code -> append(out, code));
    return out.toString();
  }

  private static void append(StringBuilder out, int code) {
    if (code == '\n' || code == '\t') {
      out.append((char) code);
    } else if (code < 0x20) {
      out.append((char) (0x2400 + code));
    } else if (Character.getType(code) == Character.SURROGATE) {
      out.append(Text.REPLACEMENT);
    } else if (isHidden(code)) {
      for (char half : Character.toChars(code)) {
        out.append(String.format("\\u%04x", (int) half));
      }
    } else {
      out.appendCodePoint(code);
    }
  }

  private static boolean isHidden(int code) {
    return switch (Character.getType(code)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      // Joiners are part of words and emoji; the rest of this category turns text around.
      case Character.FORMAT -> code != 0x200C && code != 0x200D;
      default -> false;
    };
  }

  /** A stream that makes visible what is printed to it. */
  public static PrintStream stream(PrintStream to) {
    return new PrintStream(new Filter(to), true, StandardCharsets.UTF_8);
  }

  /** As above, for a log: what a message has behind its first line is set in. */
  public static PrintStream log(PrintStream to) {
    return new PrintStream(new Filter(to), true, StandardCharsets.UTF_8) {
      @Override
      public void println(String text) {
        super.println(String.valueOf(text).replace("\n", "\n" + CONTINUED));
      }

      @Override
      public void println(Object text) {
        println(String.valueOf(text));
      }
    };
  }

  /** Decodes what is written, as far as it is whole. Guarded by the stream that it is in. */
  private static final class Filter extends OutputStream {
    private final PrintStream to;
    private final CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] left = new byte[0];

    Filter(PrintStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      ByteBuffer in = ByteBuffer.allocate(left.length + length);
      in.put(left).put(bytes, from, length).flip();
      CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
      decoder.reset().decode(in, out, false);
      left = new byte[in.remaining()];
      in.get(left);
      to.print(text(out.flip().toString()));
    }

    /** So that who prints here may ask whether anybody reads it still. */
    @Override
    public void flush() throws IOException {
      if (to.checkError()) {
        throw new IOException("nobody reads it any more");
      }
    }
  }
}
