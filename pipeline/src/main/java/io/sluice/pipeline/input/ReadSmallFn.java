package io.sluice.pipeline.input;

import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.util.List;
import org.apache.beam.sdk.transforms.DoFn;

/**
 * Reads a small file's rows at once. On the Direct runner a splittable function takes a tenth of a
 * second an element, which three thousand files of a row each would pay.
 */
final class ReadSmallFn extends DoFn<InputFile, RowBlock> {
  private static final long serialVersionUID = 1L;
  private static final long SMALL_BYTES = 1 << 20;

  /** What is packed may unfold to a thousand times as much. */
  private static final long SMALL_PACKED_BYTES = 1 << 14;

  private final DocumentFields fields;

  ReadSmallFn(DocumentFields fields) {
    this.fields = fields;
  }

  static boolean isSmall(InputFile file) {
    return file.bytes() <= (InputFormat.isPacked(file.name()) ? SMALL_PACKED_BYTES : SMALL_BYTES);
  }

  @ProcessElement
  public void process(@Element InputFile file, OutputReceiver<RowBlock> out) throws IOException {
    try (RowReader rows = RowReader.open(file, fields)) {
      List<Row> block = ReadRowsFn.nextBlock(rows);
      while (!block.isEmpty()) {
        out.output(RowBlock.of(file, block));
        block = ReadRowsFn.nextBlock(rows);
      }
      out.output(RowBlock.end(file, rows.position()));
    }
  }
}
