package io.sluice.pipeline.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.text.ExactJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Columns of the input that come back in results. */
public final class DocumentColumns {
  /** What results have of their own, in columns of a file. */
  private static final Set<String> OWN =
      Set.of(
          "id",
          "output",
          "model",
          "finishReason",
          "usage",
          "costUsd",
          "attempts",
          "latencyMs",
          "servedBy",
          "document",
          "key",
          "source",
          "replaced");

  /** As {@link #OWN}, where what lies in a column is a column of its own. */
  private static final List<String> FLAT = List.of("usage.", "source.", "output.");

  /** What the small model says, of a task with a cascade. */
  static final String CASCADE = "cascade";

  /** As {@link #OWN}, of tasks that have a use for them; {@code repaired} is in lines alone. */
  private static final Set<String> OF_SOME =
      Set.of("provider", "fallback", CASCADE, Merging.FIELD, "repaired");

  private DocumentColumns() {}

  /** Whether a column is one of results themselves, of any task. */
  static boolean isOwn(String column) {
    return OWN.contains(column);
  }

  /**
   * Whether a column is one of results themselves.
   *
   * @param behind whether it stands behind one, where the input's columns do not stand
   */
  static boolean isOwn(String column, boolean behind) {
    return OWN.contains(column) || (behind && OF_SOME.contains(column));
  }

  /** Whether a column of a csv lies in one of results themselves. */
  static boolean isFlat(String column, boolean behind) {
    return FLAT.stream().anyMatch(column::startsWith)
        || (behind && column.startsWith(CASCADE + "."));
  }

  /**
   * Names that a task's results have already where they are columns; none where the list is well.
   * What many readers do not tell apart, upper and lower case, is the same here.
   *
   * @param flat whether what lies in a column is a column of its own, as in csv
   */
  public static List<String> clashes(List<String> columns, boolean flat, ModelTask task) {
    Set<String> own = new HashSet<>();
    OWN.forEach(name -> own.add(folded(name)));
    List<String> prefixes = new ArrayList<>(flat ? FLAT : List.of());
    if (!task.fallback().isNone()) {
      own.addAll(List.of("provider", "fallback"));
    }
    if (task.cascade() != null) {
      own.add(CASCADE);
      prefixes.addAll(flat ? List.of(CASCADE + ".") : List.of());
    }
    if (Merging.isNeeded(task)) {
      own.add(Merging.FIELD);
    }
    return columns.stream()
        .filter(
            name ->
                own.contains(folded(name)) || prefixes.stream().anyMatch(folded(name)::startsWith))
        .toList();
  }

  /**
   * Columns that differ in case alone, those together that do, of a task whose results have none of
   * them. DuckDB and Spark take such for one.
   */
  public static List<List<String>> alike(List<String> columns, ModelTask task) {
    List<String> clashes = clashes(columns, false, task);
    Map<String, List<String>> byName = new LinkedHashMap<>();
    for (String column : columns) {
      if (!clashes.contains(column)) {
        List<String> of = byName.computeIfAbsent(folded(column), name -> new ArrayList<>());
        if (!of.contains(column)) {
          of.add(column);
        }
      }
    }
    return byName.values().stream().filter(of -> of.size() > 1).toList();
  }

  /** What readers take for one name is one. */
  static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** The columns of a document, in their order; null for one that it does not have. */
  public static ObjectNode of(String document, List<String> columns) {
    ObjectNode picked = JsonNodeFactory.instance.objectNode();
    JsonNode read = read(document);
    for (String column : columns) {
      JsonNode value = find(read, column);
      picked.set(column, value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value);
    }
    return picked;
  }

  /** Those that none of some documents has, with what these have; null where there are none. */
  public static @Nullable String missing(List<String> documents, List<String> columns) {
    List<String> missing = new ArrayList<>(columns);
    for (String document : documents) {
      if (missing.isEmpty()) {
        return null;
      }
      JsonNode read = read(document);
      missing.removeIf(column -> !find(read, column).isMissingNode());
    }
    return missing.isEmpty() || documents.isEmpty()
        ? null
        : said(missing, names(read(documents.get(0))));
  }

  /** Those that are not among a file's columns; null where there are none. */
  public static @Nullable String missingIn(List<String> header, List<String> columns) {
    List<String> missing =
        columns.stream()
            .filter(
                column -> !header.contains(column) && !header.contains(column.split("\\.", 2)[0]))
            .toList();
    return missing.isEmpty() ? null : said(missing, header);
  }

  private static String said(List<String> missing, List<String> there) {
    return "output.includeDocument names "
        + missing.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "))
        + ", which is not there; it has "
        + String.join(", ", there.subList(0, Math.min(30, there.size())))
        + (there.size() > 30 ? ", …" : "");
  }

  private static List<String> names(JsonNode document) {
    List<String> names = new ArrayList<>();
    document.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static JsonNode read(String document) {
    try {
      return ExactJson.read(document);
    } catch (JsonProcessingException e) {
      return JsonNodeFactory.instance.objectNode();
    }
  }

  /** By its name, or by a path with dots, as a prompt finds it. */
  private static JsonNode find(JsonNode document, String name) {
    JsonNode whole = document.path(name);
    if (!whole.isMissingNode()) {
      return whole;
    }
    JsonNode node = document;
    for (String part : name.split("\\.", -1)) {
      node = node.path(part);
    }
    return name.contains(".") ? node : whole;
  }
}
