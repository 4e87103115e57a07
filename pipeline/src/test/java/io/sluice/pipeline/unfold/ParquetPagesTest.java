package io.sluice.pipeline.unfold;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.io.ParquetDecodingException;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages of a few bytes that say gigabytes. */
class ParquetPagesTest {
  private static final long THOUSAND_MILLION = 1_000_000_000L;
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          "message row { required int32 plain; repeated int32 list; }");
  private static final ColumnDescriptor PLAIN = SCHEMA.getColumns().get(0);
  private static final ColumnDescriptor LIST = SCHEMA.getColumns().get(1);
  private static final Statistics<?> NONE =
      Statistics.createStats(SCHEMA.getType("plain").asPrimitiveType());

  private static byte[] numbers(long... numbers) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (long number : numbers) {
      long left = number;
      for (; left >>> 7 != 0; left >>>= 7) {
        out.write((int) (left & 0x7F | 0x80));
      }
      out.write((int) left);
    }
    return out.toByteArray();
  }

  /** With its length before it. */
  private static byte[] part(byte[] bytes) {
    return ByteBuffer.allocate(4 + bytes.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(bytes.length)
        .put(bytes)
        .array();
  }

  private static DataPage page(byte[] bytes, int values, Encoding encoding) {
    return new DataPageV1(
        BytesInput.from(bytes), values, bytes.length, NONE, Encoding.RLE, Encoding.RLE, encoding);
  }

  private static PageReader reader(ColumnDescriptor column, DataPage page, DictionaryPage words) {
    PageReader reader =
        new PageReader() {
          @Override
          public DictionaryPage readDictionaryPage() {
            return words;
          }

          @Override
          public long getTotalValueCount() {
            return page.getValueCount();
          }

          @Override
          public DataPage readPage() {
            return page;
          }
        };
    return new ParquetPages(
            new PageReadStore() {
              @Override
              public PageReader getPageReader(ColumnDescriptor any) {
                return reader;
              }

              @Override
              public long getRowCount() {
                return 1;
              }
            })
        .getPageReader(column);
  }

  private static void refused(ColumnDescriptor column, DataPage page) {
    ParquetDecodingException e =
        assertThrows(
            ParquetDecodingException.class,
            () ->
                reader(column, page, new DictionaryPage(BytesInput.empty(), 0, Encoding.PLAIN))
                    .readPage());
    assertThat(e.getMessage(), containsString("the file is damaged"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Encoding.class,
      names = {"DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"})
  void deltas(Encoding encoding) {
    refused(PLAIN, page(numbers(128, 4, THOUSAND_MILLION, 0), 10, encoding));
    refused(PLAIN, page(numbers(128, 4, THOUSAND_MILLION, 0), 1_000_000_000, encoding));
    refused(PLAIN, page(numbers(THOUSAND_MILLION * 2, THOUSAND_MILLION, 5, 0), 10, encoding));
    refused(PLAIN, page(numbers(THOUSAND_MILLION * 2, 1, 5, 0), 10, encoding));
    refused(PLAIN, page(numbers(128, 0, 5, 0), 10, encoding));
  }

  @Test
  void packedRuns_ofLevels_wordsAndBooleans() {
    long groups = (THOUSAND_MILLION << 1) | 1;
    refused(LIST, page(part(numbers(groups)), 1_000_000_000, Encoding.PLAIN));
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    words.write(3);
    words.writeBytes(numbers(groups));
    refused(PLAIN, page(words.toByteArray(), 1_000_000_000, Encoding.RLE_DICTIONARY));
    refused(PLAIN, page(part(numbers(groups)), 1_000_000_000, Encoding.RLE));
    refused(
        LIST,
        DataPageV2.uncompressed(
            1,
            0,
            1_000_000_000,
            BytesInput.from(numbers(groups)),
            BytesInput.empty(),
            Encoding.PLAIN,
            BytesInput.empty(),
            NONE));
  }

  @Test
  void runsOfNoWidth_haveNoBytesToBeHeldAgainst() {
    byte[] words = {0, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0x7F};
    refused(PLAIN, page(words, 10, Encoding.RLE_DICTIONARY));
  }

  @Test
  void aNumberThatOthersReadAsAnotherOne() {
    byte[] overlong = {3, -128, -128, -128, -128, -128, 0x7F};
    refused(PLAIN, page(overlong, 10, Encoding.RLE_DICTIONARY));
  }

  @Test
  void lengthsBeyondThePage() {
    refused(LIST, page(new byte[] {-1, -1, -1, 127}, 10, Encoding.PLAIN));
    refused(LIST, page(new byte[] {-1, -1, -1, -1}, 10, Encoding.PLAIN));
    refused(LIST, page(new byte[] {1}, 10, Encoding.PLAIN));
  }

  @Test
  void aDictionary() {
    DictionaryPage words =
        new DictionaryPage(BytesInput.from(new byte[8]), 1_000_000_000, Encoding.PLAIN);
    PageReader reader = reader(PLAIN, page(new byte[0], 0, Encoding.PLAIN), words);
    ParquetDecodingException e =
        assertThrows(ParquetDecodingException.class, reader::readDictionaryPage);
    assertThat(e.getMessage(), containsString("says that it has 1000000000 values"));
  }

  @Test
  void aValueRepeated_mayBeAnyNumberOfTimes() {
    byte[] run = part(numbers(THOUSAND_MILLION << 1));
    byte[] levels = ByteBuffer.allocate(2 * (run.length + 1)).array();
    ByteBuffer.wrap(levels)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(run.length - 3)
        .put(run, 4, run.length - 4)
        .put((byte) 1)
        .putInt(run.length - 3)
        .put(run, 4, run.length - 4)
        .put((byte) 1);
    DataPage page = page(levels, 1_000_000_000, Encoding.PLAIN);
    DictionaryPage none = new DictionaryPage(BytesInput.empty(), 0, Encoding.PLAIN);
    assertThat(reader(LIST, page, none).readPage() == page, is(true));
  }
}
