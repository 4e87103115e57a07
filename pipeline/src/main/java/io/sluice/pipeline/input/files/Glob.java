package io.sluice.pipeline.input.files;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of file names, as users write it: {@code *} and {@code ?} within a name, {@code **}
 * over directories, {@code [a-z]}, {@code {a,b}}; a backslash takes the next character as it is.
 */
final class Glob {
  private static final String SPECIAL = "*?[]{}\\";

  private Glob() {}

  /**
   * Patterns apart, with the spaces around them: a comma within braces, or behind a backslash,
   * belongs to its pattern.
   */
  static List<String> apart(String patterns) {
    List<String> globs = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < patterns.length(); i++) {
      char c = patterns.charAt(i);
      if (c == '\\') {
        i++;
        continue;
      }
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (c == ',' && depth <= 0) {
        globs.add(patterns.substring(start, i));
        start = i + 1;
      }
    }
    globs.add(patterns.substring(start));
    return globs;
  }

  /** A name as a pattern that matches it alone. */
  static String escaped(String name) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      escaped.append(SPECIAL.indexOf(c) >= 0 || c == ',' ? "\\" : "").append(c);
    }
    return escaped.toString();
  }

  static boolean isSpecial(String text) {
    return text.chars().anyMatch(c -> SPECIAL.indexOf(c) >= 0);
  }

  /** The directories and the name that a pattern is of; a slash within braces separates none. */
  static List<String> segments(String pattern) {
    List<String> segments = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\' && i + 1 < pattern.length() && pattern.charAt(i + 1) != '/') {
        i++;
        continue;
      }
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (c == '/' && depth <= 0) {
        segments.add(pattern.substring(start, i));
        start = i + 1;
      }
    }
    segments.add(pattern.substring(start));
    segments.removeIf(segment -> segment.isEmpty() || segment.equals("."));
    return segments;
  }

  /**
   * The patterns that the first braces stand for; null where there are none.
   *
   * @throws PatternSyntaxException if they are not closed
   */
  static @Nullable List<String> alternatives(String pattern) {
    int open = -1;
    for (int i = 0; i < pattern.length() && open < 0; i++) {
      if (pattern.charAt(i) == '\\') {
        i++;
      } else if (pattern.charAt(i) == '{') {
        open = i;
      }
    }
    if (open < 0) {
      return null;
    }
    List<String> inner = new ArrayList<>();
    int depth = 0;
    int start = open + 1;
    for (int i = open; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '{') {
        depth++;
      } else if (c == ',' && depth == 1) {
        inner.add(pattern.substring(start, i));
        start = i + 1;
      } else if (c == '}' && --depth == 0) {
        inner.add(pattern.substring(start, i));
        String before = pattern.substring(0, open);
        String after = pattern.substring(i + 1);
        return inner.stream().map(one -> before + one + after).toList();
      }
    }
    throw new PatternSyntaxException("a brace is not closed", pattern, open);
  }

  /** The pattern without braces, as stores match it. */
  static List<String> withoutBraces(String pattern) {
    List<String> alternatives = alternatives(pattern);
    if (alternatives == null) {
      return List.of(pattern);
    }
    List<String> all = new ArrayList<>();
    alternatives.forEach(one -> all.addAll(withoutBraces(one)));
    return all;
  }

  /** What a pattern begins with that matches itself only, up to a directory's end. */
  static String fixed(String pattern) {
    int end = 0;
    while (end < pattern.length() && SPECIAL.indexOf(pattern.charAt(end)) < 0) {
      end++;
    }
    return end == pattern.length()
        ? pattern
        : pattern.substring(0, pattern.lastIndexOf('/', end) + 1);
  }

  /**
   * What programs leave beside the data: hidden files and folders, and those that are temporary.
   */
  static boolean isHidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }
}
