package io.sluice.internal.http.net;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BulkTest {
  private static final int MEGABYTE = 1 << 20;

  private static InputStream bytes(int length) {
    return new ByteArrayInputStream(new byte[length]);
  }

  @Test
  void whatIsLargerThanAllRoom_breaks() {
    Bulk bulk = new Bulk(MEGABYTE);
    try (Watch watch = Watch.of(Duration.ofSeconds(30))) {
      IOException thrown =
          assertThrows(IOException.class, () -> bulk.read(bytes(2 * MEGABYTE), -1, watch));
      assertThat(thrown.getMessage(), containsString("larger than 1048576 bytes"));
      assertThat("its room is given back", read(bulk, MEGABYTE, watch), is(MEGABYTE));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int read(Bulk bulk, int length, Watch watch) throws IOException {
    try (Bulk.Held held = bulk.read(bytes(length), length, watch)) {
      return held.bytes().length;
    }
  }

  @Test
  void aLargeAnswerWaitsForAnother_aUsualOneDoesNot() throws IOException {
    Bulk bulk = new Bulk(MEGABYTE);
    try (Watch watch = Watch.of(Duration.ofMillis(50));
        Bulk.Held first = bulk.read(bytes(MEGABYTE), MEGABYTE, watch)) {
      assertThrows(InterruptedIOException.class, () -> bulk.read(bytes(MEGABYTE / 2), -1, watch));
      assertThat(read(bulk, 1_000, watch), is(1_000));
      assertThat(first.bytes().length, is(MEGABYTE));
    }
    try (Watch watch = Watch.of(Duration.ofSeconds(30))) {
      assertThat(read(bulk, MEGABYTE / 2, watch), is(MEGABYTE / 2));
    }
  }

  @Test
  void twoThatSayHowLargeTheyAre_fitTogether() throws IOException {
    Bulk bulk = new Bulk(MEGABYTE);
    try (Watch watch = Watch.of(Duration.ofSeconds(30));
        Bulk.Held first = bulk.read(bytes(MEGABYTE / 2), MEGABYTE / 2, watch)) {
      assertThat(read(bulk, MEGABYTE / 2, watch), is(MEGABYTE / 2));
      assertThat(first.bytes().length, is(MEGABYTE / 2));
    }
  }
}
