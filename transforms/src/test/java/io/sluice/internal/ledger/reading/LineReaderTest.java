package io.sluice.internal.ledger.reading;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
  private static List<String> lines(String text, int buffer, int atOnce) throws IOException {
    var in =
        new FilterInputStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII))) {
          @Override
          public int read(byte[] bytes, int from, int length) throws IOException {
            return super.read(bytes, from, Math.min(length, atOnce));
          }
        };
    LineReader reader = new LineReader(in, buffer);
    List<String> lines = new ArrayList<>();
    while (reader.next()) {
      lines.add(
          new String(reader.bytes(), reader.start(), reader.length(), StandardCharsets.US_ASCII));
    }
    return lines;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 64})
  void everyBufferAndEveryWayToReadGiveTheSameLines(int buffer) throws IOException {
    for (int atOnce = 1; atOnce <= 9; atOnce++) {
      assertThat(
          "buffer " + buffer + ", " + atOnce + " at once",
          lines("one\n\nthree is longer\nfour\n", buffer, atOnce),
          is(List.of("one", "", "three is longer", "four")));
    }
  }

  @Test
  void whatHasNoNewlineIsNotALine() throws IOException {
    assertThat(lines("one\ntw", 4, 4), is(List.of("one")));
    assertThat(lines("", 4, 4), is(List.of()));
  }
}
