package io.sluice.pipeline.input.columnar;

import io.sluice.pipeline.input.rows.Faults;
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
import org.apache.avro.generic.GenericRecord;
import org.apache.beam.sdk.io.Compression;
import org.jspecify.annotations.Nullable;

/** Records of an Avro container file, a block in memory at a time. */
public final class AvroRows implements RowSource {
  private final AvroBlocks records;
  private final SteadyChannel raw;
  private final boolean isPacked;
  private final AvroJson json;
  private long rowsOfBlocks;

  /** Why nothing more can be read; null where something can. */
  private @Nullable IOException end;

  private AvroRows(AvroBlocks records, SteadyChannel raw, boolean isPacked, String named) {
    this.json = new AvroJson(named);
    this.records = records;
    this.raw = raw;
    this.isPacked = isPacked;
  }

  /**
   * @param named the property of a field that has its name as it is, where Avro has another; empty
   *     for Avro's names
   * @param rowBytes what a row may unfold to
   */
  public static AvroRows open(
      SteadyChannel raw, Compression compression, String named, int rowBytes) throws IOException {
    boolean isPacked = compression != Compression.UNCOMPRESSED;
    InputStream in =
        isPacked ? Unpacking.of(raw, compression, raw::position) : Channels.newInputStream(raw);
    AvroBlocks records = new AvroBlocks(in, isPacked ? -1 : raw.size(), rowBytes);
    return new AvroRows(records, raw, isPacked, named);
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    GenericRecord record;
    try {
      record = record();
    } catch (IOException | RuntimeException | StackOverflowError e) {
      return damaged(position, e);
    }
    if (record == null) {
      return null;
    }
    try {
      return json.row(position, record);
    } catch (RuntimeException | StackOverflowError e) {
      return new Row(position, "", "The row cannot be read: " + Faults.reason(e));
    }
  }

  /** The next record; null at the end. */
  private @Nullable GenericRecord record() throws IOException {
    if (end != null) {
      throw end;
    }
    if (!records.hasNext()) {
      return null;
    }
    if (records.isAtBlock()) {
      rowsOfBlocks += records.blockRows();
    }
    return records.next();
  }

  /**
   * One row in place of what is left of a block.
   *
   * @throws IOException where no block follows
   */
  private Row damaged(long position, Throwable e) throws IOException {
    long lost = Math.max(0, records.rowsLeft() - 1);
    IOException noMore = pass(e);
    if (noMore != null) {
      throw noMore;
    }
    return new Row(
        position,
        "",
        "Read a block of rows: "
            + Faults.reason(e)
            + (lost == 0 ? "" : "; rows lost with it: " + lost)
            + "; the blocks behind it are read. Mend the file and run again",
        lost);
  }

  /** Goes on behind what is damaged; why that cannot be, or null where it can. */
  private @Nullable IOException pass(Throwable e) throws IOException {
    Faults.throwIfStorage(e);
    if (end == null && !records.passDamage()) {
      end = e instanceof IOException io ? io : new IOException(Faults.reason(e), e);
    }
    return end;
  }

  /** Rows are read for that, for one in place of a damaged block is counted as one. */
  @Override
  public long skip(long rows) throws IOException {
    long skipped = 0;
    while (skipped < rows) {
      try {
        if (record() == null) {
          break;
        }
      } catch (IOException | RuntimeException | StackOverflowError e) {
        if (pass(e) != null) {
          break;
        }
      }
      skipped++;
    }
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
