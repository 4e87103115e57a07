package io.sluice.pipeline.input.text;

import io.sluice.pipeline.unfold.Bounds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Records of csv as RFC 4180 has them: fields in double quotes may hold delimiters, line ends and
 * doubled quotes. Lines end with LF, CRLF or CR. What was read of a record is kept until the next
 * one is begun, so that it can be read again in another way. Not thread-safe.
 */
final class CsvParser {
  private static final int FIRST_CHARS = 1 << 14;

  /** How reading a record ended. */
  enum End {
    RECORD,
    /** Text follows the quote that closes a field. */
    BAD_QUOTE,
    /** A quote was opened and not closed until the file's end, or as far as one looks. */
    OPEN_QUOTE,
    /** There is no more. */
    NOTHING
  }

  private final EscapingReader in;
  private final int mostChars;
  private char delimiter;
  private char[] chars = new char[FIRST_CHARS];

  /** From here on nothing is thrown away. */
  private int keep;

  /** Where the record begins, where it is read, and where what was read of the file ends. */
  private int start;

  private int at;
  private int end;

  /** How many characters of the file lie before the buffer. */
  private long before;

  private final List<String> fields = new ArrayList<>();
  private int count;
  private final StringBuilder field = new StringBuilder();
  private boolean quoted;

  /** Which fields of the record stand in quotes. */
  private final BitSet inQuotes = new BitSet();

  /**
   * @param mostChars how long a record may be
   */
  CsvParser(EscapingReader in, char delimiter, int mostChars) {
    this.in = in;
    this.delimiter = delimiter;
    this.mostChars = mostChars;
  }

  char delimiter() {
    return delimiter;
  }

  void delimiter(char other) {
    delimiter = other;
  }

  /** The fields of the last record, as many of them as one may have. */
  List<String> fields() {
    return fields;
  }

  /** How many fields the last record has. */
  int count() {
    return count;
  }

  /** Whether the last record is a line with nothing in it. */
  boolean isBlank() {
    return fields.size() == 1 && !quoted && fields.get(0).isBlank();
  }

  /** Where the record begins, in characters of the file. */
  long begin() {
    return before + start;
  }

  /** Behind what was read of it. */
  long reached() {
    return before + at;
  }

  /** The file's text between two places within the record. */
  String text(long from, long to) {
    return new String(chars, (int) (from - before), (int) (to - from));
  }

  /** Begins the next record where this one ends. */
  void next() {
    start = at;
    keep = at;
  }

  /** Begins the next record at a place that was read. */
  void next(long place) {
    look(place);
    keep = start;
  }

  /** Reads at a place that was read, and may go back from there. */
  void look(long place) {
    start = (int) (place - before);
    at = start;
  }

  /** Where the line that a place is in ends, its line end included; reads as far as that. */
  long endOfLine(long place) throws IOException {
    long back = before + at;
    at = (int) (place - before);
    int c = read();
    while (c >= 0 && c != '\n' && c != '\r') {
      c = read();
    }
    skipLineEnd(c);
    long result = before + at;
    at = (int) (back - before);
    return result;
  }

  /** Whether nothing stands in a field of the record, not even quotes. */
  boolean isNothing(int field) {
    return fields.get(field).isEmpty() && !inQuotes.get(field);
  }

  /** Reads the record that begins here, again if need be. */
  End record(boolean inOneLine) throws IOException {
    at = start;
    fields.clear();
    count = 0;
    inQuotes.clear();
    quoted = false;
    int c = read();
    if (c < 0) {
      return End.NOTHING;
    }
    while (true) {
      field.setLength(0);
      if (c == '"') {
        quoted = true;
        inQuotes.set(Math.min(count, Bounds.FIELDS));
        End broken = quotedField(inOneLine);
        if (broken != End.RECORD) {
          return broken;
        }
        c = read();
        while ((c == ' ' || c == '\t') && c != delimiter) {
          c = read();
        }
        if (c >= 0 && c != delimiter && c != '\n' && c != '\r') {
          return End.BAD_QUOTE;
        }
      } else {
        while (c >= 0 && c != delimiter && c != '\n' && c != '\r') {
          field.append((char) c);
          c = read();
        }
      }
      if (count++ < Bounds.FIELDS) {
        fields.add(field.toString());
      }
      if (c != delimiter) {
        skipLineEnd(c);
        return End.RECORD;
      }
      c = read();
    }
  }

  private End quotedField(boolean inOneLine) throws IOException {
    while (true) {
      int c = read();
      if (c < 0 || (inOneLine && (c == '\n' || c == '\r'))) {
        return End.OPEN_QUOTE;
      }
      if (c == '"' && peek() != '"') {
        return End.RECORD;
      }
      if (c == '"') {
        read();
      }
      field.append((char) c);
    }
  }

  /**
   * Whether the record was left because it is longer than one may be, and not at the file's end.
   */
  boolean isTooLong() {
    return at - start >= mostChars;
  }

  /** What was passed over: lines, and those of them with as many fields as there are columns. */
  record Passed(long lines, long fitting) {}

  /**
   * Passes over the rest of a record that is too long, from within a field in quotes, and keeps
   * nothing of it.
   */
  Passed pass(int columns) throws IOException {
    long lines = 0;
    long fitting = 0;
    int delimiters = 0;
    boolean isQuoted = true;
    next();
    for (int c = read(); c >= 0; c = read()) {
      next();
      if (c == '\n' || c == '\r') {
        skipLineEnd(c);
        next();
        if (!isQuoted) {
          break;
        }
        lines++;
        fitting += delimiters == columns - 1 ? 1 : 0;
        delimiters = 0;
      } else if (c == '"') {
        // One that is doubled opens what it has closed.
        isQuoted = !isQuoted;
      } else if (c == delimiter) {
        delimiters++;
      }
    }
    return new Passed(lines, fitting);
  }

  private void skipLineEnd(int c) throws IOException {
    if (c == '\r' && peek() == '\n') {
      read();
    }
  }

  private int peek() throws IOException {
    int c = read();
    if (c >= 0) {
      at--;
    }
    return c;
  }

  /** The next character; -1 at the end, or where the record has become too long. */
  private int read() throws IOException {
    if (at == end && !fill()) {
      return -1;
    }
    return chars[at++];
  }

  private boolean fill() throws IOException {
    if (at - start >= mostChars) {
      return false;
    }
    if (chars.length - end < 2) {
      if (keep > chars.length / 2) {
        System.arraycopy(chars, keep, chars, 0, end - keep);
        before += keep;
        at -= keep;
        end -= keep;
        start -= keep;
        keep = 0;
      } else {
        chars = Arrays.copyOf(chars, 2 * chars.length);
      }
    }
    int read = in.read(chars, end);
    if (read < 0) {
      return false;
    }
    end += read;
    return true;
  }

  void close() throws IOException {
    in.close();
  }
}
