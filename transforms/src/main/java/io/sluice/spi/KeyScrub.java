package io.sluice.spi;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Finds a key in a text, in every way it can be written there: as it is; with characters escaped as
 * JSON does, once or several times ({@code \}{@code u002d}, {@code \/}), as a URL does ({@code
 * %2d}) or as HTML does ({@code &#45;}); in capitals or small letters; in hexadecimal digits;
 * within base64, as it stands in basic authorization; and cut at its end. One pass over the text
 * decodes what is escaped as it goes. Thread-safe.
 */
final class KeyScrub {
  static final String SHOWN = "***";

  /** The first characters of a key, all of its kind's, are no secret: this many and half are. */
  private static final int LEAST_PART = 16;

  private static final int LEAST_ENCODED = 10;
  private static final int MOST_BACKSLASHES = 16;

  /** From its ampersand to its semicolon: what is behind is not looked at, again for each one. */
  private static final int MOST_ENTITY = 8;

  /** Shorter than this it is a word, and is found where it is one by itself. */
  static final int LEAST_SECRET = 12;

  private final List<String> needles = new ArrayList<>();

  /** So many of them, the key and its digits, are the same in capitals; base64 is not. */
  private final int ofAnyCase;

  private final boolean[] first = new boolean[128];

  KeyScrub(String key) {
    add(key);
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    if (key.length() >= LEAST_SECRET) {
      add(HexFormat.of().formatHex(bytes));
    }
    ofAnyCase = needles.size();
    for (int before = 0; before < 3; before++) {
      // What stands before the key shifts its bits; those that it shares with others are left out.
      byte[] shifted = new byte[before + bytes.length];
      System.arraycopy(bytes, 0, shifted, before, bytes.length);
      String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
      int from = before == 0 ? 0 : before + 1;
      int to = shifted.length * 8 / 6;
      if (to - from >= LEAST_ENCODED) {
        add(encoded.substring(from, to));
      }
    }
  }

  private void add(String needle) {
    needles.add(needle);
    char c = needle.charAt(0);
    for (char each : new char[] {c, Character.toLowerCase(c), Character.toUpperCase(c)}) {
      if (each < first.length) {
        first[each] = true;
      }
    }
    if (c == '+' || c == '/') {
      first[c == '+' ? '-' : '_'] = true;
    }
  }

  String scrub(String text) {
    StringBuilder out = null;
    int kept = 0;
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean may = c == '\\' || c == '%' || c == '&' || (c < first.length ? first[c] : isFirst(c));
      int end = may ? end(text, at) : -1;
      if (end < 0) {
        at++;
        continue;
      }
      out = out == null ? new StringBuilder(text.length()) : out;
      out.append(text, kept, at).append(SHOWN);
      at = end;
      kept = end;
    }
    return out == null ? text : out.append(text, kept, text.length()).toString();
  }

  private boolean isFirst(char c) {
    return needles.get(0).charAt(0) == c;
  }

  /** Where a key that begins here ends; -1 where none does. */
  private int end(String text, int from) {
    for (int i = 0; i < needles.size(); i++) {
      String needle = needles.get(i);
      // A word is found as it is.
      boolean anyCase = i < ofAnyCase && needle.length() >= LEAST_SECRET;
      int at = from;
      int same = 0;
      while (same < needle.length() && at < text.length()) {
        long unit = unit(text, at);
        if (!isSame((char) unit, needle.charAt(same), anyCase, i >= ofAnyCase)) {
          break;
        }
        at += (int) (unit >> 16);
        same++;
      }
      if (same == needle.length()
          && needle.length() < LEAST_SECRET
          && isWithinWord(text, from, at)) {
        continue;
      }
      if (same == needle.length() || (same >= LEAST_PART && same >= (needle.length() + 1) / 2)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean isWithinWord(String text, int from, int to) {
    return (from > 0 && Character.isLetterOrDigit(text.charAt(from - 1)))
        || (to < text.length() && Character.isLetterOrDigit(text.charAt(to)));
  }

  private static boolean isSame(char is, char wanted, boolean anyCase, boolean base64) {
    return is == wanted
        || (anyCase && Character.toLowerCase(is) == Character.toLowerCase(wanted))
        || (base64 && ((wanted == '+' && is == '-') || (wanted == '/' && is == '_')));
  }

  /** The character that is written at a place, and by 16 bits higher how long it is written. */
  private static long unit(String text, int at) {
    char c = text.charAt(at);
    return switch (c) {
      case '\\' -> ofJson(text, at);
      case '%' -> ofHex(text, at + 1, 2, at, 3);
      case '&' -> ofHtml(text, at);
      default -> unit(c, 1);
    };
  }

  private static long unit(int c, int length) {
    return ((long) length << 16) | (c & 0xffff);
  }

  private static long ofJson(String text, int at) {
    int end = at;
    while (end < text.length() && text.charAt(end) == '\\' && end - at < MOST_BACKSLASHES) {
      end++;
    }
    if (end == text.length()) {
      return unit('\\', end - at);
    }
    char c = text.charAt(end);
    if (c == 'u') {
      long hex = ofHex(text, end + 1, 4, at, end - at + 5);
      if ((char) hex != '\\' || (hex >> 16) > 1) {
        return hex;
      }
    }
    return unit(c, end - at + 1);
  }

  private static long ofHex(String text, int from, int digits, int start, int length) {
    int value = 0;
    for (int i = from; i < from + digits; i++) {
      int digit = i < text.length() ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0) {
        return unit(text.charAt(start), 1);
      }
      value = value << 4 | digit;
    }
    return unit(value, length);
  }

  private static long ofHtml(String text, int at) {
    int end = at + 1;
    while (end < text.length() && end - at <= MOST_ENTITY && text.charAt(end) != ';') {
      end++;
    }
    if (end >= text.length() || end - at > MOST_ENTITY || at + 2 >= text.length()) {
      return unit('&', 1);
    }
    String name = text.substring(at + 1, end);
    int length = end - at + 1;
    try {
      if (name.startsWith("#x") || name.startsWith("#X")) {
        return unit(Integer.parseInt(name.substring(2), 16), length);
      }
      if (name.startsWith("#")) {
        return unit(Integer.parseInt(name.substring(1)), length);
      }
    } catch (NumberFormatException e) {
      return unit('&', 1);
    }
    return switch (name) {
      case "amp" -> unit('&', length);
      case "lt" -> unit('<', length);
      case "gt" -> unit('>', length);
      case "quot" -> unit('"', length);
      case "apos" -> unit('\'', length);
      default -> unit('&', 1);
    };
  }
}
