package io.sluice.pipeline.input;

import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The first rows of an input, and how many rows they suggest there are.
 *
 * @param documents the rows that are documents, as JSON
 * @param rows rows read, bad ones included
 * @param expectedRows by the size of the files; exact if {@code whole}
 * @param whole whether every row was read
 * @param again how many of the documents are dead letters that are given back
 */
public record InputSample(
    List<String> documents, long rows, long expectedRows, boolean whole, int again) {

  /** How many rows are looked at of files behind those whose rows were all no documents. */
  private static final int ROWS_OF_LATER_FILES = 20;

  private static final int LATER_FILES = 100;

  /**
   * Reads at most so many rows, in the order of files; a few more where none of those is a
   * document.
   *
   * @throws IllegalArgumentException if a file that was looked at lacks a column that the task
   *     names, or no row that was looked at is a document; the message says so
   */
  public static InputSample take(List<InputFile> files, DocumentFields fields, int most)
      throws IOException {
    Taking taking = new Taking(fields);
    int opened = 0;
    boolean whole = true;
    for (InputFile file : files) {
      whole &= taking.take(file, most - taking.rows);
      opened++;
      if (!whole) {
        break;
      }
    }
    for (InputFile file : files.subList(opened, Math.min(files.size(), opened + LATER_FILES))) {
      if (taking.documents.isEmpty()) {
        taking.take(file, ROWS_OF_LATER_FILES);
      }
    }
    if (taking.documents.isEmpty() && taking.rows > 0) {
      throw new IllegalArgumentException("--input: " + taking.noDocument());
    }
    long totalBytes = files.stream().mapToLong(InputFile::bytes).sum();
    long expected =
        whole
            ? taking.rows
            : Math.max(
                taking.rows,
                Math.round(taking.openedRows / Math.max(1, taking.openedBytes) * totalBytes));
    return new InputSample(taking.documents, taking.rows, expected, whole, taking.again);
  }

  /** The ids of a file's first documents. */
  public static Set<String> ids(InputFile file, DocumentFields fields, int most)
      throws IOException {
    Set<String> ids = new HashSet<>();
    RowParser parser = new RowParser(fields);
    try (RowReader reader = RowReader.open(file, fields)) {
      Row row = reader.next();
      for (int i = 0; row != null && i < most; i++, row = reader.next()) {
        ids.add(parser.parse(file, row).document().id());
      }
    }
    return ids;
  }

  /** What was read so far. */
  private static final class Taking {
    final DocumentFields fields;
    final RowParser parser;
    final List<String> documents = new ArrayList<>();
    String problem = "";
    boolean broken = true;
    long rows;
    int again;
    long openedBytes;
    double openedRows;

    Taking(DocumentFields fields) {
      this.fields = fields;
      this.parser = new RowParser(fields);
    }

    /** Whether the file was read to its end. */
    boolean take(InputFile file, long most) throws IOException {
      try (RowReader reader = RowReader.open(file, fields)) {
        if (reader.mismatch() != null) {
          throw new IllegalArgumentException("--input: " + reader.mismatch());
        }
        long before = rows;
        long textBytes = 0;
        Row row = reader.next();
        for (; row != null && rows - before < most; row = reader.next()) {
          rows++;
          textBytes += row.text().getBytes(StandardCharsets.UTF_8).length + 1;
          RowParser.Parsed parsed = parser.parse(file, row);
          if (parsed.problem() == null) {
            documents.add(parsed.document().json());
            again += RowParser.isDeadLetter(row) ? 1 : 0;
          } else if (problem.isEmpty()) {
            problem = parsed.problem();
          }
          broken &= reader.isBroken();
        }
        openedBytes += file.bytes();
        openedRows +=
            row == null || rows == before
                ? rows - before
                : reader.expectedRows(rows - before, textBytes, file.bytes());
        return row == null;
      }
    }

    String noDocument() {
      return broken || rows == 1
          ? problem
          : "none of the first " + rows + " rows is a document: " + problem;
    }
  }
}
