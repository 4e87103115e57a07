package io.sluice.pipeline.words;

import io.sluice.internal.text.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two texts beside each other on a terminal of 80 columns, wrapped between words, each cut to some
 * lines. Texts are others': control characters are made visible before they are counted, and wide
 * characters count as two.
 */
public final class SideBySide {
  /** What a terminal has at least. */
  public static final int COLUMNS = 80;

  private static final int MOST_LINES = 8;
  private static final int MOST_CHARS = 4_000;

  /** The variation selector that makes a sign a picture. */
  private static final char PICTURE = '\uFE0F';

  /** Unicode's East Asian Wide and Fullwidth: the first and the last of each range, in order. */
  private static final int[] WIDE = {
    0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3,
    0x25FD, 0x25FE, 0x2614, 0x2615, 0x2630, 0x2637, 0x2648, 0x2653, 0x267F, 0x267F, 0x268A, 0x268F,
    0x2693, 0x2693, 0x26A1, 0x26A1, 0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26CE,
    0x26D4, 0x26D4, 0x26EA, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD, 0x26FD,
    0x2705, 0x2705, 0x270A, 0x270B, 0x2728, 0x2728, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755,
    0x2757, 0x2757, 0x2795, 0x2797, 0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50,
    0x2B55, 0x2B55, 0x2E80, 0x303E, 0x3041, 0xA4CF, 0xA960, 0xA97C, 0xAC00, 0xD7A3, 0xF900, 0xFAFF,
    0xFE10, 0xFE19, 0xFE30, 0xFE6F, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6, 0x16FE0, 0x18D08, 0x1AFF0,
    0x1B2FB, 0x1D300, 0x1D376, 0x1F004, 0x1F004, 0x1F0CF, 0x1F0CF, 0x1F18E, 0x1F18E, 0x1F191,
    0x1F19A, 0x1F200, 0x1F265, 0x1F300, 0x1FAFF, 0x20000, 0x3FFFD
  };

  private static final String INDENT = "  ";
  private static final String BETWEEN = " │ ";
  private static final int WIDTH = (COLUMNS - INDENT.length() - BETWEEN.length()) / 2;

  private SideBySide() {}

  /** Lines with line ends. */
  public static String of(String left, String right) {
    List<String> lefts = wrap(left, WIDTH);
    List<String> rights = wrap(right, WIDTH);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.max(1, Math.max(lefts.size(), rights.size())); i++) {
      String one = i < lefts.size() ? lefts.get(i) : "";
      String line =
          INDENT
              + one
              + " ".repeat(Math.max(0, WIDTH - width(one)))
              + BETWEEN
              + (i < rights.size() ? rights.get(i) : "");
      out.append(line.stripTrailing()).append('\n');
    }
    return out.toString();
  }

  /** One text over the whole width, with line ends. */
  public static String alone(String text) {
    StringBuilder out = new StringBuilder();
    wrap(text, COLUMNS - INDENT.length())
        .forEach(line -> out.append(INDENT).append(line).append('\n'));
    return out.toString();
  }

  /** A line with something at its left and its right end. */
  public static String ends(String left, String right) {
    String end = Visible.line(right);
    String begin = cut(Visible.line(left), Math.max(10, COLUMNS - width(end) - 2));
    return begin + " ".repeat(Math.max(2, COLUMNS - width(begin) - width(end))) + end + "\n";
  }

  private static String cut(String text, int width) {
    if (width(text) <= width) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    int used = 1;
    for (int at = 0; at < text.length(); ) {
      int code = text.codePointAt(at);
      used += width(text, at);
      if (used > width) {
        break;
      }
      out.appendCodePoint(code);
      at += Character.charCount(code);
    }
    return out + "…";
  }

  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    String shown = Visible.text(Text.cut(text, MOST_CHARS));
    for (String line : shown.replace('\t', ' ').split("\n", -1)) {
      wrapLine(line.strip(), width, lines);
      if (lines.size() > MOST_LINES) {
        break;
      }
    }
    boolean isCut = lines.size() > MOST_LINES || text.length() > MOST_CHARS;
    List<String> kept = new ArrayList<>(lines.subList(0, Math.min(lines.size(), MOST_LINES)));
    if (isCut) {
      kept.add("…");
    }
    return kept;
  }

  private static void wrapLine(String line, int width, List<String> to) {
    int from = 0;
    int used = 0;
    int space = -1;
    for (int at = 0; at < line.length(); ) {
      int code = line.codePointAt(at);
      if (used + width(line, at) > width) {
        int end = space > from ? space : at;
        to.add(line.substring(from, end));
        if (to.size() > MOST_LINES) {
          return;
        }
        from = space > from ? space + 1 : at;
        at = from;
        used = 0;
        space = -1;
        continue;
      }
      if (code == ' ') {
        space = at;
      }
      used += width(line, at);
      at += Character.charCount(code);
    }
    to.add(line.substring(from));
  }

  /** How many cells of a terminal a text takes. */
  static int width(String text) {
    int width = 0;
    for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
      width += width(text, at);
    }
    return width;
  }

  /** Of the character there; a sign that is to be a picture (❤ as in ❤️) is as wide as one. */
  private static int width(String text, int at) {
    int code = text.codePointAt(at);
    int type = Character.getType(code);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    int next = at + Character.charCount(code);
    return isWide(code) || (next < text.length() && text.charAt(next) == PICTURE) ? 2 : 1;
  }

  private static boolean isWide(int code) {
    int at = Arrays.binarySearch(WIDE, code);
    // Between two places it is behind one of them: within a range where that is a first one.
    int before = -at - 2;
    return at >= 0 || (before >= 0 && before % 2 == 0);
  }
}
