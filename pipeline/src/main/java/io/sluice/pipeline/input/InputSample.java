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

  /** Reads at most so many rows, in the order of files. */
  public static InputSample take(List<InputFile> files, DocumentFields fields, int most)
      throws IOException {
    RowParser parser = new RowParser(fields);
    List<String> documents = new ArrayList<>();
    long rows = 0;
    long sampledBytes = 0;
    long totalBytes = files.stream().mapToLong(InputFile::bytes).sum();
    boolean whole = true;
    for (InputFile file : files) {
      try (RowReader reader = RowReader.open(file)) {
        Row row = reader.next();
        for (; row != null && rows < most; row = reader.next()) {
          rows++;
          sampledBytes += row.text().getBytes(StandardCharsets.UTF_8).length + 1;
          RowParser.Parsed parsed = parser.parse(file, row);
          if (parsed.problem() == null) {
            documents.add(parsed.document().json());
          }
        }
        whole &= row == null;
      }
      if (!whole) {
        break;
      }
    }
    long expected =
        whole ? rows : Math.max(rows, Math.round((double) totalBytes / sampledBytes * rows));
    return new InputSample(documents, rows, expected, whole);
  }
}
