package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.text.TextForm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of text as people and programs leave them: what can be read is, and nothing is lost. */
class TextFilesTest {
  @TempDir Path directory;

  private InputFile file(String name, byte[] content, InputFormat format) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    return new InputFile(file.toString(), content.length, format);
  }

  private InputFile csv(String content) throws IOException {
    return file("a.csv", content.getBytes(StandardCharsets.UTF_8), InputFormat.CSV);
  }

  /** Each row: its JSON, or an exclamation mark and what it is. */
  private static List<String> read(InputFile file, DocumentFields fields) throws IOException {
    List<String> rows = new ArrayList<>();
    RowParser parser = new RowParser(fields);
    try (RowReader reader = RowReader.open(file, fields)) {
      for (Row row = reader.next(); row != null; row = reader.next()) {
        assertThat(row.position(), is(rows.size() + 1L));
        RowParser.Parsed parsed = parser.parse(file, row);
        rows.add(
            parsed.problem() == null
                ? parsed.document().json()
                : "! " + parsed.problem() + " " + parsed.document().json());
      }
    }
    return rows;
  }

  static List<String> read(InputFile file) throws IOException {
    return read(file, DocumentFields.DEFAULT);
  }

  private static DocumentFields form(@Nullable String encoding, @Nullable Character delimiter) {
    return new DocumentFields(null, "text", null, new TextForm(encoding, delimiter));
  }

  private static long lost(List<String> rows) {
    return rows.stream().filter(row -> row.startsWith("!")).count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r", "\n", "\r\n"})
  void lines_endAsTheFileEndsThem(String end) throws IOException {
    String json = "{\"id\": \"a\"}" + end + "{\"id\": \"b\"}" + end;
    assertThat(
        read(file("a.jsonl", json.getBytes(StandardCharsets.UTF_8), InputFormat.JSONL)),
        contains("{\"id\":\"a\"}", "{\"id\":\"b\"}"));
    String text = "one" + end + "two";
    assertThat(
        read(file("a.txt", text.getBytes(StandardCharsets.UTF_8), InputFormat.TEXT)),
        contains("{\"text\":\"one\"}", "{\"text\":\"two\"}"));
  }

  @Test
  void aQuoteThatIsNeverClosed_costsItsRow_andSaysHowManyAreInDoubt() throws IOException {
    StringBuilder text = new StringBuilder("id,text,z\n");
    for (int i = 1; i <= 5_000; i++) {
      text.append(i).append(i == 5 ? ",\"text " : ",text ").append(i).append(",x\n");
    }
    List<String> rows = read(csv(text.toString()));
    assertThat(rows.size(), is(5_000));
    assertThat(lost(rows), is(1L));
    assertThat(
        rows.get(4),
        allOf(
            containsString("A quote is opened and not closed; the lines behind it, 4995,"),
            containsString("row 5"),
            containsString("{\"_raw\":\"5,\\\"text 5,x\"}")));
    assertThat(rows.get(5), is("{\"id\":\"6\",\"text\":\"text 6\",\"z\":\"x\"}"));
  }

  @Test
  void aQuoteThatALaterOneSeemsToClose_costsItsRow_too() throws IOException {
    List<String> rows =
        read(csv("a,b\n1,\"open\n2,two\n3,three\n4,\"a \"\"word\"\", and\nmore\"\n5,five\n"));
    assertThat(
        rows.get(0), startsWith("! A quote is opened and not closed; the lines behind it, 2,"));
    assertThat(
        rows.subList(1, 5),
        contains(
            "{\"a\":\"2\",\"b\":\"two\"}",
            "{\"a\":\"3\",\"b\":\"three\"}",
            "{\"a\":\"4\",\"b\":\"a \\\"word\\\", and\\nmore\"}",
            "{\"a\":\"5\",\"b\":\"five\"}"));
  }

  @Test
  void aQuoteWithinALongText_costsItsRecord_andItsLinesAreNoRows() throws IOException {
    List<String> rows =
        read(csv("a,b\n1,\"Dear all\nplease see below\nthe \"new\" plan\nbye\"\n2,two\n"));
    assertThat(lost(rows), is(rows.size() - 1L));
    assertThat(rows.get(rows.size() - 1), is("{\"a\":\"2\",\"b\":\"two\"}"));
    assertThat(rows.get(0), containsString("A quote within a field is not written twice"));
  }

  @Test
  void badRecords_costThemselves() throws IOException {
    List<String> rows = read(csv("a,b\n1,\"x\" y\n2,two,three\n\"3\"  ,three\n4,\"\"\n5"));
    assertThat(rows.get(0), startsWith("! Text follows the quote that closes a field"));
    assertThat(rows.get(1), startsWith("! The record has 3 fields; the header has 2"));
    assertThat(
        rows.subList(2, 4), contains("{\"a\":\"3\",\"b\":\"three\"}", "{\"a\":\"4\",\"b\":\"\"}"));
    assertThat(rows.get(4), startsWith("! The record has 1 fields"));
  }

  /** Whoever reads it learns what the file was cut by. */
  @Test
  void aRecordOfAnotherWidth_isToldWithTheDelimiterThatWasFound() throws IOException {
    assertThat(
        read(csv("sep=;\nid;text\n1;hello; world\n")),
        contains(startsWith("! The record has 3 fields by ';'; the header has 2")));
    assertThat(
        read(csv("id\ttext\n1\ta\tb\n")),
        contains(startsWith("! The record has 3 fields by '\\t'; the header has 2")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "'a,b\\n1,x\\n\\n2,y\\n\\n\\n'",
        "'a;b\\n1;x\\n2;y'",
        "'a\\tb\\r\\n1\\tx\\r\\n2\\ty\\r\\n'",
        "'a|b\\r1|x\\r2|y\\r'",
        "'sep=;\\na;b\\n1;x\\n2;y\\n'",
        "'sep=\\t\\r\\na\\tb\\r\\n1\\tx\\r\\n2\\ty'",
        "'sep=,\\r\\na,b\\r\\n1,x\\r\\n2,y'",
        "'\\n\\na,b\\n1,x\\n2,y\\n'",
        "'\uFEFFa,b\\n1,x\\n2,y\\n'",
      })
  void delimitersAndBlankLines(String text) throws IOException {
    String content = text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
    assertThat(
        read(csv(content)), contains("{\"a\":\"1\",\"b\":\"x\"}", "{\"a\":\"2\",\"b\":\"y\"}"));
  }

  @Test
  @Timeout(60)
  void aHeaderOfLineEnds_isReadOnce() throws IOException {
    String name = "\r".repeat(1_000_000) + "b";
    assertThat(
        read(csv("a,\"" + name + "\"\n1,x\n")),
        contains(startsWith("! The row is not JSON: Name length (1000001) exceeds the maximum")));
  }

  @Test
  void aDelimiterThatTheTaskSays() throws IOException {
    assertThat(
        read(csv("a,x:b\n1,2:3\n"), form(null, ':')), contains("{\"a,x\":\"1,2\",\"b\":\"3\"}"));
  }

  @Test
  void columnsWithoutAName_areCalledByTheirNumber() throws IOException {
    assertThat(
        read(csv(",id,\n0,a,x\n")), contains("{\"column1\":\"0\",\"id\":\"a\",\"column3\":\"x\"}"));
  }

  @Test
  void twoColumnsOfOneName_areTold() throws IOException {
    List<String> rows = read(csv("id,text,text\n1,a,\n2,b,\n"));
    assertThat(rows.size(), is(1));
    assertThat(rows.get(0), containsString("two columns named \"text\""));
    assertThat(sample(csv("id,text,text\n1,a,\n")), containsString("two columns named \"text\""));
  }

  private static String sample(InputFile... files) {
    return String.valueOf(
        assertThrows(
                IllegalArgumentException.class,
                () -> InputSample.take(Arrays.asList(files), DocumentFields.DEFAULT, 1_000))
            .getMessage());
  }

  @Test
  void bytesThatAreNoUtf8_costTheirRow_andAreReadWhereTheTaskSaysHow() throws IOException {
    byte[] bytes =
        "id,text\n1,plain\n2,Grüße – €\n3,plain\n".getBytes(Charset.forName("windows-1252"));
    InputFile csv = file("a.csv", bytes, InputFormat.CSV);
    List<String> rows = read(csv);
    assertThat(lost(rows), is(1L));
    assertThat(rows.get(1), startsWith("! The row is not valid UTF-8; say input.encoding"));
    assertThat(rows.get(1), containsString(", row 2)"));
    assertThat(
        read(csv, form("windows-1252", null)).get(1), is("{\"id\":\"2\",\"text\":\"Grüße – €\"}"));
    byte[] lines = "Grüße\nplain\n\u0081".getBytes(StandardCharsets.ISO_8859_1);
    InputFile text = file("a.txt", lines, InputFormat.TEXT);
    assertThat(read(text).get(0), startsWith("! The row is not valid UTF-8"));
    List<String> said = read(text, form("windows-1252", null));
    assertThat(said.subList(0, 2), contains("{\"text\":\"Grüße\"}", "{\"text\":\"plain\"}"));
    assertThat(said.get(2), containsString("no character in windows-1252 (input.encoding)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UTF-16",
        "UTF-16LE",
        "UTF-16BE",
        "UTF-8",
        "UTF-32LE",
        "UTF-32BE",
        "X-UTF-32LE-BOM",
        "X-UTF-32BE-BOM"
      })
  void utf16AndUtf32_areReadByTheirMark_orTheirZeros(String encoding) throws IOException {
    Charset charset = Charset.forName(encoding);
    for (String text : List.of("{\"id\":\"1\",\"text\":\"ü 🙋\"}\n{\"id\":\"2\"}\n")) {
      InputFile lines = file("a.jsonl", text.getBytes(charset), InputFormat.JSONL);
      assertThat(read(lines), contains("{\"id\":\"1\",\"text\":\"ü 🙋\"}", "{\"id\":\"2\"}"));
      InputFile csv = file("a.csv", "id,text\n1,ü 🙋\n".getBytes(charset), InputFormat.CSV);
      assertThat(read(csv), contains("{\"id\":\"1\",\"text\":\"ü 🙋\"}"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"a\": 1}, {\"a\": \"x]},\\\"\"}]",
        "[\n  {\n    \"a\": 1\n  },\n  {\"a\": \"x]},\\\"\"}\n]\n",
        "  [{\"a\": 1}\n,{\"a\": \"x]},\\\"\"},\n]",
        "{\n  \"a\": 1\n}\n{\n \"a\": \"x]},\\\"\"\n}",
      })
  void arraysAndObjectsOverManyLines(String text) throws IOException {
    for (String name : List.of("a.json", "a.jsonl")) {
      InputFile file = file(name, text.getBytes(StandardCharsets.UTF_8), InputFormat.JSONL);
      assertThat(name, read(file), contains("{\"a\":1}", "{\"a\":\"x]},\\\"\"}"));
    }
  }

  @Test
  void whatIsWrongInAnArray_isToldByElement() throws IOException {
    String text = "[\n{\"a\": 1},\n{\"a\": oops},\n3,\n\"x\",\n{\"a\": 4}\n";
    List<String> rows =
        read(file("a.json", text.getBytes(StandardCharsets.UTF_8), InputFormat.JSONL));
    assertThat(rows.get(0), is("{\"a\":1}"));
    assertThat(rows.get(1), startsWith("! The row is not JSON"));
    assertThat(rows.get(2), startsWith("! The row is JSON, but of type NUMBER"));
    assertThat(rows.get(3), startsWith("! The row is JSON, but of type STRING"));
    assertThat(rows.get(4), is("{\"a\":4}"));
    assertThat(rows.get(5), startsWith("! The file is cut off: the array has no end"));
    assertThat(rows.size(), is(6));
  }

  @Test
  void numbersThatJsonDoesNotHave_areToldInWordsOfJson() throws IOException {
    String text = "{\"a\": NaN}\n{\"a\": -Infinity}\n{\"a\": 1}\n";
    List<String> rows =
        read(file("a.jsonl", text.getBytes(StandardCharsets.UTF_8), InputFormat.JSONL));
    assertThat(
        rows.get(0),
        startsWith("! The row is not JSON: Non-standard token 'NaN', which JSON does not have (/"));
    assertThat(rows.get(1), containsString("-Infinity"));
    assertThat(rows.get(1), not(containsString("enable")));
    assertThat(rows.get(2), is("{\"a\":1}"));
  }

  @Test
  void filesPutOneBehindAnother_haveMarksAndHeadersAmongTheirRows() throws IOException {
    assertThat(
        read(csv("id,text\n1,a\n\uFEFFid,text\n2,b\nid,text\n\uFEFF3,c\n")),
        contains(
            is("{\"id\":\"1\",\"text\":\"a\"}"),
            startsWith("! The header stands here once more"),
            is("{\"id\":\"2\",\"text\":\"b\"}"),
            startsWith("! The header stands here once more"),
            is("{\"id\":\"3\",\"text\":\"c\"}")));
    assertThat("of one column it may be a text", read(csv("text\ntext\n")).size(), is(1));
    byte[] json = "{\"a\":1}\n\uFEFF{\"a\":2}\n".getBytes(StandardCharsets.UTF_8);
    assertThat(read(file("a.jsonl", json, InputFormat.JSONL)), contains("{\"a\":1}", "{\"a\":2}"));
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      packed.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  /** However little of it there is. */
  @Test
  void whatComesBeforeDamage_isRead() throws IOException {
    byte[] one = gzip("{\"a\":1}\n{\"a\":2}\n");
    assertThat(
        "members one behind another",
        read(file("a.jsonl.gz", joined(one, gzip("{\"a\":3}")), InputFormat.JSONL)).size(),
        is(3));
    assertThat(
        "padding",
        read(file("p.jsonl.gz", joined(one, new byte[512]), InputFormat.JSONL)).size(),
        is(2));
    byte[] garbage = "garbage".getBytes(StandardCharsets.UTF_8);
    byte[] wrong = one.clone();
    wrong[wrong.length - 6] ^= 1;
    for (byte[] bytes :
        List.of(
            joined(one, garbage),
            joined(one, new byte[] {0x1F, (byte) 0x8B, 8}),
            Arrays.copyOf(one, one.length - 3),
            wrong)) {
      for (InputFormat format : List.of(InputFormat.JSONL, InputFormat.TEXT)) {
        List<String> rows = read(file("b.jsonl.gz", bytes, format));
        assertThat(rows.size(), is(3));
        assertThat(rows.get(1), not(startsWith("!")));
        assertThat(rows.get(2), startsWith("! Read the rest of the file: "));
      }
    }
    StringBuilder many = new StringBuilder("id,text\n");
    Random random = new Random(5);
    for (int i = 0; i < 5_000; i++) {
      many.append(i).append(',').append(random.nextLong()).append('\n');
    }
    byte[] packed = gzip(many.toString());
    for (int bytes : new int[] {200, 2_000, packed.length / 2, packed.length - 9}) {
      List<String> rows = read(file("c.csv.gz", Arrays.copyOf(packed, bytes), InputFormat.CSV));
      // Deflate's blocks are of some ten thousand bytes.
      assertThat(bytes + " of " + packed.length, lost(rows), is(1L));
      assertThat(rows.get(rows.size() - 1), startsWith("! Read the "));
      if (bytes > packed.length / 3) {
        assertThat(rows.size(), is(greaterThan(1_000)));
      }
    }
  }

  @Test
  void anArrayIsReadAsItComes() throws IOException {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < 50_000; i++) {
      text.append(i == 0 ? "" : ",\n")
          .append("{\"a\": \"")
          .append("x".repeat(i % 50))
          .append("\"}");
    }
    InputFile file =
        file(
            "a.json",
            text.append("]").toString().getBytes(StandardCharsets.UTF_8),
            InputFormat.JSONL);
    assertThat(read(file).size(), is(50_000));
  }

  @ParameterizedTest
  @CsvSource({
    "'PK\u0003\u0004',a zip archive",
    "'\u001f\u008b',gzip",
    "PAR1,Parquet",
    "'\u00fd7zXZ\u0000',xz",
    "'7z\u00bc\u00af\u0027\u0027\u001c',7-Zip",
    "'\u0004\"M\u0018',lz4",
    "'\u00ff\u00d8\u00ff',an image",
    "%PDF-1.7,a PDF"
  })
  void whatIsNoText_isToldForWhatItIs(String first, String said) throws IOException {
    byte[] bytes = (first + "x\ny\n").getBytes(StandardCharsets.ISO_8859_1);
    for (InputFormat format :
        List.of(InputFormat.CSV, InputFormat.JSONL, InputFormat.TEXT, InputFormat.FILE)) {
      InputFile file = file("a.dat", bytes, format);
      assertThat(sample(file), containsString(said));
    }
  }

  @Test
  void anArchiveOfTar_isToldForWhatItIs_butNotATextThatNamesIt() throws IOException {
    String archive = "a.jsonl" + "\u0000".repeat(250) + "ustar\u000000\n{\"id\":1}\n";
    InputFile file = file("a", archive.getBytes(StandardCharsets.ISO_8859_1), InputFormat.JSONL);
    assertThat(sample(file), containsString("a tar archive"));
    String text = "x".repeat(257) + "ustar\n";
    InputFile other = file("b", text.getBytes(StandardCharsets.UTF_8), InputFormat.TEXT);
    assertThat(read(other), contains("{\"text\":\"" + text.strip() + "\"}"));
  }

  @Test
  void filesOfWhichNoRowIsADocument_areRefused_butNotOneAmongOthers() throws IOException {
    InputFile bad =
        file(
            "bad.jsonl",
            "oops\n".repeat(2_000).getBytes(StandardCharsets.UTF_8),
            InputFormat.JSONL);
    InputFile good =
        file("good.jsonl", "{\"id\": 1}".getBytes(StandardCharsets.UTF_8), InputFormat.JSONL);
    assertThat(
        sample(bad),
        containsString("none of the first 1000 rows is a document: The row is not JSON"));
    InputSample sample = InputSample.take(List.of(bad, good), DocumentFields.DEFAULT, 1_000);
    assertThat(sample.documents(), contains("{\"id\":1}"));
    InputFile empty = file("empty.jsonl", new byte[0], InputFormat.JSONL);
    assertThat(InputSample.take(List.of(empty), DocumentFields.DEFAULT, 1_000).rows(), is(0L));
  }

  @Test
  void aFieldThatIsNamedAndAbsent_isNoDocument() throws IOException {
    InputFile file =
        file(
            "a.jsonl",
            "{\"_id\":{\"$oid\":\"1\"},\"m\":{\"id\":\"n\"},\"k\":null}\n"
                .getBytes(StandardCharsets.UTF_8),
            InputFormat.JSONL);
    assertThat(
        read(file, new DocumentFields("_id", "text", null)).get(0),
        startsWith("! The field '_id' (document.id) is no single value but {\"$oid\":\"1\"}"));
    assertThat(
        read(file, new DocumentFields("ID", "text", null)).get(0),
        startsWith("! The row has no field 'ID' (document.id); it has _id, m, k"));
    assertThat(
        read(file, new DocumentFields(null, "text", "customer")).get(0),
        startsWith("! The row has no field 'customer' (document.key)"));
    assertThat(read(file, new DocumentFields("m.id", "text", "k")).get(0), startsWith("{"));
    InputFile csv = csv("ticketId,text\nT-1,x\n");
    assertThat(
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                        InputSample.take(
                            List.of(csv), new DocumentFields("ticketID", "text", null), 10))
                .getMessage()),
        containsString("has no column 'ticketID' (document.id); it has ticketId, text"));
  }

  @Test
  void halfACharacter_isReplaced_andKeysThatComeTwice_areTold() throws IOException {
    InputFile file =
        file(
            "a.jsonl",
            "{\"text\":\"x \\ud83d\"}\n{\"text\":\"\\ud83d\\ude4b\"}\n{\"a\":1,\"a\":2}\n"
                .getBytes(StandardCharsets.UTF_8),
            InputFormat.JSONL);
    List<String> rows = read(file);
    assertThat(rows.get(0), is("{\"text\":\"x \uFFFD\"}"));
    assertThat(rows.get(1), is("{\"text\":\"🙋\"}"));
    assertThat(rows.get(2), containsString("the key \"a\" twice"));
  }

  @Test
  void aTextThatIsTooLong_costsItsRow() throws IOException {
    String text = "a".repeat(RowParser.MAX_TEXT_CHARS + 1);
    List<String> lines =
        read(file("a.txt", (text + "\nb\n").getBytes(StandardCharsets.UTF_8), InputFormat.TEXT));
    assertThat(lines.get(0).substring(0, 80), containsString("20000001 characters; the most is"));
    assertThat(lines.get(1), is("{\"text\":\"b\"}"));
    List<String> json =
        read(
            file(
                "a.jsonl",
                ("{\"t\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8),
                InputFormat.JSONL));
    assertThat(json.get(0).substring(0, 80), containsString("20000001 characters; the most is"));
  }

  @Test
  void numbers_standAsInTheFile() throws IOException {
    String row = "{\"id\":12345678.0,\"v\":1.10,\"n\":[0.1234567890123456789,1e5,12500000.00]}";
    InputFile file = file("a.jsonl", row.getBytes(StandardCharsets.UTF_8), InputFormat.JSONL);
    assertThat(read(file), contains(row));
    RowParser.Parsed parsed =
        new RowParser(DocumentFields.DEFAULT).parse(file, new Row(1, row, null));
    assertThat(parsed.document().id(), is("12345678.0"));
  }

  /** Whatever bytes come: rows are numbered, nothing is thrown, and undamaged files stay whole. */
  @Test
  void anyBytes() throws IOException {
    Random random = new Random(7);
    String[] pieces = {
      "\"", "\n", "\r", "\r\n", ",", ";", "a", "ü", "🙋", "{", "}", "[", "]", "\\", ":", "1", " ",
      "\"\"", "sep=;"
    };
    for (int i = 0; i < 700; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "a,b\n" : "");
      for (int j = random.nextInt(60); j > 0; j--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      if (bytes.length > 0 && random.nextInt(3) == 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      for (InputFormat format : List.of(InputFormat.CSV, InputFormat.JSONL, InputFormat.TEXT)) {
        DocumentFields fields =
            random.nextBoolean() ? DocumentFields.DEFAULT : form("windows-1252", null);
        List<String> rows = read(file("a.json", bytes, format), fields);
        assertThat(rows, everyItem(not(is(nullValue()))));
        assertThat(read(file("a.json", bytes, format), fields), is(rows));
      }
    }
  }

  /** What a writer of csv wrote is read as it was, wherever buffers end. */
  @Test
  void whatWasWritten_isRead() throws IOException {
    Random random = new Random(11);
    String[] pieces = {"\"", "\n", "\r\n", ",", "x", "ü", "🙋", " ", "lorem ipsum "};
    StringBuilder text = new StringBuilder("a,b\n");
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      StringBuilder value = new StringBuilder("v");
      for (int j = random.nextInt(30); j > 0; j--) {
        value.append(pieces[random.nextInt(pieces.length)]);
      }
      text.append(i).append(",\"").append(value.toString().replace("\"", "\"\"")).append("\"\n");
      expected.add(value.toString());
    }
    InputFile file = csv(text.toString());
    List<String> values = new ArrayList<>();
    try (RowReader reader = RowReader.open(file, DocumentFields.DEFAULT)) {
      for (Row row = reader.next(); row != null; row = reader.next()) {
        values.add(Rowing.json(row).path("b").asText());
      }
    }
    assertThat(
        values.stream().map(String::length).collect(Collectors.toList()),
        is(expected.stream().map(String::length).collect(Collectors.toList())));
    assertThat(values, is(expected));
  }

  /** Any bytes at all, under any name: documents or dead letters, and UTF-8 can hold them. */
  @Test
  void anyBytes_areDocumentsOrSaidToBeNone() throws IOException {
    Random random = new Random(5);
    String[] bits = {
      "{\"text\":\"",
      "\"}",
      "\\ud83d",
      "\\udc00",
      "\n",
      "\uFEFF",
      "\"",
      ",",
      "{}",
      "\u0000",
      "\r",
      "null"
    };
    for (int i = 0; i < 300; i++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int parts = random.nextInt(12); parts > 0; parts--) {
        if (random.nextInt(3) == 0) {
          byte[] any = new byte[random.nextInt(6)];
          random.nextBytes(any);
          bytes.write(any);
        } else {
          bytes.write(bits[random.nextInt(bits.length)].getBytes(StandardCharsets.UTF_8));
        }
      }
      InputFormat format = random.nextBoolean() ? InputFormat.JSONL : InputFormat.TEXT;
      for (String row : read(file("\u00e9-" + i + ".any", bytes.toByteArray(), format))) {
        assertThat(row, StandardCharsets.UTF_8.newEncoder().canEncode(row), is(true));
      }
    }
  }
}
