package io.sluice.pipeline.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.Merge;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.TooLong;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.text.ExactJson;
import io.sluice.pipeline.table.ColumnType.Decimal;
import io.sluice.pipeline.table.ColumnType.Field;
import io.sluice.pipeline.table.ColumnType.ListOf;
import io.sluice.pipeline.table.ColumnType.Scalar;
import io.sluice.pipeline.table.ColumnType.Struct;
import io.sluice.pipeline.table.TableTask.Answers;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a task's results. Rows are looked at first, each once ({@link #look}), because
 * JSON types values and not columns; then {@link #columns} is what holds them all. Not thread-safe.
 */
public final class Table {
  /** Rows of ours have no bounds: what was answered must be written. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(Integer.MAX_VALUE)
                          .maxNumberLength(Integer.MAX_VALUE)
                          .maxNestingDepth(Integer.MAX_VALUE)
                          .build())
                  .streamWriteConstraints(
                      StreamWriteConstraints.builder().maxNestingDepth(Integer.MAX_VALUE).build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /**
   * Cost has so many digits behind the point; a price of 0.0001 USD per million tokens still has
   * all of them.
   */
  private static final int COST_SCALE = 12;

  private final ModelTask task;
  private final TableTask table;

  /** Whether an output is a list of what the task says, one for each part of a document. */
  private final boolean listed;

  private final @Nullable Shape answer;
  private final @Nullable ColumnType declared;
  private final Map<String, Shape> document = new LinkedHashMap<>();

  public Table(ModelTask task, TableTask table) {
    this.task = task;
    this.table = table;
    JsonNode schema = schema(task, table);
    this.listed = isListed(task);
    Shape one = schema == null ? null : SchemaShape.of(schema);
    this.answer = one == null || !listed ? one : Shape.listOf(one);
    this.declared = answer == null ? null : answer.type();
    for (String column : table.document()) {
      InputType type = table.types().get(column);
      document.put(column, type == null ? Shape.unknown() : Shape.of(type));
    }
  }

  private static boolean isListed(ModelTask task) {
    return task.steps().isEmpty()
        && task.prompt().tooLong() == TooLong.SPLIT
        && task.prompt().limit().merge().how() == Merge.How.LIST;
  }

  /** Of answers that are typed by it; null where they are not. */
  private static @Nullable JsonNode schema(ModelTask task, TableTask table) {
    String schema = task.output().schema();
    if (schema == null
        || task.operation() == Operation.EMBED
        || table.answer() == Answers.JSON
        || task.output().type() != OutputType.JSON) {
      return null;
    }
    try {
      return JSON.readTree(schema);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("The task's schema was read before", e);
    }
  }

  /** Where a schema has no one type, each with why; none where it has one everywhere. */
  public static List<String> withoutType(String schema) {
    try {
      return SchemaShape.open(JSON.readTree(schema));
    } catch (JsonProcessingException e) {
      // Another check says so.
      return List.of();
    }
  }

  /**
   * A file of the rows that were looked at.
   *
   * @param format the format's name: avro, parquet or csv
   * @param name of the file, for messages
   */
  public TableWriter writer(String format, String name, OutputStream out) throws IOException {
    return switch (format) {
      case "avro" -> new AvroTable(columns(), out);
      case "parquet" -> new ParquetTable(columns(), name, out);
      case "csv" -> new CsvTable(columns(), out);
      default -> throw new IllegalArgumentException("There are no columns in " + format);
    };
  }

  /** A line of results, with its numbers as they are written. */
  public static JsonNode row(String line) throws IOException {
    try {
      return ExactJson.read(line);
    } catch (JsonProcessingException e) {
      // A model's object may have a key twice, or lie deeper than a document may.
      return JSON.readTree(line);
    }
  }

  /** A row as a line, without its end. */
  public static String line(JsonNode row) {
    try {
      return JSON.writeValueAsString(row);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A row can be written", e);
    }
  }

  /** Whether what columns there are depends on the rows. */
  public boolean looks() {
    return answer != null || !document.isEmpty();
  }

  /** Takes a row into account. */
  public void look(JsonNode row) {
    if (answer != null) {
      answer.add(row.path("output"));
    }
    JsonNode columns = row.path("document");
    document.forEach((name, shape) -> shape.add(columns.path(name)));
  }

  /**
   * The columns that hold every row that was looked at.
   *
   * @throws IllegalStateException if the task wants the types of its schema, and an answer has a
   *     value that is none of its type
   */
  List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.of(Field.of("id", Scalar.TEXT)));
    document.forEach(
        (name, shape) ->
            columns.add(new Column(Field.optional(name, shape.type()), List.of("document", name))));
    columns.add(Column.of(output()));
    columns.add(Column.of(Field.of("model", Scalar.TEXT)));
    columns.add(Column.of(Field.optional("finishReason", Scalar.TEXT)));
    columns.add(
        Column.of(
            Field.of(
                "usage",
                new Struct(
                    List.of(
                        Field.of("inputTokens", Scalar.LONG),
                        Field.of("cachedInputTokens", Scalar.LONG),
                        Field.of("outputTokens", Scalar.LONG))))));
    columns.add(Column.of(Field.optional("costUsd", new Decimal(COST_SCALE))));
    columns.add(Column.of(Field.of("attempts", Scalar.INT)));
    columns.add(Column.of(Field.of("latencyMs", Scalar.LONG)));
    columns.add(Column.of(Field.of("servedBy", Scalar.TEXT)));
    if (!task.fallback().isNone()) {
      columns.add(Column.of(Field.optional("provider", Scalar.TEXT)));
      columns.add(Column.of(Field.optional("fallback", Scalar.INT)));
    }
    if (task.cascade() != null) {
      columns.add(Column.of(Field.optional(DocumentColumns.CASCADE, cascade())));
    }
    if (Merging.isNeeded(task)) {
      columns.add(Column.of(Field.optional("parts", Scalar.JSON)));
    }
    if (task.output().includeDocument() && document.isEmpty()) {
      columns.add(Column.of(Field.of("document", Scalar.JSON)));
    }
    columns.add(Column.of(Field.optional("key", Scalar.TEXT)));
    columns.add(
        Column.of(
            Field.of(
                "source",
                new Struct(
                    List.of(Field.of("file", Scalar.TEXT), Field.of("position", Scalar.LONG))))));
    columns.add(Column.of(Field.of("replaced", Scalar.BOOLEAN)));
    return columns;
  }

  /** What an answer is in a column, as the task says it. */
  ColumnType answerType() {
    return output().type();
  }

  /** What the small model says; its output only where it is audited, as the row's is another's. */
  private Struct cascade() {
    Scalar output = task.output().type() == OutputType.JSON ? Scalar.JSON : Scalar.TEXT;
    return new Struct(
        List.of(
            Field.optional("version", Scalar.TEXT),
            Field.optional("probability", Scalar.DOUBLE),
            Field.optional("output", output)));
  }

  private Field output() {
    if (task.operation() == Operation.EMBED) {
      return Field.of("output", listed(new ListOf(Scalar.FLOAT, false)));
    }
    if (task.output().type() != OutputType.JSON) {
      return Field.of("output", listed(Scalar.TEXT));
    }
    if (answer == null) {
      return Field.of("output", Scalar.JSON);
    }
    ColumnType type = answer.type();
    String apart = table.answer() == Answers.TYPED ? apart("output", declared, type) : null;
    if (apart != null) {
      throw new IllegalStateException(
          "Write the results as columns: an answer has at "
              + apart
              + "; say output.columns: json, or leave it out for types that hold what came, and run"
              + " the same command again: what was answered is in the ledger");
    }
    return type == Scalar.JSON ? Field.of("output", type) : Field.optional("output", type);
  }

  private ColumnType listed(ColumnType type) {
    return listed ? new ListOf(type, false) : type;
  }

  /** The first place where values are none of the type that was declared; null where all are. */
  private static @Nullable String apart(
      String path, @Nullable ColumnType declared, ColumnType actual) {
    if (declared instanceof Struct struct && actual instanceof Struct wider) {
      for (Field field : struct.fields()) {
        for (Field now : wider.fields()) {
          String apart =
              now.name().equals(field.name())
                  ? apart(path + "." + field.name(), field.type(), now.type())
                  : null;
          if (apart != null) {
            return apart;
          }
        }
      }
      return null;
    }
    if (declared instanceof ListOf list && actual instanceof ListOf wider) {
      return apart(path + "[]", list.element(), wider.element());
    }
    return Objects.equals(declared, actual)
        ? null
        : path + " what its type in the schema does not hold in a column (" + declared + ")";
  }
}
