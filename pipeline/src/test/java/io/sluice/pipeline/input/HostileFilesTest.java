package io.sluice.pipeline.input;

import static io.sluice.pipeline.input.HostileRows.onlyProblem;
import static io.sluice.pipeline.input.HostileRows.rows;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.anyOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.github.luben.zstd.Zstd;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.parquet.ParquetCodecs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xerial.snappy.Snappy;

/**
 * Files that were made to break their reader: each costs its own rows, and no more memory than a
 * reader may take. With {@code -Dsluice.fuzz.rounds=N} more of them, and others each time.
 */
class HostileFilesTest {
  private static final int ROUNDS = Integer.getInteger("sluice.fuzz.rounds", 150);
  private static final long SEED = ROUNDS == 150 ? 20_261_126 : System.nanoTime();

  private static final MessageType PARQUET =
      MessageTypeParser.parseMessageType(
          "message row { required int64 id; optional binary text (STRING); required double d;"
              + " optional group tags (LIST) { repeated group list {"
              + " optional binary element (STRING); } } }");

  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  @Test
  void aWordOfADictionary_thatIsLongerThanTheDictionary_losesItsRowAndWhatFollows()
      throws IOException {
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Group row = new SimpleGroup(PARQUET).append("id", (long) i);
      groups.add(row.append("text", "word" + i % 7).append("d", 0.5));
    }
    Path file =
        PackedParquet.write(
            directory.resolve("w.parquet"),
            PARQUET,
            CompressionCodecName.UNCOMPRESSED,
            1 << 30,
            false,
            groups);
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(bytes, containsString("\u0005\0\0\0word6"));
    Files.writeString(
        file, bytes.replace("\u0005\0\0\0word6", "\u0006\0\0\0word6"), StandardCharsets.ISO_8859_1);
    List<Row> rows = rows(file, InputFormat.PARQUET);
    assertThat(rows, hasSize(7));
    assertThat(rows.get(6).problem(), is(notNullValue()));
    assertThat("every row is one, or is counted", 7 + rows.get(6).lost(), is(60L));
  }

  /** Another took its place after it was listed. */
  @Test
  void aDirectoryInThePlaceOfAFile_isNotCalledGone() throws IOException {
    Path file = Files.createDirectory(directory.resolve("d.txt"));
    assertThat(
        onlyProblem(rows(file, InputFormat.TEXT)),
        containsString("it is no file any more since it was listed"));
  }

  private static byte[] unpack(CompressionCodecName codec, byte[] packed, int size)
      throws IOException {
    return new ParquetCodecs()
        .getDecompressor(codec)
        .decompress(BytesInput.from(packed), size)
        .toByteArray();
  }

  @Test
  void snappyPage_whoseOwnLengthIsAboveItsHeaders_isNotWrittenBeyondTheArray() throws IOException {
    byte[] packed = Snappy.compress(new byte[60_000]);
    for (int size : new int[] {1, 100, 59_999}) {
      Exception refused =
          assertThrows(Exception.class, () -> unpack(CompressionCodecName.SNAPPY, packed, size));
      assertThat(refused.getMessage(), is(notNullValue()));
    }
    assertThat(unpack(CompressionCodecName.SNAPPY, packed, 60_000).length, is(60_000));
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"SNAPPY", "ZSTD", "LZ4_RAW"})
  void aFileWhosePagesUnfoldToMoreThanTheySay(CompressionCodecName codec) throws IOException {
    Group row = new SimpleGroup(PARQUET).append("id", 1L).append("d", 0.5);
    Path file =
        PackedParquet.lying(
            directory.resolve("x.parquet"), PARQUET, codec, 10_000_000, List.of(row));
    assertThat(
        onlyProblem(rows(file, InputFormat.PARQUET)), containsString("Read the rest of the file"));
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"SNAPPY", "GZIP", "ZSTD", "LZ4_RAW", "BROTLI"})
  void aPageThatSaysGigabytes_isNotBegun(CompressionCodecName codec) {
    for (int size : new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 8, -1, Integer.MIN_VALUE}) {
      IOException refused =
          assertThrows(IOException.class, () -> unpack(codec, new byte[100], size));
      assertThat(
          refused.getMessage(),
          anyOf(containsString("the file is damaged"), containsString("the most is")));
    }
  }

  @Test
  void pagesOfManyColumns_areBoundedInSum() throws IOException {
    byte[] packed = Zstd.compress(new byte[32 << 20]);
    ParquetCodecs codecs = new ParquetCodecs();
    IOException refused =
        assertThrows(
            IOException.class,
            () -> {
              for (int column = 0; column < 1_000; column++) {
                codecs
                    .getDecompressor(CompressionCodecName.ZSTD)
                    .decompress(BytesInput.from(packed), 32 << 20);
              }
            });
    assertThat(refused.getMessage(), containsString("a quarter of this JVM's memory"));
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"SNAPPY", "GZIP", "ZSTD", "LZ4_RAW", "BROTLI"})
  void anyBytes_throughAnyCodec(CompressionCodecName codec) throws IOException {
    Random random = new Random(SEED);
    byte[] text = "some text, and some text again ".repeat(300).getBytes(StandardCharsets.UTF_8);
    byte[] good =
        switch (codec) {
          case SNAPPY -> Snappy.compress(text);
          case ZSTD -> Zstd.compress(text);
          case GZIP -> gzip(text);
          default -> text;
        };
    for (int round = 0; round < 20 * ROUNDS; round++) {
      byte[] broken = mutate(good, random);
      int size = random.nextBoolean() ? text.length : random.nextInt(2 * text.length);
      try {
        assertThat(unpack(codec, broken, size).length, is(size));
      } catch (IOException | RuntimeException e) {
        // Refused, and the JVM is there.
        assertThat(e, is(notNullValue()));
      }
    }
  }

  private static byte[] mutate(byte[] good, Random random) {
    byte[] broken = good.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(broken.length);
      switch (random.nextInt(5)) {
        case 0 -> broken[at] = (byte) random.nextInt();
        case 1 -> broken[at] ^= (byte) (1 << random.nextInt(8));
        // Numbers become long ones.
        case 2 -> Arrays.fill(broken, at, Math.min(broken.length, at + 4), (byte) 0xFF);
        case 3 -> Arrays.fill(broken, at, Math.min(broken.length, at + 4), (byte) 0);
        default -> broken = random.nextInt(8) == 0 ? Arrays.copyOf(broken, at + 1) : broken;
      }
    }
    return broken;
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW"})
  void brokenParquet_ofEveryCodec(CompressionCodecName codec) throws IOException {
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Group row = new SimpleGroup(PARQUET).append("id", (long) i).append("d", i / 3.0);
      if (i % 3 != 0) {
        row.append("text", "text " + i % 7);
      }
      Group tags = row.addGroup("tags");
      for (int tag = 0; tag < i % 4; tag++) {
        tags.addGroup("list").append("element", "tag " + tag);
      }
      groups.add(row);
    }
    byte[] good =
        Files.readAllBytes(
            PackedParquet.write(
                directory.resolve("good.parquet"), PARQUET, codec, 4_000, false, groups));
    fuzz(good, InputFormat.PARQUET, "x.parquet");
  }

  @ParameterizedTest
  @ValueSource(strings = {"duckdb.parquet", "parquetjs.parquet"})
  void brokenParquet_ofOtherTools(String name) throws IOException {
    Path file = Path.of("src/test/resources/io/sluice/pipeline/input/" + name);
    fuzz(Files.readAllBytes(file), InputFormat.PARQUET, "x.parquet");
  }

  /**
   * A footer of 20 bytes that declares 90 million columns: a list of structs, its size as a varint.
   */
  @Test
  void aFooterThatDeclaresMoreThanItHas_takesNoMemory() throws IOException {
    byte[] footer = {
      // version 1, a schema of no elements, no rows, one row group with its columns
      0x15,
      2,
      0x19,
      0x0C,
      0x16,
      0,
      0x19,
      0x1C,
      0x19,
      (byte) 0xFC,
      (byte) 0x80,
      (byte) 0xA5,
      (byte) 0xF6,
      0x2A,
      0,
      0,
      0,
      0
    };
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("PAR1".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(footer);
    out.writeBytes(new byte[] {(byte) footer.length, 0, 0, 0});
    out.writeBytes("PAR1".getBytes(StandardCharsets.US_ASCII));
    Path file = Files.write(directory.resolve("x.parquet"), out.toByteArray());
    assertThat(
        onlyProblem(rows(file, InputFormat.PARQUET)),
        containsString("its footer declares 90018432 entries or bytes where it has 4 bytes left"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "deflate", "snappy", "zstandard", "bzip2"})
  void brokenAvro_ofEveryCodec(String codec) throws IOException {
    Schema schema =
        new Schema.Parser()
            .parse(
                """
                {"type": "record", "name": "row", "fields": [
                 {"name": "id", "type": "long"}, {"name": "text", "type": ["null", "string"]},
                 {"name": "list", "type": {"type": "array", "items": ["null", "int"]}},
                 {"name": "map", "type": {"type": "map", "values": "bytes"}}]}
                """);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.setCodec(CodecFactory.fromString(codec)).setSyncInterval(500);
      writer.create(schema, out);
      for (long i = 0; i < 100; i++) {
        GenericRecord row =
            new GenericRecordBuilder(schema)
                .set("id", i)
                .set("text", i % 3 == 0 ? null : "text " + i)
                .set("list", Arrays.asList(1, null, 3))
                .set("map", java.util.Map.of())
                .build();
        writer.append(row);
      }
    }
    fuzz(out.toByteArray(), InputFormat.AVRO, "x.avro");
  }

  /** Whatever is changed: rows, at most one of them in place of the rest, and no error. */
  private void fuzz(byte[] good, InputFormat format, String name) throws IOException {
    Path file = directory.resolve(name);
    Random random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] broken = mutate(good, random);
      Files.write(file, broken);
      try {
        rows(file, format);
      } catch (Throwable e) {
        Path kept = Files.write(Files.createTempFile("broken-", "-" + name), broken);
        throw new AssertionError("round " + round + " of seed " + SEED + ", kept in " + kept, e);
      }
    }
  }

  // --- Parquet ---------------------------------------------------------------------------------

  @Test
  void aParquetListOfMillions_isOneRowTooLarge_andTheNextIsRead() throws IOException {
    MessageType schema = MessageTypeParser.parseMessageType("message row { repeated int32 list; }");
    Group large = new SimpleGroup(schema);
    for (int i = 0; i < 3_000_000; i++) {
      large.append("list", 7);
    }
    Group small = new SimpleGroup(schema).append("list", 1);
    Path file =
        PackedParquet.write(
            directory.resolve("l.parquet"),
            schema,
            CompressionCodecName.SNAPPY,
            1 << 30,
            List.of(small, large, small));
    List<Row> rows = new ArrayList<>();
    try (RowReader reader =
        RowReader.open(Rowing.file(file, InputFormat.PARQUET), DocumentFields.DEFAULT)) {
      for (Row row = reader.next(); row != null; row = reader.next()) {
        rows.add(row);
      }
    }
    assertThat(rows, hasSize(3));
    assertThat(rows.get(1).problem(), containsString("the most is 67108864"));
    assertThat(rows.get(2).text(), is("{\"list\":[1]}"));
  }

  // --- Streams ---------------------------------------------------------------------------------

  @Test
  void aPackedTextWithoutAnEnd_isOneDeadLetter() throws IOException {
    Path file = directory.resolve("zeros.jsonl.gz");
    byte[] megabyte = new byte[1 << 20];
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < 1_100; i++) {
        out.write(megabyte);
      }
    }
    assertThat(
        onlyProblem(rows(file, InputFormat.JSONL)),
        allOf(containsString("it unfolds to more than 200 times"), containsString("unpack it")));
  }
}
