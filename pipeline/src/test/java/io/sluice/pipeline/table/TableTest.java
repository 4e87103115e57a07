package io.sluice.pipeline.table;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Cascade;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.pipeline.table.InputType.Kind;
import io.sluice.pipeline.table.TableTask.Answers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ModelTask TASK =
      ModelTask.of("t", ModelTask.Provider.LOCAL, "m", new ModelTask.Prompt(null, "{{text}}"));

  private static final List<String> HOSTILE =
      List.of(
          "a \"quoted\" one",
          "it's",
          "with.dots.in",
          "two\nlines",
          "tab\there",
          "größe",
          "产品",
          "🙋",
          "2024",
          "select",
          "semi;colon",
          "comma,",
          " spaces ",
          "back\\slash",
          "",
          "; DROP TABLE t; --",
          "order",
          "rowid",
          "x".repeat(500),
          "Name",
          "name",
          "NAME");

  @TempDir Path directory;
  private DuckDb duck;

  @BeforeEach
  void open() throws SQLException {
    duck = new DuckDb();
  }

  @AfterEach
  void close() throws SQLException {
    duck.close();
  }

  private static ModelTask json(String schema) {
    return TASK.withOutput(new Output(OutputType.JSON, List.of(), schema, false));
  }

  private static TableTask of(String... columns) {
    return new TableTask(List.of(columns), Answers.AS_FITS, Map.of());
  }

  /** A line of results with an output and a document. */
  private static JsonNode line(String output, String document) throws IOException {
    return Table.row(
        "{\"id\":\"a\",\"output\":"
            + output
            + ",\"model\":\"m\",\"finishReason\":null,\"usage\":{\"inputTokens\":10,"
            + "\"cachedInputTokens\":2,\"outputTokens\":3},\"costUsd\":0.00000125,\"attempts\":1,"
            + "\"latencyMs\":42,\"servedBy\":\"realtime\",\"document\":"
            + document
            + ",\"key\":null,\"source\":{\"file\":\"f\",\"position\":7}}");
  }

  private Path write(String format, Table table, JsonNode... rows) throws IOException {
    Path file = directory.resolve("rows." + format);
    for (JsonNode row : rows) {
      table.look(row);
    }
    try (OutputStream out = Files.newOutputStream(file);
        TableWriter writer = table.writer(format, file.toString(), out)) {
      for (JsonNode row : rows) {
        writer.write(row);
      }
    }
    return file;
  }

  private Path write(String format, TableTask table, String... documents) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String document : documents) {
      rows.add(line("\"x\"", document));
    }
    return write(format, new Table(TASK, table), rows.toArray(new JsonNode[0]));
  }

  private String typeOf(String... values) throws IOException, SQLException {
    String[] documents =
        Arrays.stream(values).map(value -> "{\"c\":" + value + "}").toArray(String[]::new);
    Path file = write("parquet", of("c"), documents);
    List<String> read = new ArrayList<>();
    duck.rows(file, "SELECT c FROM FILE").forEach(row -> read.add(row.get(0)));
    return duck.columns(file).get("c") + " " + read;
  }

  @Test
  void numbers_areAsWideAsTheyMustBe_andLoseNothing() throws IOException, SQLException {
    assertThat(
        typeOf("1", "-9223372036854775808", "null"), is("BIGINT [1, -9223372036854775808, null]"));
    assertThat(typeOf("1", "4.5", "1e-7"), is("DOUBLE [1.0, 4.5, 1.0E-7]"));
    assertThat(typeOf("12500000.00"), is("DOUBLE [1.25E7]"));
    assertThat(typeOf("9223372036854775808", "1"), is("DECIMAL(38,0) [9223372036854775808, 1]"));
    assertThat(
        typeOf("12345678901234567.89", "1.5"), is("DECIMAL(38,2) [12345678901234567.89, 1.50]"));
    String long40 = "1234567890123456789012345678901234567890";
    assertThat(typeOf(long40, "0.5"), is("VARCHAR [" + long40 + ", 0.5]"));
    assertThat(typeOf("1e999", "2"), is("VARCHAR [1e999, 2]"));
  }

  @Test
  void otherValues_haveTheTypeThatAllOfThemFit() throws IOException, SQLException {
    assertThat(typeOf("true", "false"), is("BOOLEAN [true, false]"));
    assertThat(typeOf("\"007\"", "null", "\"\""), is("VARCHAR [007, null, ]"));
    assertThat(typeOf("1", "\"x\"", "true"), is("VARCHAR [1, x, true]"));
    assertThat(typeOf("null", "null"), is("VARCHAR [null, null]"));
    assertThat(typeOf("[1,2]", "[]", "[null]"), is("BIGINT[] [[1, 2], [], [null]]"));
    assertThat(
        typeOf("{\"a\":1}", "{\"b\":\"x\"}"),
        is("STRUCT(a BIGINT, b VARCHAR) [{a=1, b=null}, {a=null, b=x}]"));
    assertThat(typeOf("[1]", "{\"a\":1}"), containsString("[[1], {\"a\":1}]"));
    assertThat(typeOf("{}", "{}"), containsString("[{}, {}]"));
  }

  @Test
  void objectsOfManyNames_areJson() throws IOException, SQLException {
    ObjectNode many = JSON.createObjectNode();
    for (int i = 0; i < 300; i++) {
      many.put("k" + i, i);
    }
    assertThat(typeOf(many.toString()), containsString("\"k299\":299}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "csv"})
  void hostileNames_areReadWithoutACast(String format) throws IOException, SQLException {
    ObjectNode document = JSON.createObjectNode();
    for (int i = 0; i < HOSTILE.size(); i++) {
      document.put(HOSTILE.get(i), i + 0.5);
    }
    Path file =
        write(format, of(HOSTILE.toArray(new String[0])), document.toString(), document.toString());
    Map<String, String> columns = duck.columns(file);
    List<String> names = new ArrayList<>(columns.keySet()).subList(1, HOSTILE.size() + 1);
    // DuckDB tells no upper from lower case, and numbers those that differ in nothing else.
    List<String> expected = new ArrayList<>(HOSTILE);
    expected.set(expected.indexOf("name"), "name_1");
    expected.set(expected.indexOf("NAME"), "NAME_2");
    // Nor has it columns without a name: it gives them one by their place.
    expected.set(expected.indexOf(""), "C" + (1 + expected.indexOf("")));
    if (format.equals("csv")) {
      assertThat(names.size(), is(expected.size()));
    } else {
      assertThat(names, is(expected));
    }
    List<String> row = duck.rows(file, "SELECT * FROM FILE").get(1);
    for (int i = 0; i < HOSTILE.size(); i++) {
      assertThat(columns.get(names.get(i)), is("DOUBLE"));
      assertThat(row.get(i + 1), is(i + ".5"));
    }
  }

  @Test
  void hostileNames_areLegalInAvro_andStandBesideTheField() throws IOException {
    ObjectNode document = JSON.createObjectNode();
    HOSTILE.forEach(name -> document.put(name, name));
    Path file = write("avro", of(HOSTILE.toArray(new String[0])), document.toString());
    try (DataFileReader<GenericRecord> records =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      GenericRecord record = records.next();
      Map<String, String> byName = new TreeMap<>();
      records
          .getSchema()
          .getFields()
          .forEach(
              field -> {
                String column = field.getProp("column");
                byName.put(
                    column == null ? field.name() : column,
                    String.valueOf(record.get(field.pos())));
              });
      for (String name : HOSTILE) {
        assertThat(byName.get(name), is(name));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "csv"})
  void hostileTexts_comeBackAsTheyAre(String format) throws IOException, SQLException {
    List<String> texts =
        List.of(
            "",
            "a,b",
            "say \"hi\"",
            "two\nlines",
            "cr\r\nlf",
            " lead",
            "=1+1",
            "NULL",
            "ü🙋",
            "\\N",
            "x".repeat(100_000));
    String[] documents =
        texts.stream()
            .map(text -> JSON.createObjectNode().put("c", text).toString())
            .toArray(String[]::new);
    Path file = write(format, of("c"), documents);
    List<String> read = new ArrayList<>();
    // DuckDB takes an empty text in quotes for none, unless it is told not to.
    String from = format.equals("csv") ? "read_csv(FILE, allow_quoted_nulls = false)" : "FILE";
    duck.rows(file, "SELECT c FROM " + from).forEach(row -> read.add(row.get(0)));
    assertThat(read.subList(0, texts.size() - 1), is(texts.subList(0, texts.size() - 1)));
    assertThat(read.get(texts.size() - 1).length(), is(100_000));
  }

  @Test
  void typesOfTheInput_areKept_asLongAsValuesFit() throws IOException, SQLException {
    TableTask table =
        of("price", "day", "at", "clock", "ratio", "small")
            .typed(
                Map.of(
                    "price", new InputType(Kind.DECIMAL, 2),
                    "day", InputType.of(Kind.DATE),
                    "at", InputType.of(Kind.TIMESTAMP),
                    "clock", InputType.of(Kind.LOCAL_TIMESTAMP),
                    "ratio", InputType.of(Kind.DOUBLE),
                    "small", InputType.of(Kind.INT)));
    Path file =
        write(
            "parquet",
            table,
            "{\"price\":\"1.10\",\"day\":\"2024-02-29\",\"at\":\"2024-02-29T12:00:00.123Z\","
                + "\"clock\":\"2024-02-29T12:00:00\",\"ratio\":\"NaN\",\"small\":7}",
            "{}");
    assertThat(
        duck.columns(file).values().stream().toList().subList(1, 7),
        is(
            List.of(
                "DECIMAL(38,2)",
                "DATE",
                "TIMESTAMP WITH TIME ZONE",
                "TIMESTAMP",
                "DOUBLE",
                "INTEGER")));
    assertThat(
        duck.rows(file, "SELECT price, day, clock, ratio, small FROM FILE").get(0),
        is(List.of("1.10", "2024-02-29", "2024-02-29 12:00:00.0", "NaN", "7")));
    Path other =
        write(
            "parquet",
            of("day").typed(Map.of("day", InputType.of(Kind.DATE))),
            "{\"day\":\"2024-02-29\"}",
            "{\"day\":\"soon\"}");
    assertThat(duck.columns(other).get("day"), is("VARCHAR"));
  }

  private static final String SCHEMA =
      """
      {"type": "object",
       "properties": {
         "topic": {"type": "string", "enum": ["a", "b"]},
         "year": {"type": ["integer", "null"]},
         "score": {"type": "number"},
         "sure": {"type": "boolean"},
         "tags": {"type": "array", "items": {"type": "string"}},
         "who": {"$ref": "#/$defs/person"},
         "all": {"type": "array", "items": {"$ref": "#/$defs/person"}}
       },
       "$defs": {"person": {"type": "object", "properties": {"name": {"type": "string"},
         "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}}}}
      """;

  private static final String ANSWER =
      "{\"topic\":\"a\",\"year\":1999,\"score\":1,\"sure\":true,\"tags\":[\"x\",\"y\"],"
          + "\"who\":{\"name\":\"Ann\",\"age\":null},\"all\":[{\"name\":\"Bob\",\"age\":5}]}";

  private static final String PERSON = "STRUCT(\"name\" VARCHAR, age BIGINT)";

  @Test
  void answersOfASchema_areTyped_alsoWhereNoneHasAField() throws IOException, SQLException {
    Path file =
        write(
            "parquet",
            new Table(json(SCHEMA), TableTask.PLAIN),
            line(ANSWER, "null"),
            line("{\"topic\":\"b\"}", "null"));
    assertThat(
        duck.columns(file).toString().replace("\"", ""),
        containsString(
            ("STRUCT(topic VARCHAR, year BIGINT, score DOUBLE, sure BOOLEAN, tags VARCHAR[], who "
                    + PERSON
                    + ", all "
                    + PERSON
                    + "[])")
                .replace("\"", "")));
    assertThat(
        duck.rows(
            file,
            "SELECT output.topic, output.year + 1, output.who.name, output.\"all\"[1].age,"
                + " output.tags[2] FROM FILE"),
        is(
            List.of(
                List.of("a", "2000", "Ann", "5", "y"),
                List.of("b", "null", "null", "null", "null"))));
    Path none = write("parquet", new Table(json(SCHEMA), TableTask.PLAIN));
    assertThat(duck.columns(none).toString(), containsString("score DOUBLE"));
  }

  @Test
  void answersOfASchema_areFlatInCsv() throws IOException, SQLException {
    Path file = write("csv", new Table(json(SCHEMA), TableTask.PLAIN), line(ANSWER, "null"));
    assertThat(
        duck.rows(
            file,
            "SELECT \"output.topic\", \"output.year\" + 1, \"output.who.name\", \"output.tags\","
                + " \"usage.inputTokens\" + 1, costUsd, replaced FROM FILE"),
        is(List.of(List.of("a", "2000", "Ann", "[\"x\",\"y\"]", "11", "1.25E-6", "false"))));
  }

  @Test
  void answersOfASchema_areRecordsInAvro() throws IOException {
    Path file = write("avro", new Table(json(SCHEMA), TableTask.PLAIN), line(ANSWER, "null"));
    try (DataFileReader<GenericRecord> records =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      GenericRecord output = (GenericRecord) records.next().get("output");
      assertThat(output.get("year"), is(1999L));
      assertThat(((GenericRecord) output.get("who")).get("name").toString(), is("Ann"));
      assertThat(output.get("all").toString(), containsString("Bob"));
    }
  }

  @Test
  void columnsJson_isTodaysString() throws IOException, SQLException {
    TableTask table = new TableTask(List.of(), Answers.JSON, Map.of());
    Path file = write("parquet", new Table(json(SCHEMA), table), line(ANSWER, "null"));
    assertThat(duck.rows(file, "SELECT output FROM FILE").get(0).get(0), is(ANSWER));
  }

  @Test
  void whatTheSchemaDoesNotName_isAColumnToo() throws IOException, SQLException {
    String answer = "{\"topic\":\"a\",\"note\":\"more\",\"n\":7}";
    Path file = write("parquet", new Table(json(SCHEMA), TableTask.PLAIN), line(answer, "null"));
    assertThat(
        duck.rows(file, "SELECT output.note, output.n FROM FILE"),
        is(List.of(List.of("more", "7"))));
  }

  @Test
  void valueBeyondItsType_widensTheColumn_orIsToldWhereTypesAreAskedFor()
      throws IOException, SQLException {
    String schema = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}";
    JsonNode row = line("{\"n\":123456789012345678901}", "null");
    Path file = write("parquet", new Table(json(schema), TableTask.PLAIN), row);
    assertThat(
        duck.rows(file, "SELECT output.n, typeof(output.n) FROM FILE"),
        is(List.of(List.of("123456789012345678901", "DECIMAL(38,0)"))));
    TableTask typed = new TableTask(List.of(), Answers.TYPED, Map.of());
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> write("parquet", new Table(json(schema), typed), row));
    assertThat(
        e.getMessage(), allOf(containsString("output.n"), containsString("output.columns: json")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"object\"} | output is an object whose schema does not name its fields",
        "{\"properties\":{\"a\":{}}} | output.a has no type",
        "{\"properties\":{\"a\":{\"type\":[\"string\",\"integer\"]}}} | output.a may be integer or string",
        "{\"properties\":{\"a\":{\"type\":\"array\"}}} | output.a is a list of what",
        "{\"properties\":{\"a\":{\"type\":\"integer\"},\"A\":{\"type\":\"integer\"}}} | output.A differs from output.a in case alone",
        "{\"properties\":{\"a\":{\"$ref\":\"#\"}}} | output.a.a is within itself",
        "{\"properties\":{\"a\":{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\"}]}}} | output.a is oneOf",
      })
  void schemaWithoutOneType_isTold_andJsonThere(String schema, String told)
      throws IOException, SQLException {
    assertThat(Table.withoutType(schema).toString(), containsString(told));
    Path file =
        write(
            "parquet", new Table(json(schema), TableTask.PLAIN), line("{\"a\":[1,\"x\"]}", "null"));
    assertThat(duck.rows(file, "SELECT output FROM FILE").toString(), containsString("x"));
  }

  /** DuckDB and Spark take names for one that differ in case alone, within a column, too. */
  @Test
  void fieldsThatDifferInCaseAlone_areJson() throws IOException, SQLException {
    Path file = write("parquet", of("c"), "{\"c\":{\"a\":1,\"A\":2}}", "{\"c\":{\"b\":3}}");
    assertThat(
        duck.rows(file, "SELECT c FROM FILE"),
        is(List.of(List.of("{\"a\":1,\"A\":2}"), List.of("{\"b\":3}"))));
  }

  @Test
  void schemaOfTypesAllOver_isNotToldOf() {
    assertThat(Table.withoutType(SCHEMA), is(empty()));
  }

  @Test
  void replaced_isAColumn() throws IOException, SQLException {
    ObjectNode marked = (ObjectNode) line("\"x\"", "null");
    marked.put("replaced", true);
    for (String format : List.of("parquet", "csv")) {
      Path file = write(format, new Table(TASK, TableTask.PLAIN), marked, line("\"y\"", "null"));
      assertThat(
          duck.rows(file, "SELECT replaced FROM FILE WHERE replaced IS NOT NULL"),
          is(List.of(List.of("true"), List.of("false"))));
    }
  }

  @Test
  void rowsThatAreOdd_areStillRows() throws IOException, SQLException {
    String deep = "[".repeat(998) + "]".repeat(998);
    JsonNode row = line("{\"a\":1,\"a\":2}", "{\"d\":" + deep + "}");
    assertThat(Table.line(row), containsString(deep));
    Path file = write("parquet", new Table(TASK.withOutput(Output.ofJson("{}")), of("d")), row);
    assertThat(duck.rows(file, "SELECT d FROM FILE").get(0).get(0).length(), is(deep.length()));
  }

  @Test
  void namesOfDotsAlone_areNames() {
    assertThat(
        DocumentColumns.of("{\"..\":1,\"a\":{\"\":2}}", List.of("..", ".", "a.")).toString(),
        is("{\"..\":1,\".\":null,\"a.\":2}"));
  }

  @Test
  void clashes_areThoseOfTheFormat() {
    List<String> columns = List.of("stars", "id", "output.topic", "ID", "Usage.inputTokens");
    assertThat(DocumentColumns.clashes(columns, false, TASK), is(List.of("id", "ID")));
    assertThat(
        DocumentColumns.clashes(columns, true, TASK),
        is(List.of("id", "output.topic", "ID", "Usage.inputTokens")));
    assertThat(
        DocumentColumns.alike(List.of("Case", "x", "case", "CASE", "Straße", "id", "ID"), TASK),
        is(List.of(List.of("Case", "case", "CASE"))));
  }

  /** A row that the small model has answered, an audited one, and another. */
  @ParameterizedTest
  @ValueSource(strings = {"parquet", "csv", "avro"})
  void whatASmallModelSays_isThereWhereTheTaskHasACascade(String format) throws Exception {
    ModelTask task = TASK.withOutput(Output.ofLabels("a", "b")).withCascade(Cascade.DEFAULT);
    ObjectNode served = (ObjectNode) line("\"a\"", "{}");
    served.putObject("cascade").put("version", "1-ab").put("probability", 0.987);
    ObjectNode audited = (ObjectNode) line("\"a\"", "{}");
    audited.putObject("cascade").put("version", "1-ab").put("probability", 0.75).put("output", "b");
    Path file =
        write(format, new Table(task, TableTask.PLAIN), served, audited, line("\"b\"", "{}"));
    List<List<String>> rows = new ArrayList<>();
    if (format.equals("avro")) {
      try (DataFileReader<GenericRecord> reader =
          new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
        for (GenericRecord row : reader) {
          GenericRecord small = (GenericRecord) row.get("cascade");
          rows.add(
              Stream.of("version", "probability", "output")
                  .map(name -> small == null ? "null" : String.valueOf(small.get(name)))
                  .toList());
        }
      }
    } else {
      String of = format.equals("csv") ? "\"cascade.%s\"" : "cascade.%s";
      rows =
          duck.rows(
              file,
              "SELECT "
                  + of.formatted("version")
                  + ", "
                  + of.formatted("probability")
                  + ", "
                  + of.formatted("output")
                  + " FROM FILE");
    }
    assertThat(
        rows,
        is(
            List.of(
                List.of("1-ab", "0.987", "null"),
                List.of("1-ab", "0.75", "b"),
                List.of("null", "null", "null"))));
    assertThat(
        DocumentColumns.clashes(List.of("cascade", "cascade.x", "y"), true, task),
        is(List.of("cascade", "cascade.x")));
    assertThat(DocumentColumns.clashes(List.of("cascade", "cascade.x"), true, TASK), is(empty()));
  }
}
