package io.sluice.pipeline.input.columnar;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import io.sluice.pipeline.input.rows.SteadyChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.file.SeekableInput;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.beam.sdk.io.Compression;
import org.jspecify.annotations.Nullable;

/** Records of an Avro container file, a block in memory at a time. */
public final class AvroRows implements RowSource {
  private final DataFileStream<GenericRecord> records;
  private final SteadyChannel raw;
  private final AvroJson json = new AvroJson();
  private @Nullable GenericRecord reused;
  private long leftInBlock;
  private long rowsOfBlocks;

  private AvroRows(DataFileStream<GenericRecord> records, SteadyChannel raw) {
    this.records = records;
    this.raw = raw;
  }

  public static AvroRows open(SteadyChannel raw, Compression compression) throws IOException {
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>();
    DataFileStream<GenericRecord> records =
        compression == Compression.UNCOMPRESSED && raw.isSeekable()
            ? new DataFileReader<>(new Seekable(raw), reader)
            : new DataFileStream<>(
                Channels.newInputStream(compression.readDecompressed(raw)), reader);
    if (records.getSchema().getType() != Schema.Type.RECORD) {
      throw new IOException(
          "its values are of type "
              + records.getSchema().getType().getName()
              + "; expected records, whose fields are a document's");
    }
    return new AvroRows(records, raw);
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    if (!records.hasNext()) {
      checkEnd();
      return null;
    }
    if (leftInBlock == 0) {
      leftInBlock = records.getBlockCount();
      rowsOfBlocks += leftInBlock;
    }
    leftInBlock--;
    GenericRecord record = records.next(reused);
    reused = record;
    return json.row(position, record);
  }

  /** Avro takes the end of a file within the first bytes of a block for the end of the blocks. */
  private void checkEnd() throws IOException {
    if (records instanceof DataFileReader<?> blocks && blocks.previousSync() < raw.size()) {
      throw new IOException(
          "the file is cut off: what follows byte " + blocks.previousSync() + " is no block");
    }
  }

  @Override
  public long skip(long rows) throws IOException {
    long skipped = 0;
    while (leftInBlock == 0 && records.hasNext() && records.getBlockCount() <= rows - skipped) {
      skipped += records.getBlockCount();
      records.nextBlock();
    }
    rowsOfBlocks += skipped;
    return skipped;
  }

  @Override
  public List<String> columns() {
    return records.getSchema().getFields().stream().map(Schema.Field::name).toList();
  }

  @Override
  public long expectedRows(long rows, long textBytes, long fileBytes) {
    if (records instanceof DataFileReader<?> blocks && rows > leftInBlock) {
      long finished = leftInBlock == 0 ? rows : rowsOfBlocks - records.getBlockCount();
      if (finished > 0) {
        return Math.round((double) fileBytes / blocks.previousSync() * finished);
      }
    }
    return Math.round((double) fileBytes / Math.max(1, raw.position()) * rowsOfBlocks);
  }

  @Override
  public void close() throws IOException {
    records.close();
  }

  private record Seekable(SteadyChannel bytes) implements SeekableInput {
    @Override
    public void seek(long to) throws IOException {
      bytes.position(to);
    }

    @Override
    public long tell() {
      return bytes.position();
    }

    @Override
    public long length() throws IOException {
      return bytes.size();
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      return bytes.read(ByteBuffer.wrap(to, from, length));
    }

    @Override
    public void close() throws IOException {
      bytes.close();
    }
  }
}
