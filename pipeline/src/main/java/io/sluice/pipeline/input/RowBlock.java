package io.sluice.pipeline.input;

import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.NullableCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.coders.VarLongCoder;

/**
 * Rows that follow each other in a file: what travels from the reader to the parsers.
 *
 * @param rows none where the file was read to its end
 * @param end how many rows the file has, where it was read to its end; otherwise 0
 */
record RowBlock(InputFile file, List<Row> rows, long end) implements Serializable {

  static RowBlock of(InputFile file, List<Row> rows) {
    return new RowBlock(file, rows, 0);
  }

  static RowBlock end(InputFile file, long end) {
    return new RowBlock(file, List.of(), end);
  }

  FileRows counts() {
    return new FileRows(file.name(), rows.size(), rows.isEmpty() ? 1 : 0, end);
  }

  static final class RowBlockCoder extends AtomicCoder<RowBlock> {
    private static final long serialVersionUID = 1L;
    private static final StringUtf8Coder TEXT = StringUtf8Coder.of();
    private static final NullableCoder<String> OPTIONAL = NullableCoder.of(StringUtf8Coder.of());

    @Override
    public void encode(RowBlock value, OutputStream out) throws IOException {
      TEXT.encode(value.file.name(), out);
      VarLongCoder.of().encode(value.file.bytes(), out);
      VarIntCoder.of().encode(value.file.format().ordinal(), out);
      VarLongCoder.of().encode(value.end, out);
      VarIntCoder.of().encode(value.rows.size(), out);
      for (Row row : value.rows) {
        VarLongCoder.of().encode(row.position(), out);
        TEXT.encode(row.text(), out);
        OPTIONAL.encode(row.problem(), out);
        VarLongCoder.of().encode(row.lost(), out);
      }
    }

    @Override
    public RowBlock decode(InputStream in) throws IOException {
      InputFile file =
          new InputFile(
              TEXT.decode(in),
              VarLongCoder.of().decode(in),
              InputFormat.values()[VarIntCoder.of().decode(in)]);
      long end = VarLongCoder.of().decode(in);
      int size = VarIntCoder.of().decode(in);
      List<Row> rows = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        rows.add(
            new Row(
                VarLongCoder.of().decode(in),
                TEXT.decode(in),
                OPTIONAL.decode(in),
                VarLongCoder.of().decode(in)));
      }
      return new RowBlock(file, rows, end);
    }
  }
}
