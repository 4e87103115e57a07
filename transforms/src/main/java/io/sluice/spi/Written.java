package io.sluice.spi;

import java.util.Map;

/**
 * A piece of a text, of which one layer of escapes after another is taken off: of JSON and the
 * languages that have backslashes, of URLs, HTML, CSS and quoted-printable. It is for searching
 * alone: what may be an escape is read as one, and each character knows where in the text it stands
 * written. Each layer takes time linear to the piece. Not thread-safe.
 */
final class Written {
  /** What shows nothing: of a line's end within a word nothing else is left. */
  static final char NOTHING = '\u200b';

  private static final int LONGEST_NAME = 16;

  private static final Map<String, Character> ENTITIES =
      Map.ofEntries(
          Map.entry("amp", '&'),
          Map.entry("lt", '<'),
          Map.entry("gt", '>'),
          Map.entry("quot", '"'),
          Map.entry("AMP", '&'),
          Map.entry("LT", '<'),
          Map.entry("GT", '>'),
          Map.entry("QUOT", '"'),
          Map.entry("apos", '\''),
          Map.entry("Tab", '\t'),
          Map.entry("NewLine", '\n'),
          Map.entry("excl", '!'),
          Map.entry("num", '#'),
          Map.entry("dollar", '$'),
          Map.entry("percnt", '%'),
          Map.entry("lpar", '('),
          Map.entry("rpar", ')'),
          Map.entry("ast", '*'),
          Map.entry("midast", '*'),
          Map.entry("plus", '+'),
          Map.entry("comma", ','),
          Map.entry("hyphen", '-'),
          Map.entry("dash", '-'),
          Map.entry("minus", '-'),
          Map.entry("period", '.'),
          Map.entry("sol", '/'),
          Map.entry("colon", ':'),
          Map.entry("semi", ';'),
          Map.entry("equals", '='),
          Map.entry("quest", '?'),
          Map.entry("commat", '@'),
          Map.entry("lsqb", '['),
          Map.entry("lbrack", '['),
          Map.entry("bsol", '\\'),
          Map.entry("rsqb", ']'),
          Map.entry("rbrack", ']'),
          Map.entry("Hat", '^'),
          Map.entry("lowbar", '_'),
          Map.entry("UnderBar", '_'),
          Map.entry("grave", '`'),
          Map.entry("DiacriticalGrave", '`'),
          Map.entry("lcub", '{'),
          Map.entry("lbrace", '{'),
          Map.entry("verbar", '|'),
          Map.entry("vert", '|'),
          Map.entry("VerticalLine", '|'),
          Map.entry("rcub", '}'),
          Map.entry("rbrace", '}'),
          Map.entry("nbsp", ' '),
          Map.entry("shy", NOTHING),
          Map.entry("zwnj", NOTHING),
          Map.entry("zwj", NOTHING),
          Map.entry("NoBreak", NOTHING),
          Map.entry("ZeroWidthSpace", NOTHING));

  private final char[] chars;
  private final int[] starts;
  private final int textEnd;
  private int length;

  /** As it is searched, and at which place each character is read. */
  private final char[] folded;

  private final int[] places;

  /** What was read last, and behind what. */
  private char read;

  private int next;

  /** Whether digits behind a backslash could be octal ones where they were read as CSS's. */
  private boolean ambiguous;

  private final int fewestOctal;

  /**
   * @param from the first character, in the text
   * @param to behind the last one
   */
  Written(String text, int from, int to) {
    this(text, from, to, 3);
  }

  /**
   * @param fewestOctal how many digits are an octal escape: of two, CSS has hexadecimal ones
   */
  Written(String text, int from, int to, int fewestOctal) {
    this.fewestOctal = fewestOctal;
    textEnd = text.length();
    length = to - from;
    chars = new char[length];
    starts = new int[length + 1];
    folded = new char[length];
    places = new int[length];
    text.getChars(from, to, chars, 0);
    for (int i = 0; i <= length; i++) {
      starts[i] = from + i;
    }
  }

  int length() {
    return length;
  }

  char at(int index) {
    return chars[index];
  }

  /** Where a character's spelling begins in the text; for the length, where the piece ends. */
  int start(int index) {
    return starts[index];
  }

  /**
   * Writes down what is searched; how many characters it is.
   *
   * @param ascii as which one each of ASCII counts, as {@code other} would say
   */
  int fold(int[] ascii, Needles.Fold other) {
    int to = 0;
    for (int at = 0; at < length; at++) {
      char c = chars[at];
      int as = c < ascii.length ? ascii[c] : other.of(c);
      if (as != Needles.LEFT_OUT) {
        folded[to] = (char) as;
        places[to++] = at;
      }
    }
    return to;
  }

  char[] folded() {
    return folded;
  }

  /** Where what is searched begins in the text. */
  int startOfFolded(int index) {
    return starts[places[index]];
  }

  int endOfFolded(int index) {
    return starts[places[index] + 1];
  }

  /** Whether the text goes on before or behind a place, though the piece does not. */
  boolean isCutAt(int index) {
    return (index == 0 && starts[0] > 0) || (index == length && starts[length] < textEnd);
  }

  /** Whether an escape that was taken off may be one of two octal digits instead. */
  boolean isAmbiguous() {
    return ambiguous;
  }

  @Override
  public String toString() {
    return new String(chars, 0, length);
  }

  /** Takes the outermost escapes off, but for those of quoted-printable; whether there were any. */
  boolean unescape() {
    int from = 0;
    while (from < length && !isEscape(chars[from])) {
      from++;
    }
    int to = from;
    for (int at = from; at < length; at = next) {
      switch (chars[at]) {
        case '\\' -> backslash(at);
        case '%' -> percent(at);
        case '&' -> entity(at);
        case '<' -> tag(at);
        default -> is(chars[at], at + 1);
      }
      keep(to++, at);
    }
    return ends(to);
  }

  private static boolean isEscape(char c) {
    return c == '\\' || c == '%' || c == '&' || c == '<';
  }

  /**
   * Takes escapes of quoted-printable off, which any text with {@code =} in it may seem to have;
   * whether there were any.
   */
  boolean unquote() {
    int from = 0;
    while (from < length && chars[from] != '=') {
      from++;
    }
    int to = from;
    for (int at = from; at < length; at = next) {
      boolean kept = true;
      is(chars[at], at + 1);
      if (chars[at] == '=') {
        int end = skip(at + 1, " \t");
        int line = chars(end) == '\r' ? end + 1 : end;
        if (chars(line) == '\n') {
          // An escape of another kind may go on behind it.
          next = line + 1;
          kept = false;
        } else if (!hex(at + 1, 2, 2) || read < ' ' || read > '~') {
          is('=', at + 1);
        }
      }
      if (kept) {
        keep(to++, at);
      }
    }
    return ends(to);
  }

  private void keep(int to, int at) {
    chars[to] = read;
    starts[to] = starts[at];
  }

  private boolean ends(int to) {
    boolean shorter = to < length;
    starts[to] = starts[length];
    length = to;
    return shorter;
  }

  private void is(int c, int behind) {
    read = (char) c;
    next = behind;
  }

  /** The character at a place; 0 behind the last one. */
  private char chars(int at) {
    return at < length ? chars[at] : 0;
  }

  private int skip(int at, String any) {
    int end = at;
    while (end < length && any.indexOf(chars[end]) >= 0) {
      end++;
    }
    return end;
  }

  /** However many there are, as JSON within JSON has them. */
  private void backslash(int at) {
    int end = skip(at, "\\");
    if (end == length) {
      is('\\', end);
      return;
    }
    char c = chars[end];
    switch (c) {
      case 'n' -> is('\n', end + 1);
      case 'r' -> is('\r', end + 1);
      case 't' -> is('\t', end + 1);
      case '\r', '\n' -> is(NOTHING, skip(end, "\r\n \t"));
      case 'x', 'u', 'U' -> {
        int from = c == 'u' ? skip(end, "u") : end + 1;
        boolean braces = chars(from) == '{';
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        if (braces && hex(from + 1, 1, 8) && chars(next) == '}') {
          next++;
        } else if (braces || !hex(from, digits, digits)) {
          is(c, end + 1);
        }
      }
      default -> {
        boolean octal = octal(end, 3) || (fewestOctal < 3 && octal(end, fewestOctal));
        if (!octal) {
          ambiguous |= octal(end, 2);
          if (!css(end)) {
            is(c, end + 1);
          }
        }
      }
    }
  }

  private boolean octal(int from, int digits) {
    int value = 0;
    for (int i = from; i < from + digits; i++) {
      char c = chars(i);
      if (c < '0' || c > '7') {
        return false;
      }
      value = value * 8 + c - '0';
    }
    is(value, from + digits);
    return value >= ' ' && value <= '~';
  }

  private boolean css(int from) {
    if (!hex(from, 2, 6) || read < ' ' || read > '~') {
      return false;
    }
    next += chars(next) == ' ' ? 1 : 0;
    return true;
  }

  private void percent(int at) {
    boolean wide = chars(at + 1) == 'u' && hex(at + 2, 4, 4);
    if (!wide && !hex(at + 1, 2, 2)) {
      is('%', at + 1);
    }
  }

  /** Whether there are digits enough; then they are read. */
  private boolean hex(int from, int least, int most) {
    long value = 0;
    int end = from;
    while (end < length && end - from < most) {
      int digit = digit(chars[end]);
      if (digit < 0) {
        break;
      }
      value = value << 4 | digit;
      end++;
    }
    if (end - from < least) {
      return false;
    }
    is((int) Math.min(value, Character.MAX_VALUE), end);
    return true;
  }

  /** Of ASCII alone: a library's would take the digits of all scripts. */
  private static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    int letter = c | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
  }

  /** With or without its semicolon, which browsers do not ask for. */
  private void entity(int at) {
    if (chars(at + 1) == '#') {
      number(at);
      return;
    }
    int end = at + 1;
    while (end < length && end - at <= LONGEST_NAME && isLetter(chars[end])) {
      end++;
    }
    boolean ended = chars(end) == ';';
    // Only the oldest may stand without one, and letters may follow.
    int most = ended ? end : Math.min(end, at + 5);
    for (int to = most; to > at + 2; to--) {
      Character named = ENTITIES.get(new String(chars, at + 1, to - at - 1));
      if (named != null && (ended || "&<>\"".indexOf(named) >= 0)) {
        is(named, to + (ended ? 1 : 0));
        return;
      }
      if (ended) {
        break;
      }
    }
    is('&', at + 1);
  }

  private static boolean isLetter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  }

  private void number(int at) {
    boolean hex = (chars(at + 2) | 0x20) == 'x';
    int from = at + (hex ? 3 : 2);
    int value = 0;
    int end = from;
    while (end < length) {
      int digit = digit(chars[end]);
      if (digit < 0 || (!hex && digit > 9)) {
        break;
      }
      value = Math.min(value * (hex ? 16 : 10) + digit, Character.MAX_VALUE);
      end++;
    }
    boolean ended = chars(end) == ';';
    // One that is cut by a line's end is not one of a control character.
    if (end == from || (!ended && value < ' ')) {
      is('&', at + 1);
    } else {
      is(value, ended ? end + 1 : end);
    }
  }

  /** Where a page lets long words be broken. */
  private void tag(int at) {
    int name = (chars(at + 1) | 0x20) == 'w' ? at + 2 : at + 1;
    int end = name + 2;
    if ((chars(name) | 0x20) == 'b' && (chars(name + 1) | 0x20) == 'r') {
      end = skip(end, " /");
      if (chars(end) == '>') {
        is(NOTHING, end + 1);
        return;
      }
    }
    is('<', at + 1);
  }
}
