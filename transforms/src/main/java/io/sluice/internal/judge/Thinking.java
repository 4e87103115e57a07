package io.sluice.internal.judge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model thought aloud before its answer, where the server did not take it off: blocks such
 * as {@code <think>…</think>} (DeepSeek, Qwen), {@code [THINK]…[/THINK]} (Mistral), {@code
 * ◁think▷…◁/think▷} (Kimi), and the channels of gpt-oss. Only at the beginning, and only where they
 * are closed: an answer may speak of such marks.
 */
final class Thinking {
  private record Marks(String open, String close) {}

  private static final List<Marks> MARKS =
      List.of(
          new Marks("<think>", "</think>"),
          new Marks("<thinking>", "</thinking>"),
          new Marks("<thought>", "</thought>"),
          new Marks("<thoughts>", "</thoughts>"),
          new Marks("<reasoning>", "</reasoning>"),
          new Marks("<reason>", "</reason>"),
          new Marks("<seed:think>", "</seed:think>"),
          new Marks("[THINK]", "[/THINK]"),
          new Marks("\u25C1think\u25B7", "\u25C1/think\u25B7"));

  private static final String CHANNEL = "<|channel|>";
  private static final String FINAL = "<|channel|>final<|message|>";
  private static final List<String> ENDS = List.of("<|return|>", "<|end|>");

  private Thinking() {}

  /** An answer without what was thought before it; as it is where nothing was. */
  static String without(String raw) {
    String text = raw.strip();
    String rest = withoutBlocks(text);
    if (rest == null) {
      rest = finalChannel(text);
    }
    return rest == null ? raw : rest;
  }

  /**
   * As {@link #without}, for an answer that can be nothing else than what follows: a template that
   * opens the block itself leaves the model only to close it.
   */
  static @Nullable String behindTheLast(String raw) {
    int behind = -1;
    for (Marks marks : MARKS) {
      int at = raw.contains(marks.open) ? -1 : raw.lastIndexOf(marks.close);
      behind = at < 0 ? behind : Math.max(behind, at + marks.close.length());
    }
    return behind < 0 ? null : raw.substring(behind).strip();
  }

  /** Whether a text has such a mark, anywhere. */
  static boolean isMarked(String text) {
    if (text.contains("<|")) {
      return true;
    }
    for (Marks marks : MARKS) {
      if (indexOf(text, marks.open, 0) >= 0 || indexOf(text, marks.close, 0) >= 0) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable String withoutBlocks(String text) {
    String rest = text;
    boolean found = true;
    while (found) {
      found = false;
      for (Marks marks : MARKS) {
        if (rest.regionMatches(true, 0, marks.open, 0, marks.open.length())) {
          int close = indexOf(rest, marks.close, marks.open.length());
          if (close < 0) {
            return null;
          }
          rest = rest.substring(close + marks.close.length()).strip();
          found = true;
        }
      }
    }
    return rest.length() == text.length() ? null : rest;
  }

  private static int indexOf(String text, String mark, int from) {
    for (int i = text.indexOf(mark.charAt(0), from);
        i >= 0;
        i = text.indexOf(mark.charAt(0), i + 1)) {
      if (text.regionMatches(true, i, mark, 0, mark.length())) {
        return i;
      }
    }
    return -1;
  }

  private static @Nullable String finalChannel(String text) {
    int at = text.startsWith(CHANNEL) ? text.lastIndexOf(FINAL) : -1;
    if (at < 0) {
      return null;
    }
    String rest = text.substring(at + FINAL.length()).strip();
    for (String end : ENDS) {
      rest = rest.endsWith(end) ? rest.substring(0, rest.length() - end.length()).strip() : rest;
    }
    return rest;
  }
}
