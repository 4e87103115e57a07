package io.sluice.pipeline.task;

import io.sluice.internal.http.ApiKeys;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.task.Places.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is wrong with a task file, to be reported at once in the order of lines, and what a
 * task file may hold.
 */
final class Problems {
  /** A mistake quotes what the file has, and that may be megabytes: its ends tell which it is. */
  private static final int BEGINNING = 2_000;

  private static final int END = 500;

  private final String file;
  private final List<Problem> problems = new ArrayList<>();

  private final Map<String, Integer> lineByPath = new HashMap<>();
  private final SortedSet<String> known = new TreeSet<>();

  Problems(String file) {
    this.file = file;
  }

  /** Adds a problem; a key that was written in a wrong place is not repeated. */
  void add(int line, String problem) {
    String text = ApiKeys.withoutLikelyKeys(problem);
    String told =
        text.length() <= BEGINNING + END
            ? text
            : Text.shown(text, BEGINNING) + Text.whole(text.substring(text.length() - END));
    problems.add(new Problem(line, file + ":" + line + ": " + told));
  }

  /** Remembers that a task may have a field. */
  void know(String path) {
    known.add(path);
  }

  /** Every field that was asked for, and every section. */
  SortedSet<String> known() {
    return Collections.unmodifiableSortedSet(known);
  }

  /** Remembers where a field is. */
  void place(String path, int line) {
    lineByPath.putIfAbsent(path, line);
  }

  /** Adds a problem whose text names, before any other, the field it is about. */
  void addWhereNamed(String text) {
    String first = "";
    for (String path : lineByPath.keySet()) {
      int at = text.indexOf(path);
      int best = first.isEmpty() ? Integer.MAX_VALUE : text.indexOf(first);
      if (at >= 0 && (at < best || (at == best && path.length() > first.length()))) {
        first = path;
      }
    }
    add(lineByPath.getOrDefault(first, 1), text);
  }

  /** Where fields are. */
  Places places() {
    return new Places(file, lineByPath);
  }

  boolean isEmpty() {
    return problems.isEmpty();
  }

  /**
   * @param task as far as it was read; null where there is none
   */
  TaskFileException exception(@Nullable JobTask task) {
    return new TaskFileException(
        problems.stream().sorted(Comparator.comparingInt(Problem::line)).distinct().toList(), task);
  }
}
