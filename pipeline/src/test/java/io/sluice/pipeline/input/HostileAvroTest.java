package io.sluice.pipeline.input;

import static io.sluice.pipeline.input.HostileRows.onlyProblem;
import static io.sluice.pipeline.input.HostileRows.rows;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.anyOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;

import io.sluice.pipeline.input.rows.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Avro files that say of themselves what is not so, written by hand. */
class HostileAvroTest {
  private static final byte[] MARKER = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  private Path avro(String schema, String codec, byte[]... blocks) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {'O', 'b', 'j', 1});
    number(out, 2);
    text(out, "avro.schema");
    text(out, schema);
    text(out, "avro.codec");
    text(out, codec);
    number(out, 0);
    out.write(MARKER);
    for (byte[] block : blocks) {
      out.write(block);
    }
    return Files.write(directory.resolve("a.avro"), out.toByteArray());
  }

  private static byte[] block(long rows, byte[] packed) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    number(out, rows);
    number(out, packed.length);
    out.write(packed);
    out.write(MARKER);
    return out.toByteArray();
  }

  private static void number(OutputStream out, long number) throws IOException {
    long left = (number << 1) ^ (number >> 63);
    while ((left & ~0x7FL) != 0) {
      out.write((int) (left & 0x7F | 0x80));
      left >>>= 7;
    }
    out.write((int) left);
  }

  private static void text(OutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    number(out, bytes.length);
    out.write(bytes);
  }

  private static byte[] numbers(long... numbers) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (long number : numbers) {
      number(out, number);
    }
    return out.toByteArray();
  }

  private static String record(String type) {
    return "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"text\",\"type\":"
        + type
        + "}]}";
  }

  @Test
  void anAvroBlockThatSaysGigabytes() throws IOException {
    for (long size : new long[] {Integer.MAX_VALUE - 8, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      Path file = avro(record("\"string\""), "null", numbers(1, size));
      assertThat(
          onlyProblem(rows(file, InputFormat.AVRO)),
          allOf(containsString("bytes; the file has"), containsString("more: it is damaged")));
    }
  }

  @Test
  void anAvroSchemaThatIsLargeForTheMemory() throws IOException {
    StringBuilder fields = new StringBuilder();
    long most = Math.min(16 << 20, Runtime.getRuntime().maxMemory() / 128);
    for (int i = 0; fields.length() <= most; i++) {
      fields.append(i == 0 ? "" : ",").append("{\"name\":\"c" + i + "\",\"type\":\"int\"}");
    }
    Path file =
        avro("{\"type\":\"record\",\"name\":\"r\",\"fields\":[" + fields + "]}", "null", numbers());
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)),
        containsString("its header says that it has more than " + most + " bytes"));
  }

  @Test
  void anAvroBlockThatUnfoldsToGigabytes() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] megabyte = new byte[1 << 20];
    try (OutputStream out =
        new DeflaterOutputStream(packed, new Deflater(Deflater.BEST_SPEED, true))) {
      for (int i = 0; i < 600; i++) {
        out.write(megabyte);
      }
    }
    Path file = avro(record("\"string\""), "deflate", block(1, packed.toByteArray()));
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)), containsString("a block unfolds to more than"));
  }

  @Test
  void anAvroSnappyBlock_whoseOwnLengthIsNotSo() throws IOException {
    byte[] packed = Arrays.copyOf(new byte[] {-1, -1, -1, -1, 7, 0, 'a'}, 20);
    Path file = avro(record("\"string\""), "snappy", block(1, packed));
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)),
        anyOf(
            containsString("it is damaged"),
            containsString("the most is"),
            containsString("alformed")));
  }

  @Test
  void anAvroCodecThatIsNotHere() throws IOException {
    Path file = avro(record("\"string\""), "xz", block(1, new byte[10]));
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)),
        containsString("expected deflate, snappy, zstandard or bzip2"));
  }

  @Test
  void anAvroTextThatSaysGigabytes() throws IOException {
    Path file = avro(record("\"string\""), "null", block(1, numbers(Integer.MAX_VALUE - 8)));
    assertThat(onlyProblem(rows(file, InputFormat.AVRO)), containsString("the file is damaged"));
  }

  @Test
  void avroElementsThatTakeNoBytes() throws IOException {
    for (String type :
        List.of(
            "{\"type\":\"array\",\"items\":\"null\"}",
            "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"e\",\"fields\":[]}}")) {
      Path file = avro(record(type), "null", block(1, numbers(2_000_000_000, 0)));
      assertThat(onlyProblem(rows(file, InputFormat.AVRO)), containsString("2000000000 elements"));
    }
  }

  @Test
  void avroRowsThatTakeNoBytes() throws IOException {
    Path file = avro(record("\"null\""), "null", block(Long.MAX_VALUE, new byte[0]));
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)),
        containsString("a block of 0 bytes says that it has 9223372036854775807 rows"));
  }

  @Test
  void anAvroTypeOfGigabytes() throws IOException {
    Path file =
        avro(
            record("{\"type\":\"fixed\",\"name\":\"f\",\"size\":2000000000}"),
            "null",
            block(1, new byte[10]));
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)), containsString("2000000000 bytes a value"));
  }

  /** A byte, and a scale: gigabytes of zeros, or of digits. */
  @Test
  void avroDecimals_withoutAnEnd() throws IOException {
    byte[] large = new byte[5_000];
    large[0] = 1;
    for (int scale : new int[] {10_001, 100_000_000, Integer.MAX_VALUE - 9}) {
      Path file = avro(record(decimal(scale)), "null", block(2, numbers(1, 1, 1, 1)));
      List<Row> rows = rows(file, InputFormat.AVRO);
      assertThat(rows, hasSize(2));
      assertThat(rows.get(1).problem(), containsString("its scale is " + scale));
    }
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    number(one, large.length);
    one.write(large);
    assertThat(
        onlyProblem(
            rows(avro(record(decimal(3)), "null", block(1, one.toByteArray())), InputFormat.AVRO)),
        containsString("it has more than 10000 digits"));
  }

  private static String decimal(int scale) {
    return "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":2147483647,\"scale\":"
        + scale
        + "}";
  }

  /** Each record has two of the one before, and none a byte. */
  @Test
  void avroRecordsThatDouble() throws IOException {
    for (String leaf : List.of("", "{\"name\":\"n\",\"type\":\"null\"}")) {
      StringBuilder type =
          new StringBuilder("{\"type\":\"record\",\"name\":\"e0\",\"fields\":[" + leaf + "]}");
      for (int i = 1; i <= 40; i++) {
        type.insert(
            0,
            "{\"type\":\"record\",\"name\":\"e" + i + "\",\"fields\":[{\"name\":\"a\",\"type\":");
        type.append("},{\"name\":\"b\",\"type\":\"e" + (i - 1) + "\"}]}");
      }
      for (String outer : List.of("%s", "{\"type\":\"array\",\"items\":%s}")) {
        Path file = avro(record(String.format(outer, type)), "null", block(1, numbers(2_000, 0)));
        assertThat(onlyProblem(rows(file, InputFormat.AVRO)), containsString(" values in 0 bytes"));
      }
    }
  }

  /** A name of 10 MB comes again in the text of each element. */
  @Test
  void avroNamesOfMegabytes_inAList() throws IOException {
    String type =
        "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"e\",\"fields\":"
            + "[{\"name\":\"%s\",\"type\":\"int\"}]}}";
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    number(list, 100_000);
    list.write(new byte[100_001]);
    Path file =
        avro(
            record(String.format(type, "n".repeat(10 << 20))),
            "null",
            block(1, list.toByteArray()));
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)), containsString("more than 67108864 characters"));
  }

  @Test
  void avroValuesWithinThemselves() throws IOException {
    byte[] deep = new byte[1_000_000];
    Arrays.fill(deep, (byte) 2);
    Path file = avro(record("[\"null\",\"r\"]"), "null", block(1, deep));
    assertThat(
        onlyProblem(rows(file, InputFormat.AVRO)), containsString("deeper than can be read"));
  }

  @Test
  void anAvroHeaderThatSaysGigabytes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {'O', 'b', 'j', 1});
    out.write(numbers(1, Integer.MAX_VALUE - 8));
    Path file = Files.write(directory.resolve("a.avro"), out.toByteArray());
    assertThat(onlyProblem(rows(file, InputFormat.AVRO)), containsString("its header"));
  }
}
