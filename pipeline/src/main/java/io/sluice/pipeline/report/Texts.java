package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.words.Visible;
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
      return Visible.text(text);
    }
    return Visible.text(Text.cut(text, max))
        + String.format(Locale.ROOT, " … (%,d characters)", text.length());
  }
}
