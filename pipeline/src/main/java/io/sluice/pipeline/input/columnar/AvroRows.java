package io.sluice.pipeline.input.columnar;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import io.sluice.pipeline.input.rows.SteadyChannel;
import io.sluice.pipeline.table.InputType;
import io.sluice.pipeline.unfold.AvroBlocks;
import io.sluice.pipeline.unfold.Unpacking;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.beam.sdk.io.Compression;
import org.jspecify.annotations.Nullable;

/** Records of an Avro container file, a block in memory at a time. */
public final class AvroRows implements RowSource {
  private final AvroBlocks records;
  private final SteadyChannel raw;
  private final boolean isPacked;
  private final AvroJson json = new AvroJson();
  private long rowsOfBlocks;

  private AvroRows(AvroBlocks records, SteadyChannel raw, boolean isPacked) {
    this.records = records;
    this.raw = raw;
    this.isPacked = isPacked;
  }

  public static AvroRows open(SteadyChannel raw, Compression compression) throws IOException {
    boolean isPacked = compression != Compression.UNCOMPRESSED;
    InputStream in = Channels.newInputStream(compression.readDecompressed(raw));
    return new AvroRows(
        new AvroBlocks(isPacked ? Unpacking.of(in, raw::position) : in, isPacked ? -1 : raw.size()),
        raw,
        isPacked);
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    if (!records.hasNext()) {
      return null;
    }
    if (records.isAtBlock()) {
      rowsOfBlocks += records.blockRows();
    }
    return json.row(position, records.next());
  }

  @Override
  public long skip(long rows) throws IOException {
    long skipped = 0;
    while (records.isAtBlock() && records.hasNext() && records.blockRows() <= rows - skipped) {
      skipped += records.blockRows();
      records.skipBlock();
    }
    rowsOfBlocks += skipped;
    return skipped;
  }

  @Override
  public long left() {
    return records.rowsLeft();
  }

  @Override
  public String andMore() {
    return " of its block, and those of the blocks behind it";
  }

  @Override
  public List<String> columns() {
    return records.schema().getFields().stream().map(Schema.Field::name).toList();
  }

  @Override
  public Map<String, InputType> types() {
    return ColumnTypes.of(records.schema());
  }

  @Override
  public long expectedRows(long rows, long textBytes, long fileBytes) {
    long read = isPacked ? raw.position() : records.position();
    return Math.round((double) fileBytes / Math.max(1, read) * rowsOfBlocks);
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
