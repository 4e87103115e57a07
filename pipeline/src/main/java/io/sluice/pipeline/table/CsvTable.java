package io.sluice.pipeline.table;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.table.ColumnType.Decimal;
import io.sluice.pipeline.table.ColumnType.Field;
import io.sluice.pipeline.table.ColumnType.ListOf;
import io.sluice.pipeline.table.ColumnType.Scalar;
import io.sluice.pipeline.table.ColumnType.Struct;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.QuoteMode;
import org.jspecify.annotations.Nullable;

/**
 * Results in a csv file with a header, UTF-8, as RFC 4180 has it but for line ends, which are LF.
 * Texts stand in quotes, so that an empty one is told from none; what lies in a column of results
 * is a column of its own, {@code usage.inputTokens}; lists are JSON.
 */
final class CsvTable implements TableWriter {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180
          .builder()
          .setRecordSeparator('\n')
          .setQuoteMode(QuoteMode.NON_NUMERIC)
          .build();

  private final List<Column> columns = new ArrayList<>();
  private final CSVPrinter printer;

  CsvTable(List<Column> table, OutputStream out) throws IOException {
    table.forEach(this::flatten);
    printer = new CSVPrinter(new OutputStreamWriter(out, StandardCharsets.UTF_8), FORMAT);
    printer.printRecord(columns.stream().map(column -> column.field().name()).toList());
  }

  /** A column of the input stays one, whatever lies in it. */
  private void flatten(Column column) {
    if (column.field().type() instanceof Struct struct && isOfResults(column.path().get(0))) {
      for (Field inner : struct.fields()) {
        List<String> path = new ArrayList<>(column.path());
        path.add(inner.name());
        flatten(
            new Column(
                Field.optional(column.field().name() + "." + inner.name(), inner.type()), path));
      }
    } else {
      columns.add(column);
    }
  }

  private static boolean isOfResults(String name) {
    return name.equals(DocumentColumns.CASCADE)
        || (DocumentColumns.isOwn(name) && !name.equals("document"));
  }

  @Override
  public void write(JsonNode row) throws IOException {
    for (Column column : columns) {
      printer.print(cell(column.value(row), column.field().type()));
    }
    printer.println();
  }

  private static @Nullable Object cell(JsonNode value, ColumnType type) {
    if (Values.isNull(value)) {
      return type == Scalar.BOOLEAN ? new Bare("false") : null;
    }
    if (type instanceof ListOf || type instanceof Struct || type == Scalar.JSON) {
      return value.toString();
    }
    boolean isBare = type instanceof Decimal || ((Scalar) type).compareTo(Scalar.DOUBLE) <= 0;
    return isBare ? new Bare(Values.text(value)) : Values.text(value);
  }

  @Override
  public void close() throws IOException {
    printer.close(true);
  }

  /** What stands without quotes, by its own text: the printer asks whether it is a number. */
  private static final class Bare extends Number {
    private static final long serialVersionUID = 1L;
    private final String text;

    Bare(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }

    @Override
    public int intValue() {
      return (int) doubleValue();
    }

    @Override
    public long longValue() {
      return (long) doubleValue();
    }

    @Override
    public float floatValue() {
      return (float) doubleValue();
    }

    @Override
    public double doubleValue() {
      return Double.parseDouble(text);
    }
  }
}
