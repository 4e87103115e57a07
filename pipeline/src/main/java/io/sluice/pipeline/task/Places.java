package io.sluice.pipeline.task;

import java.io.Serializable;
import java.util.Map;

/**
 * Where in its file a task says what: for mistakes that are seen only beside the input.
 *
 * @param file the task's
 * @param lines from 1, by a field's path
 */
public record Places(String file, Map<String, Integer> lines) implements Serializable {
  public Places {
    lines = Map.copyOf(lines);
  }

  /** A problem with the place of a field before it, or of the closest above that is there. */
  public Problem at(String path, String problem) {
    String of = path;
    while (!lines.containsKey(of) && of.contains(".")) {
      of = of.substring(0, of.lastIndexOf('.'));
    }
    int line = lines.getOrDefault(of, 1);
    return new Problem(line, file + ":" + line + ": " + problem);
  }

  /**
   * A problem of a task.
   *
   * @param text with file and line
   */
  public record Problem(int line, String text) {}
}
