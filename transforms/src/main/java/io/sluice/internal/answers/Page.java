package io.sluice.internal.answers;

import io.sluice.internal.text.Text;

/** The words of a body that is no JSON: a page of something in front, as a rule. */
final class Page {
  /** Looked at; pages have their words at the beginning. */
  private static final int LOOKED_AT = 20_000;

  private Page() {}

  /** Without tags, scripts and styles, in one line. */
  static String text(String body) {
    String page = Text.cut(body, LOOKED_AT);
    StringBuilder words = new StringBuilder();
    int at = 0;
    boolean space = false;
    while (at < page.length()) {
      char c = page.charAt(at);
      if (c == '<' && isTag(page, at)) {
        at = behindTag(page, at);
        space = true;
      } else {
        if (Character.isWhitespace(c)) {
          space = true;
        } else {
          words.append(space && words.length() > 0 ? " " : "").append(c);
          space = false;
        }
        at++;
      }
    }
    return words.toString();
  }

  private static boolean isTag(String page, int at) {
    char next = at + 1 < page.length() ? page.charAt(at + 1) : ' ';
    return Character.isLetter(next) || next == '/' || next == '!' || next == '?';
  }

  /** Behind a tag and, of a script or style, behind all of it; each place is looked at once. */
  private static int behindTag(String page, int at) {
    for (String silent : new String[] {"script", "style"}) {
      if (page.regionMatches(true, at + 1, silent, 0, silent.length())) {
        int end = page.indexOf("</", at + 1);
        while (end >= 0 && !page.regionMatches(true, end + 2, silent, 0, silent.length())) {
          end = page.indexOf("</", end + 2);
        }
        if (end < 0) {
          return page.length();
        }
        at = end;
      }
    }
    int end = page.indexOf('>', at);
    return end < 0 ? page.length() : end + 1;
  }
}
