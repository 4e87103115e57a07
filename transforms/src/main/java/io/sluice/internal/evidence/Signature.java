package io.sluice.internal.evidence;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a failure says, without what differs from call to call: numbers, ids, keys, quotes and
 * addresses are taken out, so that failures for one reason are alike. Immutable.
 *
 * @param status the HTTP status; 0 where there was no answer
 * @param code the provider's name for it; may be empty
 * @param words of the message, lower case, the first {@value #MOST_WORDS} of them
 */
public record Signature(int status, String code, List<String> words) {
  static final int MOST_WORDS = 40;
  private static final int MOST_CHARACTERS = 2_000;
  private static final int LONGEST_WORD = 24;

  /** The share of their words that two messages for one reason have in common. */
  private static final double ALIKE = 0.6;

  public Signature {
    words = List.copyOf(words);
  }

  /** Never throws, whatever the message is. */
  public static Signature of(
      @Nullable Integer status, @Nullable String code, @Nullable String message) {
    return new Signature(
        status == null ? 0 : status,
        code == null ? "" : code.strip().toLowerCase(Locale.ROOT),
        words(message == null ? "" : cut(message)));
  }

  /** Whether both fail for one reason, as far as words can tell. */
  public boolean alike(Signature other) {
    if (status != other.status || !code.equals(other.code)) {
      return false;
    }
    if (words.equals(other.words)) {
      return true;
    }
    Set<String> all = new HashSet<>(words);
    Set<String> common = new HashSet<>(words);
    all.addAll(other.words);
    common.retainAll(new HashSet<>(other.words));
    return common.size() >= ALIKE * all.size();
  }

  /** Whether it says what another says, and then more, as an ending says of a failure. */
  boolean isMoreOf(Signature other) {
    int said = other.words.size();
    return status == other.status
        && code.equals(other.code)
        && said > 0
        && words.size() >= said
        && words.subList(0, said).equals(other.words);
  }

  private static String cut(String message) {
    return message.substring(0, Math.min(message.length(), MOST_CHARACTERS));
  }

  private static List<String> words(String message) {
    List<String> words = new ArrayList<>();
    int end = message.length();
    for (int i = 0; i < end && words.size() < MOST_WORDS; ) {
      int quoted = endOfQuote(message, i);
      if (quoted > i) {
        i = quoted;
        continue;
      }
      int from = i;
      while (i < end && !Character.isWhitespace(message.charAt(i)) && !isQuote(message, i)) {
        i++;
      }
      String word = plain(message.substring(from, i));
      if (!word.isEmpty()) {
        words.add(word);
      }
      i = i == from ? i + 1 : i;
    }
    return words;
  }

  /** A word without marks around it; empty for what differs from call to call. */
  private static String plain(String token) {
    if (token.contains("://") || token.contains("@")) {
      return "";
    }
    StringBuilder word = new StringBuilder(token.length());
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (Character.isDigit(c)) {
        return "";
      }
      if (Character.isLetter(c) || c == '_') {
        word.append(Character.toLowerCase(c));
      }
    }
    return word.length() > LONGEST_WORD ? "" : word.toString();
  }

  private static boolean isQuote(String text, int at) {
    char c = text.charAt(at);
    return c == '"' || c == '`' || c == '“' || (c == '\'' && (at == 0 || !isLetter(text, at - 1)));
  }

  private static boolean isLetter(String text, int at) {
    return Character.isLetterOrDigit(text.charAt(at));
  }

  /** Where a quotation that begins here ends; the place itself where none does. */
  private static int endOfQuote(String text, int at) {
    if (!isQuote(text, at)) {
      return at;
    }
    char close = text.charAt(at) == '“' ? '”' : text.charAt(at);
    int found = text.indexOf(close, at + 1);
    return found < 0 ? at + 1 : found + 1;
  }
}
