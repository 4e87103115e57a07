package io.sluice.pipeline.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with a task file, to be reported at once in the order of lines. */
final class Problems {
  private record Problem(int line, String text) {}

  private final String file;
  private final List<Problem> problems = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void add(int line, String text) {
    problems.add(new Problem(line, file + ":" + line + ": " + text));
  }

  boolean isEmpty() {
    return problems.isEmpty();
  }

  TaskFileException exception() {
    return new TaskFileException(
        problems.stream()
            .sorted(Comparator.comparingInt(Problem::line))
            .map(Problem::text)
            .distinct()
            .toList());
  }
}
