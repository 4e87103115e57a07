package io.sluice.pipeline.table;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.Cascade;
import io.sluice.Fallback;
import io.sluice.LongInput;
import io.sluice.Merge;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.TooLong;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.table.TableTask.Answers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows read back from files of columns. */
class TableRowsTest {
  private static final String OWN =
      "\"finishReason\":\"stop\","
          + "\"usage\":{\"inputTokens\":3,\"cachedInputTokens\":0,\"outputTokens\":2},"
          + "\"costUsd\":0.0000045,\"attempts\":1,\"latencyMs\":412,\"servedBy\":\"realtime\",";
  private static final String END =
      "\"key\":null,\"source\":{\"file\":\"in.jsonl\",\"position\":7}";

  @TempDir Path directory;

  private static final ModelTask LABELS =
      ModelTask.of("t", ModelTask.Provider.LOCAL, "m", new Prompt(null, "{{text}}"))
          .withOutput(new Output(OutputType.LABEL, List.of("a", "b"), null, false));

  private List<JsonNode> readBack(String format, ModelTask task, TableTask columns, String... lines)
      throws IOException {
    Table table = new Table(task, columns);
    Path file = directory.resolve("rows." + format);
    for (String line : lines) {
      table.look(Table.row(line));
    }
    try (OutputStream out = Files.newOutputStream(file);
        TableWriter writer = table.writer(format, file.toString(), out)) {
      for (String line : lines) {
        writer.write(Table.row(line));
      }
    }
    TableRows rows = TableRows.of(file.toString(), new Table(task, columns));
    List<JsonNode> read = new ArrayList<>();
    InputRows.read(
        file.toString(), JsonNode.class, row -> read.add(Table.row(Table.line(rows.asLine(row)))));
    return read;
  }

  private static List<JsonNode> rows(String... lines) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : lines) {
      rows.add(Table.row(line));
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "parquet", "avro"})
  void whatSomeTasksHave_isNoDocument(String format) throws IOException {
    ModelTask task =
        LABELS
            .withPrompt(
                new Prompt(
                    null, "{{text}}", TooLong.SPLIT, LongInput.of(100).withMerge(Merge.VOTE)))
            .withFallback(
                new Fallback(List.of(new Fallback.Other("other")), Set.of(Fallback.Cause.REFUSAL)))
            .withCascade(Cascade.DEFAULT);
    String[] lines = {
      "{\"id\":\"1\",\"output\":\"a\",\"model\":\"m\"," + OWN + END + "}",
      "{\"id\":\"2\",\"output\":\"a\",\"model\":\"other\","
          + OWN
          + "\"provider\":\"openai\",\"fallback\":1,"
          + "\"parts\":{\"field\":\"text\",\"count\":1,\"ranges\":[[0,9]]},"
          + "\"cascade\":{\"version\":\"1-ab\",\"probability\":0.75,\"output\":\"b\"},"
          + END
          + ",\"replaced\":true}",
      "{\"id\":\"3\",\"output\":\"b\",\"model\":\"cascade\","
          + OWN
          + "\"cascade\":{\"version\":\"1-ab\",\"probability\":0.987},"
          + END
          + "}"
    };
    assertThat(readBack(format, task, TableTask.PLAIN, lines), is(rows(lines)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "parquet", "avro"})
  void aColumnOfTheInput_isOne_whereTheTaskHasNoneOfTheName(String format) throws IOException {
    String line =
        "{\"id\":\"1\",\"output\":\"a\",\"model\":\"m\","
            + OWN
            + "\"document\":{\"provider\":\"x\",\"parts\":\"y\",\"cascade\":\"z\"},"
            + END
            + "}";
    TableTask columns =
        new TableTask(List.of("provider", "parts", "cascade"), Answers.AS_FITS, Map.of());
    assertThat(readBack(format, LABELS, columns, line), is(rows(line)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "parquet", "avro"})
  void answersAreWhatTheyWere(String format) throws IOException {
    ModelTask task =
        LABELS.withOutput(
            new Output(
                OutputType.JSON,
                List.of(),
                "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"},"
                    + "\"n\":{\"type\":\"number\"},\"yes\":{\"type\":\"boolean\"},"
                    + "\"all\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
                    + "\"in\":{\"type\":\"object\",\"properties\":{\"a.b\":{\"type\":\"integer\"}}},"
                    + "\"any\":{}}}",
                false));
    String line =
        "{\"id\":\"1\",\"output\":{\"code\":\"007\",\"n\":1.5,\"yes\":false,\"all\":[1,2],"
            + "\"in\":{\"a.b\":3},\"any\":{\"x\":[true]}},\"model\":\"m\","
            + OWN
            + END
            + "}";
    assertThat(readBack(format, task, TableTask.PLAIN, line), is(rows(line)));
    ModelTask free = LABELS.withOutput(new Output(OutputType.JSON, List.of(), null, true));
    String whole =
        "{\"id\":\"1\",\"output\":{\"x\":[1]},\"model\":\"m\","
            + OWN
            + "\"document\":{\"text\":\"y\"},"
            + END
            + "}";
    assertThat(readBack(format, free, TableTask.PLAIN, whole), is(rows(whole)));
  }

  /** An empty text is not none: in a csv the one stands in quotes. */
  @ParameterizedTest
  @ValueSource(strings = {"csv", "parquet", "avro"})
  void anEmptyText_andNone_areTwo(String format) throws IOException {
    ModelTask task =
        LABELS.withOutput(
            new Output(
                OutputType.JSON,
                List.of(),
                "{\"type\":\"object\",\"properties\":{\"title\":{\"type\":[\"string\",\"null\"]}}}",
                false));
    String line =
        "{\"id\":\"1\",\"output\":{\"title\":%s},\"model\":\"m\","
            + OWN
            + "\"document\":{\"gold\":%s},"
            + END
            + "}";
    TableTask columns = new TableTask(List.of("gold"), Answers.AS_FITS, Map.of());
    String[] lines = {line.formatted("null", "\"\""), line.formatted("\"\"", "null")};
    assertThat(readBack(format, task, columns, lines), is(rows(lines)));
  }

  /** A csv's cells have no types; a list that the schema does not name stayed a text there. */
  @ParameterizedTest
  @ValueSource(strings = {"csv", "parquet", "avro"})
  void whatAnAnswerHasBesideItsSchema_isWhatItWas(String format) throws IOException {
    ModelTask task =
        LABELS.withOutput(
            new Output(
                OutputType.JSON,
                List.of(),
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}",
                false));
    String line =
        "{\"id\":\"1\",\"output\":{\"a\":1,\"b\":%s,\"c\":%s},\"model\":\"m\"," + OWN + END + "}";
    String[] lines = {
      line.formatted("[1,2]", "null"), line.formatted("null", "\"x\"").replace(":\"1\"", ":\"2\"")
    };
    assertThat(readBack(format, task, TableTask.PLAIN, lines), is(rows(lines)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "parquet", "avro"})
  void hostileNames_areReadBackAsTheyWere(String format) throws IOException {
    List<String> names =
        List.of(
            "it's \"quoted\"",
            "with.dots",
            "two\nlines",
            " spaces ",
            "größe",
            "gr__e",
            "🙋",
            "select * from x; --",
            "1",
            "x".repeat(500));
    StringBuilder document = new StringBuilder();
    for (String name : names) {
      document
          .append(document.isEmpty() ? "{" : ",")
          .append(TextNode.valueOf(name))
          .append(":\"v")
          .append(names.indexOf(name))
          .append('"');
    }
    String line =
        "{\"id\":\"1\",\"output\":\"a\",\"model\":\"m\","
            + OWN
            + "\"document\":"
            + document
            + "},"
            + END
            + "}";
    assertThat(
        readBack(format, LABELS, new TableTask(names, Answers.AS_FITS, Map.of()), line),
        is(rows(line)));
  }

  @Test
  void columnsGoBack_whereTheyLayInALine() throws IOException {
    assertThat(
        Table.line(
            TableRows.of("x.csv", null)
                .asLine(
                    Table.row(
                        "{\"id\":\"a\",\"output.t\":\"x\",\"output.u.v\":1,"
                            + "\"usage.inputTokens\":\"3\",\"stars\":5}"))),
        is(
            "{\"id\":\"a\",\"output\":{\"t\":\"x\",\"u\":{\"v\":1}},"
                + "\"usage\":{\"inputTokens\":3},\"document\":{\"stars\":5}}"));
    assertThat(
        DocumentColumns.missing(List.of("{\"a\":1}"), List.of("a", "b")), not(is((String) null)));
  }

  @Test
  void aLineStaysAsItIs() throws IOException {
    String line =
        "{\"id\":\"1\",\"output\":{\"t\":\"{}\"},\"model\":\"m\","
            + OWN
            + "\"repaired\":\"fence\",\"provider\":\"openai\",\"fallback\":1,"
            + "\"parts\":{\"count\":1},\"document\":{\"gold\":\"a\"},"
            + END
            + "}";
    assertThat(TableRows.of("x.jsonl", null).asLine(Table.row(line)), is(Table.row(line)));
  }
}
