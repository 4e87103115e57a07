package io.sluice.pipeline.unfold;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.SeekableInputStream;

/**
 * Holds what pages say of their length against their columns' chunks, before Parquet's reader does.
 * That reads chunks that lie one behind another at once, and for a page that goes on behind the
 * last of them (some writers left a header out of the sum) it takes memory for what is missing,
 * whatever that is. Only such last chunks are looked at, of each page what goes before it. Not
 * thread-safe.
 */
public final class ParquetChunks {
  private static final int WINDOW = 1 << 14;

  /** Left out of a sum: a header, with the least and the greatest value of a page. */
  private static final int MOST_BEHIND = 1 << 20;

  private final SeekableInputStream in;
  private final long fileBytes;
  private ByteBuffer window = ByteBuffer.allocate(0);
  private long windowAt;

  /**
   * @param in of the file, and used by others, too, as long as they set its position
   */
  public ParquetChunks(SeekableInputStream in, long fileBytes) {
    this.in = in;
    this.fileBytes = fileBytes;
  }

  /**
   * @throws IOException if a page is longer than what there is of its column
   */
  public void check(BlockMetaData group) throws IOException {
    List<ColumnChunkMetaData> chunks = group.getColumns();
    for (int i = 0; i < chunks.size(); i++) {
      ColumnChunkMetaData chunk = chunks.get(i);
      long end = chunk.getStartingPos() + chunk.getTotalSize();
      if (i + 1 == chunks.size() || chunks.get(i + 1).getStartingPos() != end) {
        check(chunk.getStartingPos(), end);
      }
    }
  }

  private void check(long from, long end) throws IOException {
    for (long at = from; at < end; ) {
      long bytes = pageBytes(at);
      long begin = windowAt + window.position();
      at = begin + bytes;
      if (bytes < 0 || at > Math.min(fileBytes, end + MOST_BEHIND)) {
        throw new IOException(
            "a page says that it has "
                + bytes
                + " bytes, where its column has "
                + Math.max(0, end - begin)
                + " left: the file is damaged");
      }
    }
  }

  /** Of the page whose header is there; the window's position is behind that. */
  private long pageBytes(long at) throws IOException {
    if (at >= windowAt && at < windowAt + window.limit()) {
      window.position((int) (at - windowAt));
      try {
        return ThriftLengths.pageBytes(window);
      } catch (BufferUnderflowException | IOException e) {
        // It may be whole in a window that begins with it.
      }
    }
    for (int size = WINDOW; ; size = Math.min(Bounds.pieceBytes(), size * 16)) {
      read(at, size);
      try {
        return ThriftLengths.pageBytes(window);
      } catch (BufferUnderflowException | IOException e) {
        if (size > window.limit() || size >= Bounds.pieceBytes()) {
          throw new IOException(
              "what goes before a page cannot be read ("
                  + (e.getMessage() == null ? "it does not end" : e.getMessage())
                  + "): the file is damaged",
              e);
        }
      }
    }
  }

  private void read(long at, int most) throws IOException {
    byte[] bytes = new byte[(int) Math.max(0, Math.min(most, fileBytes - at))];
    in.seek(at);
    in.readFully(bytes);
    window = ByteBuffer.wrap(bytes);
    windowAt = at;
  }
}
