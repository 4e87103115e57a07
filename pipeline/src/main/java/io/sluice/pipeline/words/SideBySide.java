package io.sluice.pipeline.words;

import io.sluice.internal.text.Text;
import java.util.ArrayList;
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
      used += width(code);
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
      if (used + width(code) > width) {
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
      used += width(code);
      at += Character.charCount(code);
    }
    to.add(line.substring(from));
  }

  /** How many cells of a terminal a text takes. */
  static int width(String text) {
    return text.codePoints().map(SideBySide::width).sum();
  }

  private static int width(int code) {
    int type = Character.getType(code);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    return isWide(code) ? 2 : 1;
  }

  /** Unicode's East Asian Wide and Fullwidth, in blocks. */
  private static boolean isWide(int code) {
    return code >= 0x1100
        && (code <= 0x115F
            || (code >= 0x2E80 && code <= 0xA4CF && code != 0x303F)
            || (code >= 0xAC00 && code <= 0xD7A3)
            || (code >= 0xF900 && code <= 0xFAFF)
            || (code >= 0xFE30 && code <= 0xFE6F)
            || (code >= 0xFF00 && code <= 0xFF60)
            || (code >= 0xFFE0 && code <= 0xFFE6)
            || (code >= 0x1F300 && code <= 0x1FAFF)
            || (code >= 0x20000 && code <= 0x3FFFD));
  }
}
