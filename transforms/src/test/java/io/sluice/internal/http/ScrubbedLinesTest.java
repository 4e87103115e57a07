package io.sluice.internal.http;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScrubbedLinesTest {
  /** Hands out a byte at a time, as a network may. */
  private static InputStream drops(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] to, int offset, int length) {
        return super.read(to, offset, Math.min(1, length));
      }
    };
  }

  private static String read(InputStream in, int longest) throws IOException {
    ScrubbedLines lines = new ScrubbedLines(in, text -> text.replace("key", "***"), longest);
    return new String(lines.readAllBytes(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "a", "a\n", "a\n\nb\r\n", "grün 🙂\nkey", "the key\nkeykey\n"})
  void linesPass_andTheKeyDoesNot(String text) throws IOException {
    assertThat(read(drops(text), 100), is(text.replace("key", "***")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\nLONG\nb\n", "LONG\nb\n", "a\nLONG", "LONG\n", "a\nLONG\nLONG\nb"})
  void aLineThatIsTooLong_leavesThoseAroundIt(String text) throws IOException {
    String read = read(drops(text.replace("LONG", "{\"x\":\"" + "y".repeat(300))), 200);
    assertThat(
        read.replace("a line is longer than 200 bytes\n", "LONG\n"),
        is(text.endsWith("G") ? text + "\n" : text));
  }

  @Test
  void aLongList_isNotTakenForOneLine() {
    assertThrows(IOException.class, () -> read(drops(" [" + "{},".repeat(1000)), 200));
  }

  @Test
  void whatIsNoUtf8_isLeft_andAKeyIsFoundInLettersThatAreNoAscii() throws IOException {
    byte[] latin = "gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1);
    InputStream in = new ScrubbedLines(new ByteArrayInputStream(latin), text -> text, 100);
    assertThat(in.readAllBytes(), is(latin));
    InputStream wide =
        new ScrubbedLines(drops("k\u00fcy \u00fc\n"), text -> text.replace("k\u00fcy", "*"), 100);
    assertThat(new String(wide.readAllBytes(), StandardCharsets.UTF_8), is("* \u00fc\n"));
  }

  @Test
  void aLineWithoutAnEnd_breaks() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    assertThrows(IOException.class, () -> read(endless, 1_000_000));
  }
}
