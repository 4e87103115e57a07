package io.sluice.pipeline.input;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The first rows of an input, and how many rows they suggest there are.
 *
 * @param documents the rows that are documents, as JSON
 * @param rows rows read, bad ones included
 * @param expectedRows by the size of the files; exact if {@code whole}
 * @param whole whether every row was read
 */
public record InputSample(List<String> documents, long rows, long expectedRows, boolean whole) {

  /**
   * Reads at most so many rows, in the order of files.
   *
   * @throws IllegalArgumentException if a file that was looked at lacks a column that the task
   *     names, or none of them can be read; the message says so
   */
  public static InputSample take(List<InputFile> files, DocumentFields fields, int most)
      throws IOException {
    RowParser parser = new RowParser(fields);
    List<String> documents = new ArrayList<>();
    String broken = null;
    long rows = 0;
    long openedBytes = 0;
    double openedRows = 0;
    boolean whole = true;
    for (InputFile file : files) {
      try (RowReader reader = RowReader.open(file, fields)) {
        if (reader.mismatch() != null) {
          throw new IllegalArgumentException("--input: " + reader.mismatch());
        }
        long before = rows;
        long textBytes = 0;
        Row row = reader.next();
        for (; row != null && rows < most; row = reader.next()) {
          rows++;
          textBytes += row.text().getBytes(StandardCharsets.UTF_8).length + 1;
          RowParser.Parsed parsed = parser.parse(file, row);
          if (parsed.problem() == null) {
            documents.add(parsed.document().json());
          } else if (reader.isBroken()) {
            broken = parsed.problem();
          }
        }
        openedBytes += file.bytes();
        openedRows +=
            row == null || rows == before
                ? rows - before
                : reader.expectedRows(rows - before, textBytes, file.bytes());
        whole &= row == null;
      }
      if (!whole) {
        break;
      }
    }
    if (documents.isEmpty() && broken != null) {
      throw new IllegalArgumentException("--input: " + broken);
    }
    long totalBytes = files.stream().mapToLong(InputFile::bytes).sum();
    long expected =
        whole
            ? rows
            : Math.max(rows, Math.round(openedRows / Math.max(1, openedBytes) * totalBytes));
    return new InputSample(documents, rows, expected, whole);
  }
}
