package io.sluice.pipeline.task;

import java.util.List;

/** A task file with mistakes: all of them, each with its line. */
public final class TaskFileException extends Exception {
  private static final long serialVersionUID = 1L;

  TaskFileException(List<String> problems) {
    super(String.join("\n", problems));
  }
}
