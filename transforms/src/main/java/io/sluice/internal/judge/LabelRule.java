package io.sluice.internal.judge;

import io.sluice.internal.text.Text;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer that must be one of the labels. Models wrap a label in quotes, backticks or a
 * sentence's full stop and change its case; that much is forgiven and nothing else.
 */
final class LabelRule {
  private static final int LABELS_NAMED = 20;
  private static final int ANSWER_QUOTED = 100;

  /** Opening and closing marks that may surround a label. */
  private static final List<String> QUOTES =
      List.of("\"\"", "''", "``", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u00ab\u00bb");

  private final Map<String, String> labelByForm = new HashMap<>();
  private final String expected;

  LabelRule(List<String> labels) {
    labels.forEach(label -> labelByForm.put(form(label), label));
    int more = labels.size() - LABELS_NAMED;
    this.expected =
        String.join(", ", labels.subList(0, Math.min(LABELS_NAMED, labels.size())))
            + (more > 0 ? " and " + more + " more" : "");
  }

  static List<String> validate(List<String> labels) {
    List<String> problems = new ArrayList<>();
    if (labels.isEmpty()) {
      problems.add("output.labels must name at least one label");
    }
    Map<String, String> seen = new HashMap<>();
    for (String label : labels) {
      if (label.isBlank()) {
        problems.add("output.labels must not have an empty label");
        continue;
      }
      String before = seen.putIfAbsent(form(label), label);
      if (before != null) {
        problems.add(
            "output.labels must differ by more than case: '" + before + "' and '" + label + "'");
      }
    }
    return problems;
  }

  Verdict judge(String raw) {
    String label = find(raw.strip());
    if (label != null) {
      return new Verdict.Fits(StrictJson.text(label));
    }
    return new Verdict.Unfit(
        "The answer '"
            + Text.shown(raw.strip(), ANSWER_QUOTED)
            + "' is not one of the labels: "
            + expected);
  }

  /**
   * Tries the answer as it is before each layer taken off, so a label may hold such marks itself.
   */
  private @Nullable String find(String answer) {
    String rest = answer;
    boolean periodTaken = false;
    while (!rest.isEmpty()) {
      String label = labelByForm.get(form(rest));
      if (label != null) {
        return label;
      }
      String inside = unquoted(rest);
      if (inside == null && !periodTaken && rest.endsWith(".")) {
        inside = rest.substring(0, rest.length() - 1);
        periodTaken = true;
      }
      if (inside == null) {
        return null;
      }
      rest = inside.strip();
    }
    return null;
  }

  private static @Nullable String unquoted(String text) {
    if (text.length() < 2) {
      return null;
    }
    for (String pair : QUOTES) {
      if (text.charAt(0) == pair.charAt(0) && text.charAt(text.length() - 1) == pair.charAt(1)) {
        return text.substring(1, text.length() - 1);
      }
    }
    return null;
  }

  private static String form(String label) {
    return Normalizer.normalize(label.strip(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
  }
}
