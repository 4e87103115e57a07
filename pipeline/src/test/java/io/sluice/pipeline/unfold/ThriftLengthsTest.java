package io.sluice.pipeline.unfold;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThriftLengthsTest {
  private static ByteBuffer page(int bytes, int definition, int repetition) throws IOException {
    PageHeader header = new PageHeader(PageType.DATA_PAGE_V2, bytes, bytes);
    header.setData_page_header_v2(
        new DataPageHeaderV2(1, 0, 1, Encoding.PLAIN, definition, repetition));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Util.writePageHeader(header, out);
    return ByteBuffer.wrap(out.toByteArray());
  }

  @Test
  void levelsThatFillTheirPage_areIts() throws IOException {
    assertThat(ThriftLengths.pageBytes(page(100, 60, 40)), is(100L));
  }

  /** Parquet's reader takes memory for them before it looks for their bytes. */
  @ParameterizedTest
  @CsvSource({
    "300000000, 0",
    "0, 300000000",
    "2147483647, 2147483647",
    "-1, 0",
    "0, -2147483648",
    "60, 41"
  })
  void levelsThatAreLongerThanTheirPage_areRefused(int definition, int repetition) {
    IOException refused =
        assertThrows(
            IOException.class, () -> ThriftLengths.pageBytes(page(100, definition, repetition)));
    assertThat(refused.getMessage(), containsString("longer than the 100 bytes"));
  }
}
