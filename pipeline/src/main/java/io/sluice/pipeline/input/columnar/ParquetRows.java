package io.sluice.pipeline.input.columnar;

import io.sluice.pipeline.ParquetCodecs;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import io.sluice.pipeline.input.rows.SteadyChannel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.apache.beam.sdk.io.Compression;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Records of a Parquet file, a row group in memory at a time, packed as it lies in the file. What
 * is broken in a row group costs the rows from there to the file's end.
 */
public final class ParquetRows implements RowSource {
  private final ParquetFileReader file;
  private final MessageType schema;
  private final ParquetJson json;
  private final @Nullable Path copy;

  private int groupsBegun;
  private @Nullable RecordReader<Group> records;
  private long leftInGroup;

  private ParquetRows(ParquetFileReader file, @Nullable Path copy) {
    this.file = file;
    this.schema = file.getFooter().getFileMetaData().getSchema();
    String writer = file.getFooter().getFileMetaData().getCreatedBy();
    // Impala does not say of its strings that they are; from others such bytes may be anything.
    this.json = new ParquetJson(writer != null && writer.startsWith("impala"));
    this.copy = copy;
  }

  public static ParquetRows open(String file, SteadyChannel bytes, Compression compression)
      throws IOException {
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .usePageChecksumVerification(true)
            .build();
    if (compression == Compression.UNCOMPRESSED && bytes.isSeekable()) {
      return new ParquetRows(ParquetFileReader.open(new SeekableFile(file, bytes), options), null);
    }
    // It is read from its end, which a packed file has no way to.
    Path copy = Files.createTempFile("sluice-", ".parquet");
    try (InputStream in = Channels.newInputStream(compression.readDecompressed(bytes))) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return new ParquetRows(ParquetFileReader.open(new LocalInputFile(copy), options), copy);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(copy);
      throw e;
    }
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    try {
      while (leftInGroup == 0) {
        PageReadStore pages = file.readNextRowGroup();
        if (pages == null) {
          return null;
        }
        groupsBegun++;
        leftInGroup = pages.getRowCount();
        records =
            new ColumnIOFactory(file.getFooter().getFileMetaData().getCreatedBy())
                .getColumnIO(schema)
                .getRecordReader(pages, new GroupRecordConverter(schema));
      }
      RecordReader<Group> open = records;
      if (open == null) {
        throw new IllegalStateException("a row group has a reader");
      }
      Row row = json.row(position, open.read());
      leftInGroup--;
      return row;
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "row "
              + position
              + " of "
              + file.getRecordCount()
              + ", in row group "
              + Math.max(1, groupsBegun)
              + " of "
              + file.getRowGroups().size()
              + ": "
              + reason(e),
          e);
    }
  }

  /** Parquet's own messages leave to their cause what is the matter. */
  private static String reason(Exception e) {
    String told = e.getMessage() == null ? e.toString() : e.getMessage();
    Throwable cause = e.getCause();
    return cause == null || cause.getMessage() == null || told.contains(cause.getMessage())
        ? told
        : told + ": " + cause.getMessage();
  }

  @Override
  public long skip(long rows) {
    long skipped = 0;
    List<BlockMetaData> groups = file.getRowGroups();
    while (leftInGroup == 0
        && groupsBegun < groups.size()
        && groups.get(groupsBegun).getRowCount() <= rows - skipped) {
      skipped += groups.get(groupsBegun).getRowCount();
      file.skipNextRowGroup();
      groupsBegun++;
    }
    return skipped;
  }

  @Override
  public List<String> columns() {
    return schema.getFields().stream().map(Type::getName).toList();
  }

  @Override
  public long expectedRows(long rows, long textBytes, long fileBytes) {
    return file.getRecordCount();
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      if (copy != null) {
        Files.deleteIfExists(copy);
      }
    }
  }
}
