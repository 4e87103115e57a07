package io.sluice.pipeline.input;

import io.sluice.Document;
import io.sluice.pipeline.input.rows.Row;
import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The documents of files, one after the other, as a run makes them of rows; rows that are none are
 * passed over. Not thread-safe.
 */
public final class InputDocuments implements Closeable {
  private final Iterator<InputFile> files;
  private final DocumentFields fields;
  private final RowParser parser;
  private @Nullable InputFile file;
  private @Nullable RowReader reader;

  public InputDocuments(List<InputFile> files, DocumentFields fields) {
    this.files = files.iterator();
    this.fields = fields;
    this.parser = new RowParser(fields);
  }

  /**
   * The next document; null at the end.
   *
   * @throws IOException if the storage fails
   */
  public @Nullable Document next() throws IOException {
    while (true) {
      RowReader open = reader;
      InputFile of = file;
      if (open == null || of == null) {
        if (!files.hasNext()) {
          return null;
        }
        file = files.next();
        reader = RowReader.open(file, fields);
        continue;
      }
      Row row = open.next();
      if (row == null) {
        close();
        continue;
      }
      RowParser.Parsed parsed = parser.parse(of, row);
      if (parsed.problem() == null) {
        return parsed.document();
      }
    }
  }

  @Override
  public void close() throws IOException {
    RowReader open = reader;
    reader = null;
    if (open != null) {
      open.close();
    }
  }
}
