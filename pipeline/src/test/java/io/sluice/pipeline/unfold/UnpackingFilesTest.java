package io.sluice.pipeline.unfold;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.apache.beam.sdk.io.Compression;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed files of several parts, whole, cut off, and with something behind them. */
class UnpackingFilesTest {
  private static final byte[] ONE = "{\"text\":\"one\"}\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TWO = "{\"text\":\"two\"}\n".getBytes(StandardCharsets.UTF_8);

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] packed(Compression compression, byte[] text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out =
        switch (compression) {
          case GZIP -> new GZIPOutputStream(packed);
          case BZIP2 -> new BZip2CompressorOutputStream(packed);
          case ZSTD -> new ZstdOutputStream(packed).setChecksum(true);
          default -> throw new AssertionError(compression);
        }) {
      out.write(text);
    }
    return packed.toByteArray();
  }

  /** All that came, as far as it did. */
  private static byte[] read(Compression compression, byte[] packed, ByteArrayOutputStream given)
      throws IOException {
    byte[] some = new byte[100];
    try (InputStream in =
        Unpacking.of(
            Channels.newChannel(new ByteArrayInputStream(packed)),
            compression,
            () -> packed.length)) {
      for (int read = in.read(some); read >= 0; read = in.read(some)) {
        given.write(some, 0, read);
      }
    }
    return given.toByteArray();
  }

  private static byte[] read(Compression compression, byte[] packed) throws IOException {
    return read(compression, packed, new ByteArrayOutputStream());
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "BZIP2", "ZSTD"})
  void severalPartsAreOneText(Compression compression) throws IOException {
    assertThat(
        read(compression, joined(packed(compression, ONE), packed(compression, TWO))),
        is(joined(ONE, TWO)));
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "BZIP2", "ZSTD"})
  void whatComesBeforeRubbish_isGiven(Compression compression) throws IOException {
    byte[] file =
        joined(
            packed(compression, ONE),
            packed(compression, TWO),
            "rubbish".getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream given = new ByteArrayOutputStream();
    assertThrows(IOException.class, () -> read(compression, file, given));
    assertThat(given.toByteArray(), is(joined(ONE, TWO)));
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "BZIP2", "ZSTD"})
  void aFileThatIsCutOff_isNeverWhole(Compression compression) throws IOException {
    byte[] first = packed(compression, ONE);
    byte[] file = joined(first, packed(compression, TWO));
    // Fewer bytes may be the beginning of anything.
    for (int size = 4; size < file.length; size++) {
      byte[] cut = Arrays.copyOf(file, size);
      ByteArrayOutputStream given = new ByteArrayOutputStream();
      if (size == first.length) {
        assertThat(read(compression, cut), is(ONE));
      } else {
        assertThrows(
            IOException.class, () -> read(compression, cut, given), "at " + size + " bytes");
      }
      if (size > first.length) {
        assertThat(Arrays.copyOf(given.toByteArray(), ONE.length), is(ONE));
      }
    }
  }

  /**
   * Frames with and without sizes, checksums, dictionaries' ids, and several blocks of each kind.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 70_000, 300_000})
  void framesOfEveryForm_areWhole_andNoneWhereTheyAreCut(int size) throws IOException {
    byte[] random = new byte[size];
    new Random(size).nextBytes(random);
    byte[] same = new byte[size];
    byte[] skipped = {0x55, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3};
    List<byte[]> frames =
        List.of(
            Zstd.compress(random),
            skipped,
            packed(Compression.ZSTD, same),
            Zstd.compress(same, 19),
            packed(Compression.ZSTD, random));
    byte[] file = joined(frames.toArray(byte[][]::new));
    Set<Integer> ends = new TreeSet<>();
    int end = 0;
    for (byte[] frame : frames) {
      end += frame.length;
      ends.add(end);
    }
    assertThat(read(Compression.ZSTD, file), is(joined(random, same, same, random)));
    Set<Integer> cuts = new TreeSet<>();
    Random chance = new Random(1);
    for (int i = 0; i < 40; i++) {
      cuts.add(1 + chance.nextInt(file.length - 1));
    }
    for (int i = 1; i < Math.min(file.length, 20); i++) {
      cuts.add(file.length - i);
    }
    cuts.removeAll(ends);
    for (int cut : cuts) {
      IOException thrown =
          assertThrows(IOException.class, () -> read(Compression.ZSTD, Arrays.copyOf(file, cut)));
      assertThat(String.valueOf(thrown.getMessage()), containsString("cut off"));
    }
  }

  @Test
  void nothingAtAll_isEmpty() throws IOException {
    assertThat(read(Compression.ZSTD, new byte[0]), is(new byte[0]));
    assertThat(read(Compression.GZIP, new byte[0]), is(new byte[0]));
  }
}
