package io.sluice.internal.judge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The marks by which a model's template ends a turn, such as {@code <|im_end|>}: a server that does
 * not know them leaves them in the text. At the very end alone are they no part of an answer;
 * within it, it speaks of them.
 */
final class EndMarks {
  /** By the templates of the models that are served most. */
  private static final List<String> MARKS =
      List.of(
          "<|im_end|>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "<|eot|>",
          "<|end|>",
          "<|return|>",
          "<|END_OF_TURN_TOKEN|>",
          "<|end_of_turn|>",
          "<|eos|>",
          "<end_of_turn>",
          "<end_of_utterance>",
          "<eos>",
          "</s>",
          "<\uFF5Cend\u2581of\u2581sentence\uFF5C>");

  /** Of this mark alone there is an element of HTML, too: it may be closed by it. */
  private static final String CLOSES = "</s>";

  /** They open channels, whose ends are part of what they say. */
  private static final String CHANNEL = "<|channel|>";

  private static final List<String> OPENS = List.of("<s>", "<s ", "<S>");

  private EndMarks() {}

  /** An answer without those at its end; null where there is none. */
  static @Nullable String without(String raw) {
    if (raw.contains(CHANNEL)) {
      return null;
    }
    // Each place is looked at once: an answer may be marks and nothing else.
    int opens = opens(raw);
    int whole = withoutGap(raw, raw.length());
    int end = whole;
    for (int mark = markBefore(raw, end, opens); mark > 0; mark = markBefore(raw, end, opens)) {
      end = withoutGap(raw, end - mark);
    }
    return end == whole ? null : raw.substring(0, end);
  }

  private static int withoutGap(String text, int end) {
    int at = end;
    while (at > 0 && Character.isWhitespace(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  /** How long the mark is that ends there; 0 where none does. */
  private static int markBefore(String text, int end, int opens) {
    for (String mark : MARKS) {
      int from = end - mark.length();
      if (from >= 0
          && text.regionMatches(true, from, mark, 0, mark.length())
          && !(mark.equals(CLOSES) && opens <= end)) {
        return mark.length();
      }
    }
    return 0;
  }

  /** Behind the first mark that {@link #CLOSES} may close. */
  private static int opens(String text) {
    int behind = Integer.MAX_VALUE;
    for (String mark : OPENS) {
      int at = text.indexOf(mark);
      behind = at < 0 ? behind : Math.min(behind, at + mark.length());
    }
    return behind;
  }
}
