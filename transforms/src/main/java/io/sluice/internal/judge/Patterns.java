package io.sluice.internal.judge;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.regex.RegularExpression;
import io.sluice.internal.text.Text;
import java.util.regex.Matcher;

/**
 * The patterns of a schema, over text that a model wrote. RE2 matches in time linear to the text,
 * whatever the pattern. What it cannot do (look-arounds, back-references, more than 1,000
 * repetitions) is left to Java, which tries all ways one after another, and ends after a number of
 * steps. Thread-safe.
 */
final class Patterns {
  /** Some seconds; what no hard pattern is given is far below. */
  private static final long STEPS = 20_000_000;

  private static final long STEPS_A_CHARACTER = 100;

  private Patterns() {}

  /**
   * A pattern as JSON Schema means it: found anywhere in the text.
   *
   * @throws java.util.regex.PatternSyntaxException where it is none
   */
  static RegularExpression of(String regex) {
    try {
      Pattern linear = Pattern.compile(forRe2(regex));
      return text -> linear.matcher(text).find();
    } catch (PatternSyntaxException e) {
      // A dollar of JSON Schema's ends the text, not the line before its last newline.
      java.util.regex.Pattern hard = java.util.regex.Pattern.compile(endOfText(regex));
      return text -> find(hard, regex, text);
    }
  }

  private static boolean find(java.util.regex.Pattern hard, String regex, String text) {
    Matcher matcher =
        hard.matcher(new Counted(text, new long[] {STEPS + STEPS_A_CHARACTER * text.length()}));
    try {
      return matcher.find();
    } catch (OutOfStepsException | StackOverflowError e) {
      throw new IllegalStateException(
          "the pattern "
              + Text.cut(regex, 80)
              + " takes too long on a text of "
              + text.length()
              + " characters; write it without look-arounds, back-references and more than 1,000"
              + " repetitions");
    }
  }

  /** The steps that were given are used up. */
  private static final class OutOfStepsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OutOfStepsException() {
      super("Out of steps", null, false, false);
    }
  }

  /** Text that is looked at a number of times at most. */
  private static final class Counted implements CharSequence {
    private final CharSequence text;
    private final long[] left;

    Counted(CharSequence text, long[] left) {
      this.text = text;
      this.left = left;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (--left[0] < 0) {
        throw new OutOfStepsException();
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), left);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  /** JavaScript's way to write a character by its number, in RE2's. */
  private static String forRe2(String regex) {
    StringBuilder out = new StringBuilder(regex.length() + 8);
    for (int i = 0; i < regex.length(); i++) {
      char c = regex.charAt(i);
      if (c != '\\' || i + 1 == regex.length()) {
        out.append(c);
        continue;
      }
      char next = regex.charAt(++i);
      String hex = next == 'u' && i + 5 <= regex.length() ? regex.substring(i + 1, i + 5) : "";
      if (hex.length() == 4 && hex.chars().allMatch(d -> Character.digit(d, 16) >= 0)) {
        out.append("\\x{").append(hex).append('}');
        i += 4;
      } else {
        out.append(c).append(next);
      }
    }
    return out.toString();
  }

  /** Java's word for it, outside of classes of characters. */
  private static String endOfText(String regex) {
    StringBuilder out = new StringBuilder(regex.length() + 8);
    int depth = 0;
    for (int i = 0; i < regex.length(); i++) {
      char c = regex.charAt(i);
      if (c == '\\' && i + 1 < regex.length()) {
        out.append(c).append(regex.charAt(++i));
        continue;
      }
      depth += c == '[' ? 1 : c == ']' && depth > 0 ? -1 : 0;
      out.append(c == '$' && depth == 0 ? "\\z" : String.valueOf(c));
    }
    return out.toString();
  }
}
