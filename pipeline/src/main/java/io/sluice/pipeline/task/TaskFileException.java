package io.sluice.pipeline.task;

import io.sluice.pipeline.task.Places.Problem;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A task file with mistakes: all of them, each with its line. */
public final class TaskFileException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final transient @Nullable JobTask task;

  /**
   * @param problems in the order of lines
   * @param task null where the file is no task at all
   */
  TaskFileException(List<Problem> problems, @Nullable JobTask task) {
    super(problems.stream().map(Problem::text).collect(Collectors.joining("\n")));
    this.problems = problems;
    this.task = task;
  }

  /** In the order of lines. */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * The task as far as it was read, with what fields say that are left out where they are wrong;
   * null where the file is no task at all. Nothing can be run of it.
   */
  public @Nullable JobTask task() {
    return task;
  }
}
