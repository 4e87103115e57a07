package io.sluice.pipeline.input;

import static io.sluice.pipeline.input.Rowing.json;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.pipeline.input.rows.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ParquetRowsTest {
  private static final long ONE_GROUP = 128 << 20;

  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  private static MessageType schema(String fields) {
    return MessageTypeParser.parseMessageType("message row { " + fields + " }");
  }

  private Row only(Group row) throws IOException {
    Path file =
        PackedParquet.write(
            directory.resolve("one.parquet"),
            (MessageType) row.getType(),
            CompressionCodecName.UNCOMPRESSED,
            ONE_GROUP,
            List.of(row));
    List<Row> rows = Rowing.rows(file, InputFormat.PARQUET);
    assertThat(rows, hasSize(1));
    assertThat(rows.get(0).problem(), is(nullValue()));
    return rows.get(0);
  }

  /** Rows that repeat themselves, so that columns are dictionaries. */
  private Path numbered(String name, CompressionCodecName codec, int rows, long groupBytes)
      throws IOException {
    MessageType schema =
        schema("required int32 id; optional binary text (STRING); optional binary kind (ENUM);");
    List<Group> groups = new ArrayList<>();
    for (int i = 1; i <= rows; i++) {
      Group row = new SimpleGroup(schema).append("id", i);
      if (i % 3 != 0) {
        row.append("text", "text number " + i * 7919L % 10_007).append("kind", "k" + i % 2);
      }
      groups.add(row);
    }
    return PackedParquet.write(directory.resolve(name), schema, codec, groupBytes, groups);
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW"})
  void everyCodec_manyRowGroups_nulls(CompressionCodecName codec) throws IOException {
    List<Row> rows = Rowing.rows(numbered("n.parquet", codec, 5_000, 20_000), InputFormat.PARQUET);
    assertThat(rows, hasSize(5_000));
    assertThat(rows.get(4_998).position(), is(4_999L));
    assertThat(json(rows.get(1)), is(json("{'id':2,'text':'text number 5831','kind':'k0'}")));
    assertThat(json(rows.get(4_997)), is(json("{'id':4998,'text':null,'kind':null}")));
  }

  /** Parquet's reader takes memory for what a page says beyond the end of its column. */
  @Test
  void aPageThatSaysMoreThanItsColumnHas_takesNoMemory() throws IOException {
    MessageType schema = schema("required int32 id;");
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      groups.add(new SimpleGroup(schema).append("id", i));
    }
    byte[] good =
        Files.readAllBytes(
            PackedParquet.write(
                directory.resolve("good.parquet"),
                schema,
                CompressionCodecName.UNCOMPRESSED,
                ONE_GROUP,
                groups));
    // Behind PAR1 goes what stands before the first page: its kind, its length, and that packed.
    int at = 4;
    for (int field = 0; field < 2; field++) {
      assertThat("an int", (int) good[at], is(0x15));
      do {
        at++;
      } while (good[at] < 0);
      at++;
    }
    assertThat("an int", (int) good[at++], is(0x15));
    int end = at;
    while (good[end] < 0) {
      end++;
    }
    ByteArrayOutputStream broken = new ByteArrayOutputStream();
    broken.write(good, 0, at);
    broken.writeBytes(new byte[] {(byte) 0x80, (byte) 0xD0, (byte) 0xAC, (byte) 0xF3, 0x0E});
    broken.write(good, end + 1, good.length - end - 1);
    Path file = Files.write(directory.resolve("broken.parquet"), broken.toByteArray());

    List<Row> rows = Rowing.rows(file, InputFormat.PARQUET);
    assertThat(rows, hasSize(1));
    assertThat(
        rows.get(0).problem(), containsString("a page says that it has 2000000000 bytes, where"));
    assertThat(rows.get(0).lost(), is(99L));
  }

  @Test
  void aValueThatIsNone_costsItsRow() throws IOException {
    MessageType schema =
        schema(
            "required int32 id; required int32 at (TIME(MILLIS,true)); required double d;"
                + " required group m (MAP) { repeated group e { required double key; required"
                + " int32 value; } }");
    List<Group> groups = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      Group row =
          new SimpleGroup(schema)
              .append("id", i)
              .append("at", i == 3 ? 86_400_000 : 1_000)
              .append("d", 3_000_000.25 * 100);
      row.addGroup("m").addGroup("e").append("key", 1e8).append("value", i);
      groups.add(row);
    }
    List<Row> rows =
        Rowing.rows(
            PackedParquet.write(
                directory.resolve("t.parquet"),
                schema,
                CompressionCodecName.UNCOMPRESSED,
                ONE_GROUP,
                groups),
            InputFormat.PARQUET);
    assertThat(rows, hasSize(10));
    assertThat(rows.stream().filter(row -> row.problem() != null).count(), is(1L));
    assertThat(
        rows.get(2).problem(), containsString("The column at holds 86400000, which is no value"));
    assertThat(
        rows.get(3).text(),
        is("{\"id\":4,\"at\":\"00:00:01\",\"d\":300000025.0,\"m\":{\"100000000.0\":4}}"));
  }

  /** Bytes that a lenient reader would replace, keys that it would drop. */
  @Test
  void textThatIsNone_andAKeyThatComesTwice_costTheirRows() throws IOException {
    MessageType schema =
        schema(
            "required binary text (STRING); required binary kind (ENUM); optional binary plain;"
                + " required group m (MAP) { repeated group e { required binary key (STRING);"
                + " required int32 value; } }");
    Binary bad = Binary.fromConstantByteArray(new byte[] {'x', (byte) 0xE9, 'y'});
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Group row = new SimpleGroup(schema).append("text", "ü");
      if (i == 1) {
        row = new SimpleGroup(schema).append("text", bad);
      }
      row.append("kind", i == 2 ? bad : Binary.fromString("k")).append("plain", bad);
      Group map = row.addGroup("m");
      map.addGroup("e").append("key", "a").append("value", i);
      map.addGroup("e").append("key", i == 3 ? "a" : "b").append("value", i);
      groups.add(row);
    }
    List<Row> rows =
        Rowing.rows(
            PackedParquet.write(
                directory.resolve("u.parquet"),
                schema,
                CompressionCodecName.UNCOMPRESSED,
                ONE_GROUP,
                groups),
            InputFormat.PARQUET);
    assertThat(rows, hasSize(5));
    assertThat(rows.get(1).problem(), containsString("The column text holds x\uFFFDy"));
    assertThat(rows.get(2).problem(), containsString("The column kind holds"));
    assertThat(rows.get(3).problem(), containsString("a key that comes twice"));
    assertThat(
        rows.get(4).text(),
        is("{\"text\":\"ü\",\"kind\":\"k\",\"plain\":\"eOl5\",\"m\":{\"a\":4,\"b\":4}}"));
    assertThat(rows.get(4).problem(), is(nullValue()));
  }

  @Test
  void jsonWithinAColumn_standsAsItIsWritten_andIntervalsAreText() throws IOException {
    MessageType schema =
        schema("required binary doc (JSON); required fixed_len_byte_array(12) span (INTERVAL);");
    ByteBuffer span = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    span.putInt(14).putInt(3).putInt(4_500).flip();
    Group row =
        new SimpleGroup(schema)
            .append("doc", "{\"v\": 1.10, \"n\": 12500000.00, \"l\": 0.1234567890123456789}")
            .append("span", Binary.fromConstantByteBuffer(span));
    assertThat(
        only(row).text(),
        is(
            "{\"doc\":{\"v\":1.10,\"n\":12500000.00,\"l\":0.1234567890123456789},"
                + "\"span\":\"P14M3DT4.5S\"}"));
  }

  @Test
  void unknownCodec_isSaid_andNoRowIsLostSilently() throws IOException {
    List<Row> rows =
        Rowing.rows(
            numbered("b.parquet", CompressionCodecName.LZO, 10, ONE_GROUP), InputFormat.PARQUET);
    assertThat(rows, hasSize(1));
    assertThat(
        rows.get(0).problem(),
        allOf(containsString("row 1 of 10"), containsString("compressed with LZO")));
  }

  @Test
  void logicalTypes() throws IOException {
    Group row =
        new SimpleGroup(
            schema(
                "required int32 day (DATE); required int32 price (DECIMAL(9,2));"
                    + "required int64 at (TIMESTAMP(MILLIS,true));"
                    + "required int64 wall (TIMESTAMP(MICROS,false));"
                    + "required int64 nanos (TIMESTAMP(NANOS,true));"
                    + "required int32 clock (TIME(MILLIS,true)); required int96 old;"
                    + "required fixed_len_byte_array(9) sum (DECIMAL(20,3));"
                    + "required int32 small (INTEGER(8,false));"
                    + "required int64 large (INTEGER(64,false));"
                    + "required binary doc (JSON); required binary raw; required double nan;"
                    + "required float f; required boolean yes;"
                    + "required fixed_len_byte_array(16) uuid (UUID);"
                    + "required fixed_len_byte_array(2) half (FLOAT16);"));
    row.append("day", 20_000).append("price", -1250);
    row.append("at", -1L).append("wall", 1_700_000_000_000_000L);
    row.append("nanos", 1_700_000_000_123_456_789L).append("clock", 3_723_004);
    ByteBuffer int96 = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    int96.putLong(3_600_000_000_001L).putInt(2_440_588 + 365).flip();
    row.append("old", Binary.fromConstantByteBuffer(int96));
    row.append("sum", Binary.fromConstantByteArray(new byte[] {0, 0, 1, 0, 0, 0, 0, 0, 1}));
    row.append("small", 200).append("large", -1L);
    row.append("doc", "{\"a\": [1]}");
    row.append("raw", Binary.fromConstantByteArray(new byte[] {0, -1, 7}));
    row.append("nan", Double.NaN).append("f", 0.1f).append("yes", true);
    row.append("uuid", Binary.fromConstantByteArray(new byte[16]));
    row.append("half", Binary.fromConstantByteArray(new byte[] {0, 0x3e}));
    assertThat(
        json(only(row)),
        is(
            json(
                "{'day':'2024-10-04','price':'-12.50','at':'1969-12-31T23:59:59.999Z',"
                    + "'wall':'2023-11-14T22:13:20','nanos':'2023-11-14T22:13:20.123456789Z',"
                    + "'clock':'01:02:03.004','old':'1971-01-01T01:00:00.000000001Z',"
                    + "'sum':'281474976710.657'"
                    + ",'small':200,'large':18446744073709551615,'doc':{'a':[1]},'raw':'AP8H',"
                    + "'nan':'NaN','f':0.1,'yes':true,"
                    + "'uuid':'00000000-0000-0000-0000-000000000000','half':1.5}")));
  }

  @Test
  void ofOtherTools() throws IOException {
    // Written by DuckDB 1.5: zstd, delta encodings, two row groups, nested columns.
    List<Row> rows = Rowing.rows(resource("duckdb.parquet"), InputFormat.PARQUET);
    assertThat(rows, hasSize(2_500));
    assertThat(
        json(rows.get(2_498)),
        is(
            json(
                "{'id':2499,'text':null,'tenant':'t1','price':'3123.75',"
                    + "'at':'2026-11-03T03:39:00','tz':'2026-11-01T10:00:00Z',"
                    + "'d':'2026-11-01','l':[2499,2500],'s':{'a':2499,'b':'x'},'m':{'k':2499},"
                    + "'flag':false,'f':2499.0,'tm':'10:11:12','bl':'YWJj','un':5,"
                    + "'ls':['a',null]}")));
  }

  @Test
  void brotli_ofParquetjs() throws IOException {
    // Written by @dsnp/parquetjs 1.9: brotli, second page version, two row groups, repeated fields.
    List<Row> rows = Rowing.rows(resource("parquetjs.parquet"), InputFormat.PARQUET);
    assertThat(rows, hasSize(50));
    assertThat(
        json(rows.get(49)),
        is(
            json(
                "{'id':49,'text':'text number 49 "
                    + "word ".repeat(20)
                    + "','note':'odd','at':'2026-11-03T10:00:00.123Z','price':'49.50',"
                    + "'tags':['x','y'],'lines':[{'sku':1,'name':'a'},{'sku':2,'name':null}]}")));
  }

  private static Path resource(String name) {
    return Path.of("src/test/resources/io/sluice/pipeline/input/" + name).toAbsolutePath();
  }

  @Test
  void lists_ofTwoAndThreeLevels_mapsAndGroups() throws IOException {
    Group row =
        new SimpleGroup(
            schema(
                "required group three (LIST) { repeated group list { optional int32 element; } }"
                    + "optional group two (LIST) { repeated int32 element; }"
                    + "optional group tuple (LIST) {"
                    + " repeated group tuple_tuple { required int32 a; } }"
                    + "optional group array (LIST) { repeated group array { required int32 a; } }"
                    + "optional group pairs (LIST) {"
                    + " repeated group element { required int32 a; required int32 b; } }"
                    + "required group none (LIST) { repeated group list { optional int32 e; } }"
                    + "optional group missing (LIST) { repeated group list { optional int32 e; } }"
                    + "repeated int32 plain;"
                    + "required group map (MAP) { repeated group key_value {"
                    + " required binary key (STRING); optional int32 value; } }"
                    + "required group inner { optional binary x (STRING); required int32 y; }"));
    Group three = row.addGroup("three");
    three.addGroup(0).append("element", 1);
    three.addGroup(0);
    row.addGroup("two").append("element", 2).append("element", 3);
    row.addGroup("tuple").addGroup(0).append("a", 4);
    row.addGroup("array").addGroup(0).append("a", 5);
    row.addGroup("pairs").addGroup(0).append("a", 6).append("b", 7);
    row.addGroup("none");
    row.append("plain", 8).append("plain", 9);
    Group map = row.addGroup("map");
    map.addGroup(0).append("key", "k").append("value", 1);
    map.addGroup(0).append("key", "l");
    row.addGroup("inner").append("y", 2);
    assertThat(
        json(only(row)),
        is(
            json(
                "{'three':[1,null],'two':[2,3],'tuple':[{'a':4}],'array':[{'a':5}],"
                    + "'pairs':[{'a':6,'b':7}],'none':[],'missing':null,'plain':[8,9],"
                    + "'map':{'k':1,'l':null},'inner':{'x':null,'y':2}}")));
  }

  @Test
  void skipsWholeRowGroups_andGoesOnWithinOne() throws IOException {
    Path file = numbered("s.parquet", CompressionCodecName.SNAPPY, 5_000, 20_000);
    for (long behind : new long[] {0, 1, 777, 4_321, 4_999}) {
      try (RowReader reader =
          RowReader.open(Rowing.file(file, InputFormat.PARQUET), DocumentFields.DEFAULT)) {
        assertThat(reader.skipTo(behind), is(true));
        Row row = reader.next();
        assertThat(row == null ? -1 : json(row).path("id").asLong(), is(behind + 1));
      }
    }
    try (RowReader reader =
        RowReader.open(Rowing.file(file, InputFormat.PARQUET), DocumentFields.DEFAULT)) {
      assertThat(reader.skipTo(5_001), is(false));
    }
  }

  @Test
  void damageInARowGroup_keepsTheRowsBefore_andSaysWhatIsLost() throws IOException {
    Path file = numbered("d.parquet", CompressionCodecName.ZSTD, 5_000, 20_000);
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 200, (byte) 0x5A);
    Files.write(file, bytes);
    List<Row> rows = Rowing.rows(file, InputFormat.PARQUET);
    Row last = rows.get(rows.size() - 1);
    assertThat(rows.size(), is(greaterThan(100)));
    assertThat(
        last.problem(),
        allOf(
            containsString("Read the rest of the file: row " + rows.size() + " of 5000"),
            containsString("row group"),
            containsString("rows before this one are complete")));
    assertThat(rows.stream().filter(row -> row.problem() != null).count(), is(1L));
    assertThat("every row is one, or is counted", rows.size() + last.lost(), is(5_000L));
    try (RowReader skipping =
        RowReader.open(Rowing.file(file, InputFormat.PARQUET), DocumentFields.DEFAULT)) {
      skipping.skipTo(rows.size() - 1);
      Row again = skipping.next();
      assertThat(again == null ? 0 : again.lost(), is(last.lost()));
    }
  }

  @Test
  void cutOff_orNoParquetAtAll_isOneBrokenRow() throws IOException {
    Path whole = numbered("w.parquet", CompressionCodecName.ZSTD, 100, ONE_GROUP);
    byte[] bytes = Files.readAllBytes(whole);
    for (byte[] broken :
        List.of(
            Arrays.copyOf(bytes, bytes.length / 2),
            "{\"id\": 1}\n".repeat(10).getBytes(java.nio.charset.StandardCharsets.UTF_8),
            new byte[0])) {
      Path file = Files.write(directory.resolve("x.parquet"), broken);
      List<Row> rows = Rowing.rows(file, InputFormat.PARQUET);
      assertThat(rows, hasSize(1));
      assertThat(rows.get(0).problem(), containsString("Read the file as parquet: "));
    }
  }

  @Test
  void missingColumns_makeEveryRowADeadLetterThatSaysWhich() throws IOException {
    List<Row> rows =
        Rowing.rows(
            numbered("c.parquet", CompressionCodecName.SNAPPY, 3, ONE_GROUP),
            InputFormat.PARQUET,
            new DocumentFields("ticket", "text", "tenant"));
    assertThat(rows, hasSize(3));
    assertThat(
        rows.get(2).problem(),
        allOf(
            containsString("no column 'ticket' (document.id) and no column 'tenant'"),
            containsString("it has id, text, kind")));
    assertThat(json(rows.get(2)).path("id").asInt(), is(3));
  }

  /** As Arrow's writer makes of a table without rows: a row group of none, without its pages. */
  @Test
  void aRowGroupWithoutRows_hasNone() throws IOException {
    String written =
        "UEFSMRUEFQAVAEwVABUAEgAAFQQZLDUAGAZzY2hlbWEVAgAVDCUCGAJpZCUATBwAAAAWABkcGRwmABwVDBklAAYZ"
            + "GAJpZBUAFgAWHBYcJgAmCCkcFQQVABUCAAAAFhwWACYIFhwAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9u"
            + "IDI1LjAuMRkcHAAAAHwAAABQQVIx";
    Path file = Files.write(directory.resolve("none.parquet"), Base64.getDecoder().decode(written));
    assertThat(Rowing.rows(file, InputFormat.PARQUET), is(List.of()));
  }

  @Test
  void twoColumnsOfOneName_areNamed() throws IOException {
    String written =
        "UEFSMRUAFRYVFiwVAhUAFQYVBhwAAAACAAAAAgEBAAAAYRUAFRYVFiwVAhUAFQYVBhwAAAACAAAAAgEBAAAAYh"
            + "UEGTw1ABgGc2NoZW1hFQQAFQwlAhgCaWQlAEwcAAAAFQwlAhgCaWQlAEwcAAAAFgIZHBksJgAcFQwZJQYAGRgC"
            + "aWQVABYCFjwWPCYISRwVABUAFQIAPBYCGQYZJgACAAAAJgAcFQwZJQYAGRgCaWQVABYCFjwWPCZESRwVABUAFQ"
            + "IAPBYCGQYZJgACAAAAFngWAiYIFngAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI1LjAuMRksHAAAHAAA"
            + "AMMAAABQQVIx";
    Path file = Files.write(directory.resolve("two.parquet"), Base64.getDecoder().decode(written));
    List<Row> rows = Rowing.rows(file, InputFormat.PARQUET);
    assertThat(rows.size(), is(1));
    assertThat(rows.get(0).problem(), containsString("two of its columns are named id"));
  }

  @Test
  void packedAsAWhole_isUnpackedFirst() throws IOException {
    Path file = numbered("p.parquet", CompressionCodecName.SNAPPY, 100, ONE_GROUP);
    Path packed = directory.resolve("p.parquet.gz");
    try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(file, out);
    }
    assertThat(
        Rowing.rows(packed, InputFormat.PARQUET), is(Rowing.rows(file, InputFormat.PARQUET)));
  }

  @Test
  void sample_countsRowsByTheFooter() throws IOException {
    Path file = numbered("a.parquet", CompressionCodecName.ZSTD, 5_000, 20_000);
    InputSample sample =
        InputSample.take(
            List.of(Rowing.file(file, InputFormat.PARQUET)), DocumentFields.DEFAULT, 100);
    assertThat(sample.rows(), is(100L));
    assertThat(sample.expectedRows(), is(5_000L));
    assertThat(sample.whole(), is(false));
  }
}
