package io.sluice.internal.judge;

import io.sluice.internal.text.Text;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An answer that must be one of the labels. Models think before it, wrap a label in quotes, markup
 * or brackets, make it the item of a list or the value of "Category:", end it as a sentence, and
 * change its case and spaces. Such layers are taken off one by one, and what is left must be one
 * label whole: never is a label looked for within a text. The answer is tried as it is before each
 * layer, so that a label may hold such marks itself; where two labels differ in nothing but what is
 * forgiven, it is not forgiven.
 */
final class LabelRule {
  private static final int LABELS_NAMED = 20;
  private static final int ANSWER_QUOTED = 100;

  /** An answer that is so much longer than any label is none. */
  private static final int MOST_DRESS = 500;

  private static final int MOST_LAYERS = 16;

  /** Opening and closing marks that may surround a label. */
  private static final List<String> PAIRS =
      List.of(
          "\"\"",
          "<>",
          "''",
          "``",
          "\u201c\u201d",
          "\u2018\u2019",
          "\u201e\u201c",
          "\u00ab\u00bb",
          "\u300c\u300d",
          "**",
          "__",
          "~~",
          "()",
          "[]",
          "{}",
          "<>");

  /** Those of the pairs that are Markdown. */
  private static final String MARKDOWN = "`*_~";

  /** One of them may end a label. A question mark is doubt. */
  private static final String ENDS = ".!,;:\u3002\uff01\uff0c";

  private static final Pattern ELEMENT =
      Pattern.compile("<((?!think|thought|reason)[A-Za-z][\\w-]{0,30})>(.*)</\\1>", Pattern.DOTALL);

  private static final Pattern ITEM =
      Pattern.compile("(?:[-*+\u2022\u2013>#]{1,6}|\\d{1,3}[.)])\\s+");

  private static final String NAME =
      "(?:(?:the|my|final|predicted|best|correct|most likely)\\s{1,2}){0,3}"
          + "(category|label|class|classification|answer|topic|output|result|response"
          + "|sentiment|type|intent|tag|prediction)";

  /** "Category: bug", "The answer is bug". */
  private static final Pattern NAMED =
      Pattern.compile(
          NAME + "(?:(?:\\s{1,2}is)?\\s{0,2}[:=\uff1a]|\\s{1,2}is\\s)", Pattern.CASE_INSENSITIVE);

  /** "**Label:** bug", "**Label**: bug". */
  private static final Pattern MARKED =
      Pattern.compile(
          "([*_\"']{1,3})"
              + NAME
              + "(?:\\1(?:\\s{1,2}is)?\\s{0,2}[:=\uff1a]|\\s{0,2}[:=\uff1a]\\1)",
          Pattern.CASE_INSENSITIVE);

  private final Map<String, String> labelByForm = new HashMap<>();

  /** By what is left of a label when all is forgiven; empty where that is two labels'. */
  private final Map<String, String> labelByLooseForm = new HashMap<>();

  private final int longest;
  private final String expected;

  LabelRule(List<String> labels) {
    labels.forEach(label -> labelByForm.put(form(label), label));
    labels.forEach(label -> labelByLooseForm.merge(loose(label), label, (one, other) -> ""));
    this.longest = labels.stream().mapToInt(String::length).max().orElse(0);
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
    Set<String> mends = new LinkedHashSet<>();
    String label = find(raw, mends);
    if (label == null) {
      label = find(Thinking.without(raw), thought(mends));
    }
    String behind = label == null ? Thinking.behindTheLast(raw) : null;
    if (behind != null) {
      label = find(behind, thought(mends));
    }
    if (label != null) {
      return new Verdict.Fits(StrictJson.text(label), Mend.words(mends));
    }
    return new Verdict.Unfit(
        "The answer '"
            + Text.shown(raw.strip(), ANSWER_QUOTED)
            + "' is not one of the labels: "
            + expected);
  }

  private static Set<String> thought(Set<String> mends) {
    mends.clear();
    mends.add(Mend.THINKING);
    return mends;
  }

  /**
   * @param mends what is taken off is added to them
   */
  private @Nullable String find(String answer, Set<String> mends) {
    String rest = Text.strip(answer);
    boolean endTaken = false;
    for (int layers = 0; layers < MOST_LAYERS; layers++) {
      if (rest.isEmpty() || rest.length() > longest + MOST_DRESS) {
        return null;
      }
      String label = label(rest);
      if (label != null) {
        return label;
      }
      String inside = undressed(rest, mends);
      if (inside == null && !endTaken && ENDS.indexOf(rest.charAt(rest.length() - 1)) >= 0) {
        inside = rest.substring(0, rest.length() - 1);
        endTaken = true;
        mends.add(Mend.PUNCTUATION);
      }
      if (inside == null) {
        return null;
      }
      rest = Text.strip(inside);
    }
    return null;
  }

  private @Nullable String label(String text) {
    String label = labelByForm.get(form(text));
    if (label == null) {
      label = labelByLooseForm.getOrDefault(loose(text), "");
    }
    return label.isEmpty() ? null : label;
  }

  /** Without its outermost layer; null where it has none. */
  private @Nullable String undressed(String text, Set<String> mends) {
    Matcher element = ELEMENT.matcher(text);
    if (element.matches()) {
      mends.add(Mend.MARKUP);
      return element.group(2);
    }
    Matcher marked = MARKED.matcher(text);
    if (marked.lookingAt() && label(marked.group(2)) == null) {
      mends.add(Mend.NAME);
      return text.substring(marked.end());
    }
    for (String pair : PAIRS) {
      if (text.length() > 1
          && text.charAt(0) == pair.charAt(0)
          && text.charAt(text.length() - 1) == pair.charAt(1)) {
        mends.add(MARKDOWN.indexOf(pair.charAt(0)) >= 0 ? Mend.MARKUP : Mend.QUOTES);
        return text.substring(1, text.length() - 1);
      }
    }
    Matcher item = ITEM.matcher(text);
    if (item.lookingAt()) {
      mends.add(Mend.MARKUP);
      return text.substring(item.end());
    }
    Matcher named = NAMED.matcher(text);
    if (named.lookingAt() && label(named.group(1)) == null) {
      mends.add(Mend.NAME);
      return text.substring(named.end());
    }
    return null;
  }

  /** Case, width, spaces and the dot that some languages keep above a small i are forgiven. */
  private static String loose(String label) {
    String plain = Normalizer.normalize(label, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    StringBuilder loose = new StringBuilder(plain.length());
    for (int i = 0; i < plain.length(); i++) {
      char c = plain.charAt(i);
      if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
        loose.append(loose.length() > 0 && loose.charAt(loose.length() - 1) == ' ' ? "" : " ");
      } else if (c != '\u0307' && c != '\u00ad' && c != '\u200b' && c != '\ufeff') {
        loose.append(c);
      }
    }
    return loose.toString().strip();
  }

  private static String form(String label) {
    return Normalizer.normalize(label.strip(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
  }
}
