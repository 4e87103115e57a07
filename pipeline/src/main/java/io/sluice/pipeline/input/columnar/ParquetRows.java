package io.sluice.pipeline.input.columnar;

import io.sluice.internal.temporary.TemporaryFiles;
import io.sluice.pipeline.input.rows.Faults;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import io.sluice.pipeline.input.rows.SteadyChannel;
import io.sluice.pipeline.parquet.ParquetCodecs;
import io.sluice.pipeline.table.InputType;
import io.sluice.pipeline.unfold.ParquetChunks;
import io.sluice.pipeline.unfold.ParquetFooter;
import io.sluice.pipeline.unfold.ParquetPages;
import io.sluice.pipeline.unfold.ParquetRecords;
import io.sluice.pipeline.unfold.Unpacking;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.io.Compression;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.SeekableInputStream;
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
  private final ParquetCodecs codecs;
  private final ParquetRecords values;
  private final SeekableInputStream ahead;
  private final ParquetChunks chunks;

  private int groupsBegun;
  private @Nullable RecordReader<Group> records;
  private long leftInGroup;
  private long read;

  /**
   * @param ahead a stream of the file, closed with this
   * @param fileBytes the file's size
   * @param rowBytes what a row may unfold to
   */
  private ParquetRows(
      ParquetFileReader file,
      ParquetCodecs codecs,
      @Nullable Path copy,
      SeekableInputStream ahead,
      long fileBytes,
      int rowBytes) {
    this.file = file;
    this.ahead = ahead;
    this.chunks = new ParquetChunks(ahead, fileBytes);
    this.codecs = codecs;
    this.schema = file.getFooter().getFileMetaData().getSchema();
    String writer = file.getFooter().getFileMetaData().getCreatedBy();
    // Impala does not say of its strings that they are; from others such bytes may be anything.
    this.json = new ParquetJson(writer != null && writer.startsWith("impala"));
    this.values = new ParquetRecords(schema, rowBytes);
    this.copy = copy;
  }

  /**
   * @param rowBytes what a row may unfold to
   */
  public static ParquetRows open(
      String file, SteadyChannel bytes, Compression compression, int rowBytes) throws IOException {
    ParquetCodecs codecs = new ParquetCodecs();
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(codecs)
            .usePageChecksumVerification(true)
            .build();
    if (compression == Compression.UNCOMPRESSED && bytes.isSeekable()) {
      return open(new SeekableFile(file, bytes), options, codecs, null, rowBytes);
    }
    // It is read from its end, which a packed file has no way to.
    Path copy = TemporaryFiles.createFile("sluice-", ".parquet");
    try (InputStream in = unpacked(bytes, compression)) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return open(new LocalInputFile(copy), options, codecs, copy, rowBytes);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      Files.deleteIfExists(copy);
      throw e;
    }
  }

  private static InputStream unpacked(SteadyChannel bytes, Compression compression)
      throws IOException {
    return compression == Compression.UNCOMPRESSED
        ? Unpacking.of(Channels.newInputStream(bytes), bytes::position)
        : Unpacking.of(bytes, compression, bytes::position);
  }

  private static ParquetRows open(
      org.apache.parquet.io.InputFile file,
      ParquetReadOptions options,
      ParquetCodecs codecs,
      @Nullable Path copy,
      int rowBytes)
      throws IOException {
    checkLengths(file, copy != null);
    ParquetFileReader reader = ParquetFileReader.open(file, options);
    try {
      ParquetFooter.check(reader.getFooter(), file.getLength());
      checkNames(reader.getFooter().getFileMetaData().getSchema());
      return new ParquetRows(reader, codecs, copy, file.newStream(), file.getLength(), rowBytes);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      reader.close();
      throw e;
    }
  }

  /** Parquet's reader takes the first for both, and breaks. */
  private static void checkNames(MessageType schema) throws IOException {
    Set<String> names = new HashSet<>();
    for (Type column : schema.getFields()) {
      if (!names.add(column.getName())) {
        throw new IOException(
            "two of its columns are named " + column.getName() + "; give each a name of its own");
      }
    }
  }

  /**
   * @param own whether a stream of its own is opened, to be closed
   */
  private static void checkLengths(org.apache.parquet.io.InputFile file, boolean own)
      throws IOException {
    SeekableInputStream in = file.newStream();
    try {
      ParquetFooter.checkLengths(in, file.getLength());
    } finally {
      if (own) {
        in.close();
      }
    }
  }

  @Override
  public @Nullable Row next(long position) throws IOException {
    try {
      while (leftInGroup == 0) {
        codecs.beginRowGroup();
        checkNextGroup();
        PageReadStore pages = file.readNextRowGroup();
        if (pages == null) {
          return null;
        }
        groupsBegun++;
        leftInGroup = pages.getRowCount();
        records =
            new ColumnIOFactory(file.getFooter().getFileMetaData().getCreatedBy())
                .getColumnIO(schema)
                .getRecordReader(new ParquetPages(pages), values);
      }
      RecordReader<Group> open = records;
      if (open == null) {
        throw new IllegalStateException("a row group has a reader");
      }
      Group record = open.read();
      leftInGroup--;
      Row row =
          values.isTooLarge()
              ? new Row(
                  position,
                  "",
                  "The row unfolds to "
                      + values.bytes()
                      + " bytes; the most is "
                      + values.mostBytes())
              : json.row(position, record);
      // One that breaks its reader is among those that are left.
      read++;
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

  /** The group that comes next; those without rows, of which some have no page, are passed over. */
  private void checkNextGroup() throws IOException {
    List<BlockMetaData> groups = file.getRowGroups();
    for (int i = groupsBegun; i < groups.size(); i++) {
      if (groups.get(i).getRowCount() > 0) {
        chunks.check(groups.get(i));
        return;
      }
    }
  }

  /** Parquet's own messages leave to their cause what is the matter. */
  private static String reason(Exception e) {
    String told = Faults.reason(e);
    Throwable cause = e.getCause();
    String why = cause == null || cause.getMessage() == null ? "" : Faults.reason(cause);
    return why.isEmpty() || told.contains(why) ? told : told + ": " + why;
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
    read += skipped;
    return skipped;
  }

  @Override
  public long left() {
    return Math.max(0, file.getRecordCount() - read);
  }

  @Override
  public List<String> columns() {
    return schema.getFields().stream().map(Type::getName).toList();
  }

  @Override
  public Map<String, InputType> types() {
    return ColumnTypes.of(schema);
  }

  @Override
  public long expectedRows(long rows, long textBytes, long fileBytes) {
    return file.getRecordCount();
  }

  @Override
  public void close() throws IOException {
    try (SeekableInputStream also = ahead) {
      file.close();
    } finally {
      if (copy != null) {
        Files.deleteIfExists(copy);
      }
    }
  }
}
