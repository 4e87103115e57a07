package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/**
 * Text of documents, answers and providers, made fit to be shown: short, with nothing invisible.
 */
final class Texts {
  private Texts() {}

  /** The text of a field: strings as they are, everything else as JSON. */
  static String of(JsonNode value) {
    return value.isTextual() ? value.textValue() : value.toString();
  }

  /** At most so many characters of a text, and how many there were. */
  static String clip(String text, int max) {
    if (text.length() <= max) {
      return visible(text);
    }
    int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
    return visible(text.substring(0, end))
        + String.format(Locale.ROOT, " … (%,d characters)", text.length());
  }

  /**
   * Control characters become their pictures, and what reorders text becomes a placeholder: a
   * document cannot hide in the page or disguise what is around it.
   */
  private static String visible(String text) {
    if (text.chars().allMatch(c -> c >= ' ' && c < 0x7F)) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(code -> out.appendCodePoint(visible(code)));
    return out.toString();
  }

  private static int visible(int code) {
    if (code == '\n' || code == '\t') {
      return code;
    }
    if (code < 0x20) {
      return 0x2400 + code;
    }
    return switch (Character.getType(code)) {
      case Character.CONTROL, Character.SURROGATE, Character.UNASSIGNED -> 0xFFFD;
      // Joiners are part of words and emoji; the rest of this category turns text around.
      case Character.FORMAT -> code == 0x200C || code == 0x200D ? code : 0xFFFD;
      default -> code;
    };
  }
}
