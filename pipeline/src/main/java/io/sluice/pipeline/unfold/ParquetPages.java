package io.sluice.pipeline.unfold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.PrimitiveIterator;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.io.ParquetDecodingException;

/**
 * The pages of a row group, each looked through before it is decoded. Not thread-safe.
 *
 * <p><b>Why.</b> Parquet's decoders make arrays as large as a page says: a run of packed levels,
 * the values of a delta encoding, the entries of a dictionary. Five bytes can say two thousand
 * million. What a page says is held here against the bytes that it has: a packed run has a byte for
 * eight values of a bit; a delta encoding, whose steps may all be nothing, no more values than the
 * page; a dictionary a byte an entry. A run of one value repeated costs no memory, and may be of
 * any length.
 */
public final class ParquetPages implements PageReadStore {
  private static final String DAMAGED = ": the file is damaged";

  /** A last run may lack some groups of its padding. */
  private static final int GROUPS_OF_PADDING = 64;

  private static final int MOST_MINIBLOCKS = 4096;
  private static final int MOST_MINIBLOCK_VALUES = 1 << 20;

  private final PageReadStore pages;

  public ParquetPages(PageReadStore pages) {
    this.pages = pages;
  }

  @Override
  public PageReader getPageReader(ColumnDescriptor column) {
    PageReader reader = pages.getPageReader(column);
    return new PageReader() {
      @Override
      public DictionaryPage readDictionaryPage() {
        DictionaryPage page = reader.readDictionaryPage();
        if (page != null
            && (page.getDictionarySize() < 0
                || page.getDictionarySize() > page.getBytes().size())) {
          throw new ParquetDecodingException(
              "a dictionary of "
                  + page.getBytes().size()
                  + " bytes says that it has "
                  + page.getDictionarySize()
                  + " values"
                  + DAMAGED);
        }
        return page;
      }

      @Override
      public long getTotalValueCount() {
        return reader.getTotalValueCount();
      }

      @Override
      public DataPage readPage() {
        DataPage page = reader.readPage();
        if (page != null) {
          check(page, column);
        }
        return page;
      }
    };
  }

  @Override
  public long getRowCount() {
    return pages.getRowCount();
  }

  @Override
  public Optional<Long> getRowIndexOffset() {
    return pages.getRowIndexOffset();
  }

  @Override
  public Optional<PrimitiveIterator.OfLong> getRowIndexes() {
    return pages.getRowIndexes();
  }

  @Override
  public void close() {
    pages.close();
  }

  private static void check(DataPage page, ColumnDescriptor column) {
    int values = page.getValueCount();
    if (values < 0) {
      throw new ParquetDecodingException("a page says that it has " + values + " values" + DAMAGED);
    }
    int repetition = BytesUtils.getWidthFromMaxInt(column.getMaxRepetitionLevel());
    int definition = BytesUtils.getWidthFromMaxInt(column.getMaxDefinitionLevel());
    if (page instanceof DataPageV1 first) {
      ByteBuffer in = buffer(first.getBytes());
      levels(in, first.getRlEncoding(), repetition, values);
      levels(in, first.getDlEncoding(), definition, values);
      values(in, first.getValueEncoding(), values);
    } else if (page instanceof DataPageV2 second) {
      if (repetition > 0) {
        runs(buffer(second.getRepetitionLevels()), repetition, values);
      }
      if (definition > 0) {
        runs(buffer(second.getDefinitionLevels()), definition, values);
      }
      values(buffer(second.getData()), second.getDataEncoding(), values);
    }
  }

  private static ByteBuffer buffer(BytesInput bytes) {
    try {
      return bytes
          .toInputStream()
          .slice(Math.toIntExact(bytes.size()))
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void levels(ByteBuffer in, Encoding encoding, int width, int values) {
    if (width == 0) {
      return;
    }
    if (encoding == Encoding.RLE) {
      runs(part(in), width, values);
    } else {
      skip(in, ((long) values * width + 7) / 8);
    }
  }

  @SuppressWarnings("deprecation") // Old writers' name of it.
  private static void values(ByteBuffer in, Encoding encoding, int values) {
    switch (encoding) {
      case PLAIN_DICTIONARY, RLE_DICTIONARY -> {
        if (in.hasRemaining()) {
          runs(in, in.get() & 0xFF, values);
        }
      }
      case RLE -> runs(part(in), 1, values);
      case DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY -> deltas(in, values);
      case DELTA_BYTE_ARRAY -> {
        // Lengths of prefixes, then lengths of what follows them.
        deltas(in, values);
        deltas(in, values);
      }
      default -> {
        // The others take their values' bytes as they read them.
      }
    }
  }

  /** What a length of four bytes goes before. */
  private static ByteBuffer part(ByteBuffer in) {
    int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw cut();
    }
    ByteBuffer part = in.slice(in.position(), length);
    in.position(in.position() + length);
    return part;
  }

  private static void runs(ByteBuffer in, int width, int values) {
    int bytes = (width + 7) / 8;
    long seen = 0;
    while (seen < values && in.hasRemaining()) {
      long header = count(in);
      long count = header >>> 1;
      if ((header & 1) == 0) {
        seen += count;
        skip(in, Math.min(bytes, in.remaining()));
        continue;
      }
      boolean fits =
          width == 0
              ? count <= values / 8 + GROUPS_OF_PADDING
              : count <= in.remaining() / width + GROUPS_OF_PADDING;
      if (!fits || count * 8 > Bounds.pieceBytes()) {
        throw new ParquetDecodingException(
            "a page says that the next "
                + in.remaining()
                + " bytes are "
                + count * 8
                + " values"
                + DAMAGED);
      }
      seen += count * 8;
      skip(in, Math.min(count * width, in.remaining()));
    }
  }

  private static void deltas(ByteBuffer in, int values) {
    long block = count(in);
    long parts = count(in);
    long count = count(in);
    number(in);
    long each = parts == 0 ? 0 : block / parts;
    if (parts < 1
        || parts > MOST_MINIBLOCKS
        || each < 1
        || each > MOST_MINIBLOCK_VALUES
        || count > values
        || count * Long.BYTES > Bounds.pieceBytes()) {
      throw new ParquetDecodingException(
          "a page of "
              + values
              + " values says that it has "
              + count
              + ", in blocks of "
              + block
              + " of "
              + parts
              + " parts"
              + DAMAGED);
    }
    for (long left = count - 1; left > 0; ) {
      number(in);
      int widths = in.position();
      skip(in, parts);
      for (int part = 0; part < parts && left > 0; part++) {
        skip(in, (in.get(widths + part) & 0xFF) * each / 8);
        left -= each;
      }
    }
  }

  /** One that the decoders read as an unsigned int: what is longer they take for another one. */
  private static long count(ByteBuffer in) {
    int from = in.position();
    long number = number(in);
    if (in.position() - from > 5 || number >>> Integer.SIZE != 0) {
      throw new ParquetDecodingException("a page says a count that is none" + DAMAGED);
    }
    return number;
  }

  /** Seven bits a byte, the lowest first. */
  private static long number(ByteBuffer in) {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (!in.hasRemaining()) {
        throw cut();
      }
      byte next = in.get();
      number |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return number;
      }
    }
    return number;
  }

  private static void skip(ByteBuffer in, long bytes) {
    if (bytes > in.remaining()) {
      throw cut();
    }
    in.position(in.position() + (int) bytes);
  }

  private static ParquetDecodingException cut() {
    return new ParquetDecodingException("a page ends before its values do" + DAMAGED);
  }
}
