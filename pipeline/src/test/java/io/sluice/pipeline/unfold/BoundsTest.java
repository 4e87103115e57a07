package io.sluice.pipeline.unfold;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundsTest {
  @ParameterizedTest
  @CsvSource({"256, 16, 262144, 2", "1024, 64, 1000000, 8", "100000, 64, 1000000, 16"})
  void aSmallHeap_hasSmallRows(long megabytes, int row, int fields, int header) {
    assertThat(Bounds.rowBytes(megabytes << 20), is(row << 20));
    assertThat(Bounds.fields(megabytes << 20), is(fields));
    assertThat(Bounds.headerBytes(megabytes << 20), is(header << 20));
  }
}
