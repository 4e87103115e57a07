package io.sluice.pipeline.unfold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.SeekableInputStream;

/** Holds what a Parquet file's footer says against the file. */
public final class ParquetFooter {
  /** Tables of levels grow with its square. */
  private static final int MOST_LEVELS = 100;

  /** The footer's length and the mark that ends a file. */
  private static final int TAIL_BYTES = 8;

  private ParquetFooter() {}

  /**
   * Looks at the footer before Parquet's reader does, which takes memory for what it declares.
   *
   * @param fileBytes the file's size
   * @throws IOException if a length in it cannot be
   */
  public static void checkLengths(SeekableInputStream file, long fileBytes) throws IOException {
    if (fileBytes < TAIL_BYTES) {
      return;
    }
    byte[] tail = new byte[TAIL_BYTES];
    file.seek(fileBytes - TAIL_BYTES);
    file.readFully(tail);
    int length = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt();
    String end = new String(tail, Integer.BYTES, Integer.BYTES, StandardCharsets.ISO_8859_1);
    if (end.equals("PARE")) {
      throw new IOException("it is encrypted, and no key is known here: write it without");
    }
    if (!end.equals("PAR1") || length < 0 || length > fileBytes - TAIL_BYTES) {
      // The reader says so.
      return;
    }
    if (length > Bounds.pieceBytes()) {
      throw new IOException(
          "its footer has " + length + " bytes; the most is " + Bounds.pieceBytes());
    }
    byte[] footer = new byte[length];
    file.seek(fileBytes - TAIL_BYTES - length);
    file.readFully(footer);
    ThriftLengths.check(footer);
  }

  /**
   * @param fileBytes the file's size
   * @throws IOException if it says what cannot be, or more than fits into memory
   */
  public static void check(ParquetMetadata footer, long fileBytes) throws IOException {
    for (ColumnDescriptor column : footer.getFileMetaData().getSchema().getColumns()) {
      if (column.getPath().length > MOST_LEVELS) {
        throw new IOException(
            "a column lies "
                + column.getPath().length
                + " levels deep; the most is "
                + MOST_LEVELS
                + ": flatten its rows");
      }
    }
    List<BlockMetaData> groups = footer.getBlocks();
    long rows = 0;
    for (int i = 0; i < groups.size(); i++) {
      BlockMetaData group = groups.get(i);
      rows += group.getRowCount();
      if (group.getRowCount() < 0 || rows < 0) {
        throw damaged(i, "cannot have " + group.getRowCount() + " rows");
      }
      long bytes = 0;
      for (ColumnChunkMetaData column : group.getColumns()) {
        long from = column.getStartingPos();
        long size = column.getTotalSize();
        bytes += size;
        if (from < 0 || size < 0 || size > fileBytes - from || bytes > fileBytes) {
          throw damaged(
              i, "lies beyond the end of the file: " + size + " bytes behind byte " + from);
        }
      }
      if (bytes > Bounds.rowGroupBytes()) {
        throw new IOException(
            "row group "
                + (i + 1)
                + " has "
                + bytes
                + " bytes, which is more than half of this JVM's memory: write smaller row groups,"
                + " or give it more memory (-Xmx)");
      }
    }
  }

  private static IOException damaged(int group, String what) {
    return new IOException("row group " + (group + 1) + " " + what + ": the file is damaged");
  }
}
