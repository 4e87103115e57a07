package io.sluice.pipeline.input.text;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.unfold.Bounds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records of csv that are longer than one may be. */
class CsvRowsTest {
  private static final int MOST_CHARS = 40_000;

  private static List<Row> read(String csv) throws IOException {
    return read(csv, MOST_CHARS);
  }

  private static List<Row> read(String csv, int mostChars) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (CsvRows in =
        CsvRows.open(
            new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)),
            TextForm.UNSAID,
            false,
            mostChars)) {
      for (Row row = in.next(1); row != null; row = in.next(rows.size() + 1L)) {
        rows.add(row);
      }
    }
    return rows;
  }

  @Test
  void aTextOfTooManyLines_isOneRecord() throws IOException {
    for (String lineEnd : List.of("\n", "\r\n", "\r")) {
      String line = "a line of \"\"it\"\"" + lineEnd;
      List<Row> rows =
          read(
              "id,text\n1,one\n2,\""
                  + line.repeat(20_000)
                  + "\",\"and, more\"\n3,three\n4,\""
                  + line
                  + "\"\n");
      assertThat(rows, hasSize(4));
      assertThat(rows.get(0).problem() == null, is(true));
      assertThat(
          String.valueOf(rows.get(1).problem()),
          allOf(containsString("20001 lines"), containsString("passed over")));
      assertThat(rows.get(1).text().length(), lessThan(20_000));
      assertThat(rows.get(1).lost(), is(0L));
      assertThat(rows.get(2).text(), is("{\"id\":\"3\",\"text\":\"three\"}"));
      assertThat(rows.get(3).problem() == null, is(true));
    }
  }

  @Test
  void aTextThatNeverEnds_takesTheRestWithIt_andSaysWhatMayBeRows() throws IOException {
    List<Row> rows = read("id,text\n1,\"" + "words\n".repeat(10_000) + "2,two\n".repeat(50));
    assertThat(rows, hasSize(1));
    assertThat(rows.get(0).lost(), is(50L));
  }

  @Test
  void aForgottenQuote_beforeMoreRowsThanARecordMayHave_costsItsRow() throws IOException {
    List<Row> rows = read("id,text\n1,\"one\n" + "2,two\n".repeat(20_000));
    assertThat(rows, hasSize(20_001));
    assertThat(rows.stream().filter(row -> row.problem() != null).count(), is(1L));
  }

  @Test
  void aRecordOfAMillionFields_isCounted() throws IOException {
    List<Row> rows =
        read("id,text\n1,one\n" + ",".repeat(2 * Bounds.FIELDS) + "\n2,two\n", 80_000_000);
    assertThat(rows, hasSize(3));
    assertThat(
        String.valueOf(rows.get(1).problem()),
        containsString(2 * Bounds.FIELDS + 1 + " fields; the header has 2"));
    assertThat(rows.get(2).text(), is("{\"id\":\"2\",\"text\":\"two\"}"));
  }

  @Test
  void aHeaderOfAMillionColumns_isRefused() {
    IOException refused =
        assertThrows(
            IOException.class, () -> read(",".repeat(2 * Bounds.FIELDS) + "\n", 80_000_000));
    assertThat(refused.getMessage(), containsString("columns; the most is " + Bounds.FIELDS));
  }
}
