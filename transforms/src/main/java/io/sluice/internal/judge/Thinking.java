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

  private static final String FENCE = "```";

  /** On both sides of a mark, they say that it is spoken of. */
  private static final String QUOTES = "`\"'\u201c\u201d\u00ab\u00bb";

  private static final String CHANNEL = "<|channel|>";
  private static final String START = "<|end|><|start|>assistant";
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

  /**
   * As {@link #behindTheLast}, for an answer that may be any text, and so may speak of the marks:
   * quoted, or within a block of code, they close nothing.
   */
  static @Nullable String behindTheLone(String raw) {
    for (Marks marks : MARKS) {
      if (indexOf(raw, marks.open, 0) >= 0) {
        continue;
      }
      int behind = -1;
      int fences = 0;
      int fence = raw.indexOf(FENCE);
      int lastFence = raw.lastIndexOf(FENCE);
      for (int at = indexOf(raw, marks.close, 0); at >= 0; at = indexOf(raw, marks.close, at + 1)) {
        // Counted as it goes: an answer may be marks and nothing else.
        for (; fence >= 0 && fence < at; fence = raw.indexOf(FENCE, fence + FENCE.length())) {
          fences++;
        }
        int end = at + marks.close.length();
        boolean isInCode = fences % 2 == 1 && lastFence >= end;
        behind = isInCode || isQuoted(raw, at, end) ? behind : end;
      }
      if (behind >= 0) {
        return raw.substring(behind).strip();
      }
    }
    return null;
  }

  /** Whether an answer begins with thoughts that it does not end, on lines of their own. */
  static boolean isAllThat(String raw) {
    String text = raw.strip();
    for (Marks marks : MARKS) {
      int end = marks.open.length();
      if (text.regionMatches(true, 0, marks.open, 0, end)
          && (text.length() == end || text.charAt(end) == '\n' || text.charAt(end) == '\r')) {
        return indexOf(text, marks.close, end) < 0;
      }
    }
    return false;
  }

  /**
   * Whether an answer that can be no text of its own is thoughts alone: closed with nothing behind
   * them, or never closed.
   */
  static boolean isAll(String raw) {
    String text = raw.strip();
    String rest = withoutBlocks(text);
    String behind = behindTheLast(text);
    if ((rest != null && rest.isEmpty()) || (behind != null && behind.isEmpty())) {
      return true;
    }
    String last = rest == null ? text : rest;
    for (Marks marks : MARKS) {
      int end = marks.open.length();
      if (last.regionMatches(true, 0, marks.open, 0, end)) {
        return indexOf(last, marks.close, end) < 0;
      }
    }
    return false;
  }

  private static boolean isQuoted(String text, int from, int end) {
    return from > 0
        && end < text.length()
        && QUOTES.indexOf(text.charAt(from - 1)) >= 0
        && QUOTES.indexOf(text.charAt(end)) >= 0;
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

  /** Each place of the text is looked at once, however many blocks there are. */
  private static @Nullable String withoutBlocks(String text) {
    int rest = 0;
    boolean found = true;
    while (found) {
      found = false;
      for (Marks marks : MARKS) {
        if (text.regionMatches(true, rest, marks.open, 0, marks.open.length())) {
          int close = indexOf(text, marks.close, rest + marks.open.length());
          if (close < 0) {
            return null;
          }
          rest = close + marks.close.length();
          while (rest < text.length() && Character.isWhitespace(text.charAt(rest))) {
            rest++;
          }
          found = true;
        }
      }
    }
    return rest == 0 ? null : text.substring(rest).stripTrailing();
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
    int at = text.lastIndexOf(FINAL);
    // A template that opens the first channel itself leaves the model to go on to the next.
    at =
        at < 0 || text.startsWith(CHANNEL) || text.startsWith(START + FINAL, at - START.length())
            ? at
            : -1;
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
