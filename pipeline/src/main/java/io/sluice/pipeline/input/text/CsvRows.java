package io.sluice.pipeline.input.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import io.sluice.pipeline.unfold.Bounds;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records of csv, a row each, with the names of the header.
 *
 * <p><b>Where a quote is not closed</b> all that follows looks like one field, up to the next quote
 * or the file's end. Two things may have happened: somebody forgot a quote, and what follows are
 * rows; or a quote within a text was not doubled, and what follows are lines of that text. The
 * lines tell: if most of them have as many fields as the header, they are rows, and each is read on
 * its own; if not, they are lost with their record. A quote that nothing closes is always taken for
 * one that is too much. What is lost is a row with a problem for every record that it may have
 * been, and the row that the quote is in says how many after it are in doubt.
 */
final class CsvRows implements RowSource {
  /** A first line that names the delimiter, as Excel writes it, is no longer. */
  private static final int MOST_TOLD = 100;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a dead letter has of a record that is too long. */
  private static final int SHOWN_OF_LONG = 10_000;

  private static final char[] DELIMITERS = {';', '\t', '|'};

  private final CsvParser parser;
  private final TextForm form;
  private List<String> names = List.of();
  private List<String> header = List.of();

  /** Up to this place of the file no record goes over a line's end. */
  private long inOneLineUpTo;

  private CsvRows(CsvParser parser, TextForm form) {
    this.parser = parser;
    this.form = form;
  }

  static CsvRows open(InputStream in, TextForm form, boolean tabs) throws IOException {
    return open(in, form, tabs, form.rowBytes());
  }

  /**
   * As above.
   *
   * @param mostChars how long a record may be
   */
  static CsvRows open(InputStream in, TextForm form, boolean tabs, int mostChars)
      throws IOException {
    Character said = form.delimiter();
    char delimiter = said != null ? said : tabs ? '\t' : ',';
    CsvParser parser = new CsvParser(new EscapingReader(in), delimiter, mostChars);
    CsvRows rows = new CsvRows(parser, form);
    rows.readHeader(said == null);
    return rows;
  }

  private void readHeader(boolean findDelimiter) throws IOException {
    CsvParser.End end = firstRecord();
    if (end == CsvParser.End.NOTHING) {
      return;
    }
    String line = parser.text(parser.begin(), parser.reached());
    // The expression looks at each line end of a longer line again for each one before it.
    String told =
        line.length() > MOST_TOLD ? "" : line.toLowerCase(Locale.ROOT).replaceAll("[\r\n]+$", "");
    if (told.matches("\\s*\"?sep=.\"?\\s*")) {
      if (findDelimiter) {
        parser.delimiter(line.charAt(line.indexOf('=') + 1));
      }
      parser.next();
      end = firstRecord();
    } else if (findDelimiter && parser.fields().size() == 1) {
      char likely = likely(line);
      if (likely != 0) {
        parser.delimiter(likely);
        end = parser.record(false);
      }
    }
    if (end != CsvParser.End.RECORD) {
      throw new IOException("its header has a quote that is not closed: mend the first line");
    }
    if (parser.count() > Bounds.FIELDS) {
      throw new IOException(
          "its header has " + parser.count() + " columns; the most is " + Bounds.FIELDS);
    }
    names = named(parser.fields(), form);
    header = List.copyOf(parser.fields());
    parser.next();
  }

  /** The first that is no blank line. */
  private CsvParser.End firstRecord() throws IOException {
    CsvParser.End end = parser.record(false);
    while (end == CsvParser.End.RECORD && parser.isBlank()) {
      parser.next();
      end = parser.record(false);
    }
    return end;
  }

  /** What separates the fields of a header without commas; 0 where there is but one. */
  private static char likely(String line) {
    char best = 0;
    long most = 0;
    for (char c : DELIMITERS) {
      long count = line.chars().filter(d -> d == c).count();
      if (count > most) {
        best = c;
        most = count;
      }
    }
    return best;
  }

  private static String shown(char delimiter) {
    return delimiter == '\t' ? "\\t" : String.valueOf(delimiter);
  }

  /** A column without a name, as an index often is, is called by its number. */
  private static List<String> named(List<String> header, TextForm form) throws IOException {
    List<String> names = new ArrayList<>();
    Set<String> known = new HashSet<>(header);
    Set<String> seen = new HashSet<>();
    for (String name : header) {
      if (EscapingReader.hasEscapes(name)) {
        throw new IOException(
            "its header cannot be read: " + Utf8.problem(form).replace("The row", "it"));
      }
      String own = name;
      if (name.isBlank()) {
        own = "column" + (names.size() + 1);
        while (!known.add(own)) {
          own += "_";
        }
      }
      if (!seen.add(own)) {
        throw new IOException(
            "its header has two columns named \""
                + own
                + "\", and which one is meant is not known: rename one");
      }
      names.add(own);
    }
    return names;
  }

  @Override
  public @Nullable List<String> columns() {
    return names.isEmpty() ? null : names;
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    while (true) {
      CsvParser.End end = parser.record(parser.begin() < inOneLineUpTo);
      if (end == CsvParser.End.NOTHING) {
        return null;
      }
      if (end != CsvParser.End.RECORD) {
        return broken(position, end);
      }
      if (parser.isBlank()) {
        parser.next();
      } else if (parser.count() == names.size()) {
        Row row = row(position);
        parser.next();
        return row;
      } else {
        return broken(position, end);
      }
    }
  }

  /** Without the mark of a file that was put behind another one. */
  private static String unmarked(String value) {
    return value.startsWith("\uFEFF") ? value.substring(1) : value;
  }

  private Row row(long position) {
    parser.fields().set(0, unmarked(parser.fields().get(0)));
    if (names.size() > 1 && parser.fields().equals(header)) {
      return lost(
          position,
          parser.begin(),
          parser.reached(),
          "The header stands here once more, as where files were put one behind another");
    }
    ObjectNode fields = JSON.createObjectNode();
    for (int i = 0; i < names.size(); i++) {
      String value = parser.fields().get(i);
      if (EscapingReader.hasEscapes(value)) {
        return lost(position, parser.begin(), parser.reached(), Utf8.problem(form));
      }
      fields.put(names.get(i), form.own() && parser.isNothing(i) ? null : value);
    }
    return new Row(position, fields.toString(), null);
  }

  private Row broken(long position, CsvParser.End end) throws IOException {
    long begin = parser.begin();
    long reached = parser.reached();
    String count =
        parser.count()
            + " fields"
            + (parser.delimiter() == ',' ? "" : " by '" + shown(parser.delimiter()) + "'")
            + "; the header has "
            + names.size();
    long secondLine = parser.endOfLine(begin);
    boolean open = end == CsvParser.End.OPEN_QUOTE;
    boolean isTooLong = parser.isTooLong();
    if (secondLine >= reached && !open) {
      // All of it is in one line.
      Row row =
          lost(
              position,
              begin,
              Math.max(secondLine, reached),
              end == CsvParser.End.RECORD
                  ? "The record has " + count
                  : "Text follows the quote that closes a field; a quote within a field is written"
                      + " twice");
      parser.next(Math.max(secondLine, reached));
      return row;
    }
    long lastLine = open ? reached : beginOfLine(begin, reached);
    Lines lines = lines(secondLine, lastLine);
    boolean areRows = names.size() > 1 && 2 * lines.fitting > lines.all;
    if (open && !areRows && isTooLong) {
      String text = parser.text(begin, Math.min(secondLine, begin + SHOWN_OF_LONG)).stripTrailing();
      parser.next(reached);
      CsvParser.Passed passed = parser.pass(names.size());
      return new Row(
          position,
          EscapingReader.shown(text),
          "The record has more than "
              + (reached - begin)
              + " characters, in "
              + (lines.all + passed.lines() + 1)
              + " lines, and is passed over as far as its quote closes",
          names.size() > 1 ? lines.fitting + passed.fitting() : 0);
    }
    if (open || areRows) {
      Row row =
          lost(
              position,
              begin,
              secondLine,
              "A quote is opened and not closed"
                  + (lines.all == 0
                      ? ""
                      : "; the lines behind it, "
                          + lines.all
                          + ", were read as rows of their own, which is in doubt"));
      inOneLineUpTo = Math.max(inOneLineUpTo, lastLine);
      parser.next(secondLine);
      return row;
    }
    long after = end == CsvParser.End.RECORD ? reached : parser.endOfLine(reached);
    Row row =
        lost(
            position,
            begin,
            after,
            (end == CsvParser.End.RECORD
                    ? "The record has " + count
                    : "A quote within a field is not written twice")
                + "; the record goes over "
                + (lines.all + 2)
                + " lines, and rows among them are lost with it");
    parser.next(after);
    // Those that look like some.
    return new Row(position, row.text(), row.problem(), names.size() > 1 ? lines.fitting : 0);
  }

  /** Lines that may be rows. */
  private record Lines(long all, long fitting) {}

  /** Reads lines between two places that were read, each on its own. */
  private Lines lines(long from, long to) throws IOException {
    long all = 0;
    long fitting = 0;
    long line = from;
    while (line < to) {
      parser.look(line);
      boolean isRecord = parser.record(true) == CsvParser.End.RECORD;
      if (!isRecord || !parser.isBlank()) {
        all++;
        fitting += isRecord && parser.count() == names.size() ? 1 : 0;
      }
      line = isRecord ? parser.reached() : parser.endOfLine(line);
    }
    return new Lines(all, fitting);
  }

  private long beginOfLine(long begin, long place) {
    String text = parser.text(begin, place);
    // A line end that was read last belongs to the line before it.
    int at = text.length() - 1;
    while (at > 0 && (text.charAt(at) == '\n' || text.charAt(at) == '\r')) {
      at--;
    }
    while (at > 0 && text.charAt(at - 1) != '\n' && text.charAt(at - 1) != '\r') {
      at--;
    }
    return begin + at;
  }

  private Row lost(long position, long from, long to, String problem) {
    String text = parser.text(from, to).stripTrailing();
    return new Row(position, EscapingReader.shown(text), problem);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
