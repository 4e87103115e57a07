package io.sluice.cost;

import io.sluice.cost.Price.Rates;
import io.sluice.internal.text.Text;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a price file: comma-separated, a header that names the columns, no quotes (no id or number
 * needs them). Reports every mistake at once.
 */
final class PriceCsv {

  record Row(int line, String provider, String model, Price price) {}

  /**
   * @param date of the first comment {@code # date: YYYY-MM-DD}
   */
  record Parsed(@Nullable LocalDate date, List<Row> rows) {}

  private static final List<String> REQUIRED =
      List.of("provider", "model", "input_per_mtok", "output_per_mtok");
  private static final List<String> OPTIONAL =
      List.of(
          "cached_input_per_mtok",
          "cache_write_input_per_mtok",
          "long_cache_write_input_per_mtok",
          "batch_input_per_mtok",
          "batch_output_per_mtok",
          "flex_input_per_mtok",
          "flex_output_per_mtok",
          "priority_input_per_mtok",
          "priority_output_per_mtok",
          "context_tokens",
          "max_output_tokens");

  /** Columns that files may still have, and that nothing is read from. */
  private static final Set<String> FORMER = Set.of("encoding");

  private static final String DATE = "# date:";
  // No exponents: 1e999999999 is a short text and an endless number.
  private static final Pattern DECIMAL = Pattern.compile("\\d{1,9}(\\.\\d{1,12})?");
  private static final Pattern COUNT = Pattern.compile("\\d{1,12}");

  /**
   * A file may be megabytes of mistakes: whoever mends this many sees what is wrong with the rest.
   */
  private static final int MOST_PROBLEMS = 50;

  /** Of what the file has, in a message. */
  private static final int MOST_SHOWN = 200;

  private final String file;
  private final List<String> problems = new ArrayList<>();
  private long mistakes;
  private final List<Row> rows = new ArrayList<>();
  private @Nullable LocalDate date;
  private @Nullable List<String> header;

  private PriceCsv(String file) {
    this.file = file;
  }

  /**
   * @throws IllegalArgumentException with all mistakes, one a line, as {@code file:line: column …}
   */
  static Parsed parse(String file, String content) {
    PriceCsv csv = new PriceCsv(file);
    csv.read(content.startsWith("\uFEFF") ? content.substring(1) : content);
    if (!csv.problems.isEmpty()) {
      long more = csv.mistakes - csv.problems.size();
      throw new IllegalArgumentException(
          "Cannot use the prices in "
              + file
              + ":\n  "
              + String.join("\n  ", csv.problems)
              + (more == 0 ? "" : "\n  and " + more + " more"));
    }
    return new Parsed(csv.date, List.copyOf(csv.rows));
  }

  private void read(String content) {
    List<String> lines = content.lines().toList();
    Map<List<String>, Integer> seen = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      int number = i + 1;
      String line = lines.get(i).strip();
      if (line.startsWith("#")) {
        readDate(number, line);
      } else if (!line.isEmpty()) {
        List<String> fields = Arrays.stream(line.split(",", -1)).map(String::strip).toList();
        if (header == null) {
          header = fields;
          if (!checkHeader(number, fields)) {
            return;
          }
        } else {
          readRow(number, header, fields, seen);
        }
      }
    }
    if (header == null) {
      problem(1, "no header; the first line must name the columns, at least " + names());
    }
  }

  private void readDate(int line, String comment) {
    if (date == null && comment.startsWith(DATE)) {
      String text = comment.substring(DATE.length()).strip();
      try {
        date = LocalDate.parse(text);
      } catch (DateTimeException e) {
        problem(line, "the date '" + shown(text) + "' is not of the form YYYY-MM-DD");
      }
    }
  }

  private boolean checkHeader(int line, List<String> columns) {
    long before = mistakes;
    Set<String> seen = new HashSet<>();
    for (String column : columns) {
      if (!REQUIRED.contains(column) && !OPTIONAL.contains(column) && !FORMER.contains(column)) {
        problem(
            line,
            "unknown column '"
                + shown(column)
                + "'; expected, separated by commas: "
                + names()
                + " and, if known, "
                + String.join(", ", OPTIONAL));
      } else if (!seen.add(column)) {
        problem(line, "column " + column + " is named twice; name it once");
      }
    }
    if (mistakes == before) {
      for (String column : REQUIRED) {
        if (!seen.contains(column)) {
          problem(line, "column " + column + " is missing; add it to the header");
        }
      }
    }
    return mistakes == before;
  }

  private void readRow(
      int line, List<String> columns, List<String> fields, Map<List<String>, Integer> seen) {
    if (fields.size() != columns.size()) {
      problem(
          line,
          "has "
              + fields.size()
              + " fields, but the header names "
              + columns.size()
              + " columns; write numbers as 0.15, without separators");
      return;
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      values.put(columns.get(i), fields.get(i));
    }
    long before = mistakes;
    String provider = text(line, values, "provider").toLowerCase(Locale.ROOT);
    String model = text(line, values, "model");
    BigDecimal input = required(line, values, "input_per_mtok");
    BigDecimal output = required(line, values, "output_per_mtok");
    BigDecimal cached = decimal(line, values, "cached_input_per_mtok");
    BigDecimal batchInput = decimal(line, values, "batch_input_per_mtok");
    BigDecimal batchOutput = decimal(line, values, "batch_output_per_mtok");
    BigDecimal write = decimal(line, values, "cache_write_input_per_mtok");
    BigDecimal longWrite = decimal(line, values, "long_cache_write_input_per_mtok");
    Rates flex = rates(line, values, "flex");
    Rates priority = rates(line, values, "priority");
    Long context = count(line, values, "context_tokens");
    Long maxOutput = count(line, values, "max_output_tokens");
    if (mistakes > before) {
      return;
    }
    if ((batchInput == null) != (batchOutput == null)) {
      problem(
          line,
          "column "
              + (batchInput == null ? "batch_input_per_mtok" : "batch_output_per_mtok")
              + " is empty but the other batch price is not; give both or neither");
      return;
    }
    Integer earlier = seen.putIfAbsent(List.of(provider, model), line);
    if (earlier != null) {
      problem(
          line,
          "column model: '"
              + shown(model)
              + "' of "
              + provider
              + " has a price on line "
              + earlier
              + " already; keep one");
      return;
    }
    Price price =
        new Price(
            input,
            cached,
            output,
            batchInput,
            batchOutput,
            context,
            maxOutput,
            write,
            longWrite,
            flex,
            priority);
    rows.add(new Row(line, provider, model, price));
  }

  /** The prices of a tier; null where it has none. */
  private @Nullable Rates rates(int line, Map<String, String> values, String tier) {
    BigDecimal input = decimal(line, values, tier + "_input_per_mtok");
    BigDecimal output = decimal(line, values, tier + "_output_per_mtok");
    if (input != null && output != null) {
      return new Rates(input, output);
    }
    if (input != null || output != null) {
      problem(
          line,
          "column "
              + tier
              + (input == null ? "_input_per_mtok" : "_output_per_mtok")
              + " is empty but the other "
              + tier
              + " price is not; give both or neither");
    }
    return null;
  }

  private String text(int line, Map<String, String> values, String column) {
    String value = values.getOrDefault(column, "");
    if (value.isEmpty()) {
      problem(line, "column " + column + " is empty; give the " + column + "'s name");
    } else if (value.indexOf('"') >= 0 || value.equals("*")) {
      problem(
          line,
          "column " + column + ": " + shown(value) + " is not a name; write it without quotes");
    }
    return value;
  }

  private BigDecimal required(int line, Map<String, String> values, String column) {
    if (values.getOrDefault(column, "").isEmpty()) {
      problem(line, "column " + column + " is empty; write 0 for what costs nothing");
    }
    BigDecimal value = decimal(line, values, column);
    return value == null ? BigDecimal.ZERO : value;
  }

  private @Nullable BigDecimal decimal(int line, Map<String, String> values, String column) {
    String value = values.getOrDefault(column, "");
    if (value.isEmpty()) {
      return null;
    }
    if (!DECIMAL.matcher(value).matches()) {
      problem(
          line,
          "column "
              + column
              + ": '"
              + shown(value)
              + "' is not USD per million tokens; write a plain decimal such as 0.15");
      return null;
    }
    return new BigDecimal(value);
  }

  private @Nullable Long count(int line, Map<String, String> values, String column) {
    String value = values.getOrDefault(column, "");
    if (value.isEmpty()) {
      return null;
    }
    if (!COUNT.matcher(value).matches()) {
      problem(
          line,
          "column "
              + column
              + ": '"
              + shown(value)
              + "' is not a number of tokens; write digits only, such as 128000");
      return null;
    }
    return Long.valueOf(value);
  }

  private void problem(int line, String text) {
    mistakes++;
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(file + ":" + line + ": " + text);
    }
  }

  private static String shown(String given) {
    return Text.shown(given, MOST_SHOWN);
  }

  private static String names() {
    return String.join(", ", REQUIRED);
  }
}
