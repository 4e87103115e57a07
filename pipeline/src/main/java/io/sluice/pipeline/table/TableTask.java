package io.sluice.pipeline.table;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a task says of its results as a table.
 *
 * @param document the columns of the input that come back in results; none where the documents come
 *     back whole, or not at all
 * @param answer how answers of a schema are columns
 * @param types of columns of the input, as far as its files say them
 */
public record TableTask(List<String> document, Answers answer, Map<String, InputType> types)
    implements Serializable {
  /** No columns of the input. */
  public static final TableTask PLAIN = new TableTask(List.of(), Answers.AS_FITS, Map.of());

  /** How answers of a schema are columns. */
  public enum Answers {
    /** Typed by the schema, and JSON in a string where it has no one type. */
    AS_FITS,
    /** Typed by the schema; where it has no one type, that is a mistake. */
    TYPED,
    /** JSON in a string. */
    JSON
  }

  public TableTask {
    document = List.copyOf(document);
    types = Map.copyOf(types);
  }

  /** The same with what the input's files say of their columns. */
  public TableTask typed(Map<String, InputType> found) {
    return new TableTask(document, answer, found);
  }

  /** Columns that are named twice; none where the list is well. */
  public static List<String> twice(List<String> columns) {
    Set<String> seen = new HashSet<>();
    List<String> twice = new ArrayList<>();
    columns.forEach(
        column -> {
          if (!seen.add(column)) {
            twice.add(column);
          }
        });
    return twice;
  }
}
