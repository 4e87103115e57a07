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

  private EndMarks() {}

  /** An answer without those at its end; null where there is none. */
  static @Nullable String without(String raw) {
    if (raw.contains(CHANNEL)) {
      return null;
    }
    String rest = raw.stripTrailing();
    String mark = at(rest);
    if (mark == null) {
      return null;
    }
    while (mark != null) {
      rest = rest.substring(0, rest.length() - mark.length()).stripTrailing();
      mark = at(rest);
    }
    return rest;
  }

  private static @Nullable String at(String text) {
    for (String mark : MARKS) {
      int from = text.length() - mark.length();
      if (from >= 0
          && text.regionMatches(true, from, mark, 0, mark.length())
          && !(mark.equals(CLOSES) && closesOne(text))) {
        return mark;
      }
    }
    return null;
  }

  private static boolean closesOne(String text) {
    return text.contains("<s>") || text.contains("<s ") || text.contains("<S>");
  }
}
