package io.sluice.pipeline.input;

import static io.sluice.pipeline.input.Rowing.json;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.util.Utf8;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AvroRowsTest {
  private static final Schema NUMBERED =
      schema("{'name':'id','type':'long'},{'name':'text','type':['null','string']}");

  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  private static Schema schema(String fields) {
    return new Schema.Parser()
        .parse(("{'type':'record','name':'row','fields':[" + fields + "]}").replace('\'', '"'));
  }

  private Path write(String name, Schema schema, String codec, int blockBytes, List<?> values)
      throws IOException {
    Path file = directory.resolve(name);
    try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.setCodec(CodecFactory.fromString(codec)).setSyncInterval(blockBytes);
      writer.create(schema, file.toFile());
      for (Object value : values) {
        writer.append(value);
      }
    }
    return file;
  }

  private Path numbered(String name, String codec, int rows) throws IOException {
    List<GenericRecord> records = new ArrayList<>();
    for (long i = 1; i <= rows; i++) {
      records.add(
          new GenericRecordBuilder(NUMBERED)
              .set("id", i)
              .set("text", i % 3 == 0 ? null : "text number " + i * 7919 % 10_007)
              .build());
    }
    return write(name, NUMBERED, codec, 2_000, records);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "deflate", "snappy", "zstandard", "bzip2"})
  void everyCodec_manyBlocks_nulls(String codec) throws IOException {
    List<Row> rows = Rowing.rows(numbered("n.avro", codec, 5_000), InputFormat.AVRO);
    assertThat(rows, hasSize(5_000));
    assertThat(rows.get(4_998).position(), is(4_999L));
    assertThat(json(rows.get(1)), is(json("{'id':2,'text':'text number 5831'}")));
    assertThat(json(rows.get(4_997)), is(json("{'id':4998,'text':null}")));
  }

  @Test
  void aValueThatIsNone_costsItsRow_andUuidsAreText() throws IOException {
    Schema schema =
        schema(
            "{'name':'at','type':{'type':'int','logicalType':'time-millis'}},"
                + "{'name':'sum','type':{'type':'bytes','logicalType':'decimal','precision':9,"
                + "'scale':2}},"
                + "{'name':'u','type':{'type':'fixed','name':'u16','size':16,"
                + "'logicalType':'uuid'}},"
                + "{'name':'d','type':'double'},{'name':'f','type':'float'}");
    List<GenericRecord> records = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      byte[] uuid = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
      records.add(
          new GenericRecordBuilder(schema)
              .set("at", i == 2 ? 86_400_000 : 1_000 * i)
              .set("sum", ByteBuffer.wrap(i == 4 ? new byte[0] : new byte[] {1, 2}))
              .set("u", new GenericData.Fixed(schema.getField("u").schema(), uuid))
              .set("d", 12_500_000.0)
              .set("f", 0.0000056f)
              .build());
    }
    List<Row> rows = Rowing.rows(write("t.avro", schema, "null", 1_000, records), InputFormat.AVRO);
    assertThat(rows, hasSize(6));
    assertThat(
        rows.get(3).text(),
        is(
            "{\"at\":\"00:00:03\",\"sum\":\"2.58\","
                + "\"u\":\"00010203-0405-0607-0809-0a0b0c0d0e0f\",\"d\":12500000.0,"
                + "\"f\":0.0000056}"));
    assertThat(rows.get(2).problem(), containsString("The column at holds 86400000, which is no"));
    assertThat(rows.get(4).problem(), containsString("The column sum holds no bytes, which is no"));
    assertThat(rows.get(4).text(), containsString("\"sum\":\"\""));
    assertThat(rows.get(5).problem(), is(nullValue()));
  }

  /** Whatever a schema says of Java's strings: what is no UTF-8 is not replaced. */
  @ParameterizedTest
  @ValueSource(strings = {"", ",'avro.java.string':'String'"})
  void textThatIsNone_costsItsRow_alsoWithinItsColumn(String more) throws IOException {
    String text = "{'type':'string'" + more + "}";
    Schema schema =
        schema(
            "{'name':'t','type':['null',"
                + text
                + "]},{'name':'l','type':{'type':'array','items':"
                + text
                + "}}");
    List<GenericRecord> records = new ArrayList<>();
    Utf8 bad = new Utf8(new byte[] {'x', (byte) 0xE9, 'y'});
    for (int i = 0; i < 4; i++) {
      records.add(
          new GenericRecordBuilder(schema)
              .set("t", i == 1 ? bad : new Utf8("ü"))
              .set("l", List.of(new Utf8("a"), i == 2 ? bad : new Utf8("b")))
              .build());
    }
    List<Row> rows = Rowing.rows(write("t.avro", schema, "null", 1_000, records), InputFormat.AVRO);
    assertThat(rows, hasSize(4));
    assertThat(rows.get(0).text(), is("{\"t\":\"ü\",\"l\":[\"a\",\"b\"]}"));
    assertThat(rows.get(1).problem(), containsString("The column t holds x\uFFFDy"));
    assertThat(rows.get(2).problem(), containsString("The column l holds x\uFFFDy"));
    assertThat(rows.get(3).problem(), is(nullValue()));
  }

  @Test
  void durationsAndDecimalsOfAnySize_areText() throws IOException {
    Schema schema =
        schema(
            "{'name':'span','type':{'type':'fixed','name':'f12','size':12,"
                + "'logicalType':'duration'}},"
                + "{'name':'sum','type':{'type':'bytes','logicalType':'big-decimal'}},"
                + "{'name':'doc','type':{'type':'string','sqlType':'JSON'}}");
    byte[] span = {1, 0, 0, 0, 2, 0, 0, 0, (byte) 0xE8, 3, 0, 0};
    // 12.50: the length of the unscaled number, which is 1250, and the scale.
    List<GenericRecord> records = new ArrayList<>();
    for (byte[] sum : List.of(new byte[] {4, 4, (byte) 0xE2, 4}, new byte[] {4, 4})) {
      records.add(
          new GenericRecordBuilder(schema)
              .set("span", new GenericData.Fixed(schema.getField("span").schema(), span))
              .set("sum", ByteBuffer.wrap(sum))
              .set("doc", "{\"v\":1.10}")
              .build());
    }
    List<Row> rows = Rowing.rows(write("t.avro", schema, "null", 1_000, records), InputFormat.AVRO);
    assertThat(
        rows.get(0).text(), is("{\"span\":\"P1M2DT1S\",\"sum\":\"12.50\",\"doc\":{\"v\":1.10}}"));
    assertThat(rows.get(1).problem(), containsString("The column sum holds"));
  }

  /** A value of a few bytes that says of itself that it has two thousand million. */
  @Test
  void aDecimalThatDeclaresMoreThanItHas_costsItsRow_andNoMemory() throws IOException {
    Schema schema = schema("{'name':'sum','type':{'type':'bytes','logicalType':'big-decimal'}}");
    byte[] sum = {(byte) 0xEE, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x0F, 1, 2};
    GenericRecord record =
        new GenericRecordBuilder(schema).set("sum", ByteBuffer.wrap(sum)).build();
    List<Row> rows =
        Rowing.rows(write("t.avro", schema, "null", 1_000, List.of(record)), InputFormat.AVRO);
    assertThat(
        rows.get(0).problem(), containsString("The column sum holds the bytes eeffffff0f0102, "));
  }

  @Test
  void types() throws IOException {
    Schema schema =
        schema(
            "{'name':'day','type':{'type':'int','logicalType':'date'}},"
                + "{'name':'clock','type':{'type':'long','logicalType':'time-micros'}},"
                + "{'name':'at','type':['null',{'type':'long','logicalType':'timestamp-millis'}]},"
                + "{'name':'wall','type':"
                + "{'type':'long','logicalType':'local-timestamp-micros'}},"
                + "{'name':'price','type':"
                + "{'type':'bytes','logicalType':'decimal','precision':9,'scale':2}},"
                + "{'name':'sum','type':{'type':'fixed','name':'f8','size':8,"
                + "'logicalType':'decimal','precision':18,'scale':3}},"
                + "{'name':'uuid','type':{'type':'string','logicalType':'uuid'}},"
                + "{'name':'raw','type':'bytes'},"
                + "{'name':'kind','type':{'type':'enum','name':'k','symbols':['a','b']}},"
                + "{'name':'list','type':{'type':'array','items':['null','float']}},"
                + "{'name':'map','type':{'type':'map','values':'int'}},"
                + "{'name':'inner','type':{'type':'record','name':'i','fields':"
                + "[{'name':'x','type':'double'}]}},"
                + "{'name':'either','type':['int','string','boolean']}");
    Schema inner = schema.getField("inner").schema();
    GenericRecord record =
        new GenericRecordBuilder(schema)
            .set("day", 20_000)
            .set("clock", 3_723_000_004L)
            .set("at", -1L)
            .set("wall", 1_700_000_000_000_001L)
            .set("price", ByteBuffer.wrap(BigInteger.valueOf(-1250).toByteArray()))
            .set(
                "sum",
                new GenericData.Fixed(
                    schema.getField("sum").schema(), new byte[] {0, 0, 0, 0, 0, 0, 4, -46}))
            .set("uuid", "6a2f41a3-c54c-fce8-32d2-0324e1c32e22")
            .set("raw", ByteBuffer.wrap(new byte[] {0, -1, 7}))
            .set("kind", new GenericData.EnumSymbol(schema.getField("kind").schema(), "b"))
            .set("list", Arrays.asList(0.1f, null))
            .set("map", Map.of("ü", 1))
            .set("inner", new GenericRecordBuilder(inner).set("x", Double.NaN).build())
            .set("either", true)
            .build();
    Path file = write("t.avro", schema, "deflate", 2_000, List.of(record));
    assertThat(
        json(Rowing.rows(file, InputFormat.AVRO).get(0)),
        is(
            json(
                "{'day':'2024-10-04','clock':'01:02:03.000004','at':'1969-12-31T23:59:59.999Z',"
                    + "'wall':'2023-11-14T22:13:20.000001','price':'-12.50','sum':'1.234',"
                    + "'uuid':'6a2f41a3-c54c-fce8-32d2-0324e1c32e22','raw':'AP8H','kind':'b',"
                    + "'list':[0.1,null],'map':{'ü':1},'inner':{'x':'NaN'},'either':true}")));
  }

  @Test
  void ofOtherTools() throws IOException {
    // Written by avsc 5.7 for JavaScript: snappy, a namespace, an optional field.
    Path file = Path.of("src/test/resources/io/sluice/pipeline/input/avsc.avro");
    List<Row> rows = Rowing.rows(file.toAbsolutePath(), InputFormat.AVRO);
    assertThat(rows, hasSize(1_000));
    assertThat(
        json(rows.get(998)),
        is(json("{'id':999,'text':null,'tags':['a','b'],'at':1700000000999}")));
  }

  @Test
  void skipsWholeBlocks_andGoesOnWithinOne() throws IOException {
    Path file = numbered("s.avro", "snappy", 5_000);
    for (long behind : new long[] {0, 1, 777, 4_999}) {
      try (RowReader reader =
          RowReader.open(Rowing.file(file, InputFormat.AVRO), DocumentFields.DEFAULT)) {
        assertThat(reader.skipTo(behind), is(true));
        Row row = reader.next();
        assertThat(row == null ? -1 : json(row).path("id").asLong(), is(behind + 1));
      }
    }
  }

  @Test
  void cutOffAnywhere_keepsTheRowsBefore_andSaysSo() throws IOException {
    byte[] whole = Files.readAllBytes(numbered("w.avro", "deflate", 5_000));
    Path cut = directory.resolve("c.avro");
    int endOfBlock = endOfBlock(whole, whole.length / 2);
    for (int at = endOfBlock - 20; at < endOfBlock + 20; at++) {
      Files.write(cut, Arrays.copyOf(whole, at));
      List<Row> rows = Rowing.rows(cut, InputFormat.AVRO);
      Row last = rows.get(rows.size() - 1);
      assertThat(rows.size(), is(greaterThan(1_000)));
      if (at == endOfBlock) {
        // Nothing tells such a file from one that was written with fewer rows.
        assertThat(last.problem(), is(nullValue()));
        continue;
      }
      assertThat(
          "cut at " + at,
          last.problem(),
          allOf(
              containsString("Read the rest of the file"),
              containsString("rows before this one are complete")));
      assertThat(rows.get(rows.size() - 2).problem(), is(nullValue()));
    }
  }

  /** Where the first block behind a byte ends: with the marker that the whole file ends with. */
  private static int endOfBlock(byte[] file, int behind) {
    byte[] marker = Arrays.copyOfRange(file, file.length - 16, file.length);
    int at = behind;
    while (!Arrays.equals(marker, Arrays.copyOfRange(file, at - 16, at))) {
      at++;
    }
    return at;
  }

  /** Where something is changed, counted from where a block begins. */
  @ParameterizedTest
  @CsvSource({
    "null, 200, 100",
    "deflate, 40, 100",
    "zstandard, 40, 100",
    "snappy, 40, 100",
    // The marker behind the block before it, and so that one as well.
    "zstandard, -9, 1",
    // How many rows it has, and how long it is.
    "zstandard, 0, 1",
    "zstandard, 2, 1",
    "zstandard, 0, 8",
  })
  void aDamagedBlock_costsItsRows_andNoOthers(String codec, int from, int bytes)
      throws IOException {
    byte[] whole = Files.readAllBytes(numbered("w.avro", codec, 5_000));
    int begin = endOfBlock(whole, whole.length / 2);
    Arrays.fill(whole, begin + from, begin + from + bytes, (byte) 0x5A);
    Path file = Files.write(directory.resolve("d.avro"), whole);
    List<Row> rows = Rowing.rows(file, InputFormat.AVRO);
    List<Row> broken = rows.stream().filter(row -> row.problem() != null).toList();
    assertThat(broken, hasSize(1));
    Row lost = broken.get(0);
    assertThat(lost.problem(), containsString("Read a block of rows: "));
    assertThat(lost.problem(), containsString("the blocks behind it are read"));
    long least = Math.max(rows.size() + lost.lost(), 4_700);
    assertThat("what the block says is counted", least, is(lessThanOrEqualTo(5_000L)));
    if (from > 2) {
      assertThat(rows.size() + lost.lost(), is(5_000L));
      assertThat(
          lost.problem(), containsString("; rows lost with it: " + lost.lost() + "; the blocks"));
    }
    // What is read behind it is what was written there.
    Set<Long> ids = new HashSet<>();
    for (Row row : rows) {
      if (row.problem() == null) {
        long id = json(row).path("id").asLong();
        assertThat(ids.add(id), is(true));
        assertThat(json(row).path("text").isNull(), is(id % 3 == 0));
      }
    }
    assertThat(ids.contains(1L) && ids.contains(5_000L), is(true));
    assertThat(rows.get(rows.size() - 1).position(), is((long) rows.size()));
    // Whoever goes on within it, or behind, sees the same rows.
    for (long behind = lost.position() - 2; behind <= lost.position() + 1; behind++) {
      try (RowReader reader =
          RowReader.open(Rowing.file(file, InputFormat.AVRO), DocumentFields.DEFAULT)) {
        assertThat(reader.skipTo(behind), is(true));
        assertThat(reader.next(), is(rows.get((int) behind)));
      }
    }
  }

  @Test
  void twoDamagedBlocks_andACutEnd_areARowEach() throws IOException {
    byte[] whole = Files.readAllBytes(numbered("w.avro", "deflate", 5_000));
    for (int place = 1; place <= 2; place++) {
      int begin = endOfBlock(whole, place * whole.length / 3);
      Arrays.fill(whole, begin + 40, begin + 140, (byte) 0x5A);
    }
    Path file = Files.write(directory.resolve("d.avro"), Arrays.copyOf(whole, whole.length - 30));
    List<Row> rows = Rowing.rows(file, InputFormat.AVRO);
    List<Row> broken = rows.stream().filter(row -> row.problem() != null).toList();
    assertThat(broken, hasSize(3));
    assertThat(broken.get(2).problem(), containsString("Read the rest of the file"));
    assertThat(broken.get(2), is(rows.get(rows.size() - 1)));
    long lost = broken.stream().mapToLong(Row::lost).sum();
    assertThat(rows.size() + lost, is(5_000L));
    try (RowReader reader =
        RowReader.open(Rowing.file(file, InputFormat.AVRO), DocumentFields.DEFAULT)) {
      assertThat(reader.skipTo(rows.size() - 1), is(true));
      assertThat(reader.next(), is(broken.get(2)));
    }
  }

  @Test
  void otherFiles_andOtherValues_areOneBrokenRow() throws IOException {
    Path text = Files.writeString(directory.resolve("x.avro"), "{\"id\": 1}\n");
    assertThat(
        Rowing.rows(text, InputFormat.AVRO).get(0).problem(),
        containsString("Read the file as avro: "));
    Path strings =
        write("s.avro", Schema.create(Schema.Type.STRING), "null", 2_000, List.of("a", "b"));
    List<Row> rows = Rowing.rows(strings, InputFormat.AVRO);
    assertThat(rows, hasSize(1));
    assertThat(rows.get(0).problem(), containsString("expected records"));
  }

  @Test
  void sample_refusesFilesWithoutTheColumns_orThatCannotBeRead() throws IOException {
    InputFile file = Rowing.file(numbered("a.avro", "null", 3), InputFormat.AVRO);
    IllegalArgumentException missing =
        assertThrows(
            IllegalArgumentException.class,
            () -> InputSample.take(List.of(file), new DocumentFields("ticket", "text", null), 100));
    assertThat(
        missing.getMessage(),
        allOf(
            containsString(file.name()),
            containsString("'ticket' (document.id)"),
            containsString("it has id, text")));
    byte[] other = "not avro".getBytes(StandardCharsets.UTF_8);
    Path broken = Files.write(directory.resolve("b.avro"), other);
    IllegalArgumentException unreadable =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                InputSample.take(
                    List.of(Rowing.file(broken, InputFormat.AVRO)), DocumentFields.DEFAULT, 100));
    assertThat(unreadable.getMessage(), containsString(broken.toString()));
  }

  @Test
  void sample_guessesRowsByTheBlocksSeen() throws IOException {
    InputFile file = Rowing.file(numbered("a.avro", "deflate", 50_000), InputFormat.AVRO);
    InputSample sample = InputSample.take(List.of(file), DocumentFields.DEFAULT, 1_000);
    assertThat((double) sample.expectedRows(), is(closeTo(50_000, 5_000)));
  }
}
