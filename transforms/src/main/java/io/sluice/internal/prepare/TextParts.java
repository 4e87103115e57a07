package io.sluice.internal.prepare;

import io.sluice.spi.TokenCounter;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a text into parts of so many tokens, each of which begins with the end of the one before.
 * The same text and numbers give the same parts, on every machine.
 *
 * <p>The text is taken apart at paragraphs (an empty line), lines and sentences; what is longer
 * than an eighth of a part, or half the overlap, once more between words, and what has none between
 * characters as readers see them. Tokens are counted of these pieces, and a part takes as many as
 * it holds. It ends at the best end among its last two fifths: of a paragraph, else of a sentence,
 * else of a line, else of a word. The next begins as many pieces earlier as the overlap holds, with
 * a sentence where one begins there.
 */
final class TextParts {
  /** A document of more is a mistake, and would fill the memory. */
  static final int MOST = 10_000;

  private static final int CHARACTER = 0;
  private static final int WORD = 1;
  private static final int LINE = 2;
  private static final int SENTENCE = 3;
  private static final int PARAGRAPH = 4;

  /** The share of a part before which it does not end. */
  private static final double LEAST_FULL = 0.6;

  private static final int PIECES = 8;
  private static final int LOOK_BACK = 64;
  private static final Pattern EMPTY_LINES = Pattern.compile("\\n[ \\t\\r]*\\n\\s*");
  private static final Pattern GRAPHEME = Pattern.compile("\\X");

  /**
   * A part of a text.
   *
   * @param from its first character (UTF-16)
   * @param to that after its last
   */
  record Range(int from, int to) {}

  private final String text;
  private final TokenCounter counter;
  private final long room;
  private final long overlap;

  /** The ends of pieces, what each is the end of, and the tokens before it. */
  private final List<Integer> ends = new ArrayList<>();

  private final List<Integer> kinds = new ArrayList<>();
  private final List<Long> tokens = new ArrayList<>();
  private long sum;

  private TextParts(String text, TokenCounter counter, long room, long overlap) {
    this.text = text;
    this.counter = counter;
    this.room = room;
    this.overlap = overlap;
  }

  /**
   * The parts of a text, at least one; those of white space alone are left out.
   *
   * @param room tokens of a part at most, 1 or more; about, where a text's tokens are more than the
   *     sum of its pieces'
   * @param overlap tokens, half the room at most
   */
  static List<Range> of(String text, TokenCounter counter, long room, long overlap) {
    TextParts parts = new TextParts(text, counter, room, overlap);
    parts.takeApart();
    return parts.together();
  }

  // ---- pieces ---------------------------------------------------------------------------------

  private void takeApart() {
    BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
    int from = 0;
    Matcher empty = EMPTY_LINES.matcher(text);
    while (from < text.length()) {
      boolean found = empty.find();
      int to = found ? empty.end() : text.length();
      String paragraph = text.substring(from, to);
      sentences.setText(paragraph);
      int start = sentences.first();
      for (int end = sentences.next(); end != BreakIterator.DONE; end = sentences.next()) {
        lines(from + start, from + end, from + end == to ? PARAGRAPH : SENTENCE);
        start = end;
      }
      from = to;
    }
  }

  /**
   * Not by indexOf, which would look through the rest of a text without lines for each sentence.
   */
  private void lines(int from, int to, int kind) {
    int start = from;
    for (int at = from; at < to - 1; at++) {
      if (text.charAt(at) == '\n') {
        words(start, at + 1, LINE);
        start = at + 1;
      }
    }
    words(start, to, kind);
  }

  private void words(int from, int to, int kind) {
    long count = count(from, to);
    long most = Math.max(1, Math.min(room / PIECES, overlap > 0 ? overlap / 2 : room));
    if (count <= most) {
      add(from, to, kind, count);
      return;
    }
    // So many characters that a piece has about as many tokens.
    int length = (int) Math.max(1, (to - from) * most / count);
    BreakIterator words = BreakIterator.getWordInstance(Locale.ROOT);
    words.setText(text.substring(from, to));
    int start = from;
    int last = from;
    for (int end = words.next(); end != BreakIterator.DONE; end = words.next()) {
      int word = from + end;
      if (word < to && !isBetweenCharacters(word)) {
        continue;
      }
      if (word - start > length && last > start) {
        add(start, last, WORD);
        start = last;
      }
      while (word - start > 2 * length) {
        int cut = between(start, start + length);
        if (cut >= word) {
          break;
        }
        add(start, cut, CHARACTER);
        start = cut;
      }
      last = word;
    }
    add(start, to, kind);
  }

  private void add(int from, int to, int kind) {
    add(from, to, kind, count(from, to));
  }

  /** A space belongs to the word behind it. */
  private long count(int from, int to) {
    boolean isSpace = to - from > 1 && text.charAt(to - 1) == ' ' && text.charAt(to - 2) > ' ';
    return counter.count(text.substring(from, isSpace ? to - 1 : to));
  }

  private void add(int from, int to, int kind, long count) {
    if (to > from) {
      sum += count;
      ends.add(to);
      kinds.add(kind);
      tokens.add(sum);
    }
  }

  // ---- characters -----------------------------------------------------------------------------

  private boolean isBetweenCharacters(int at) {
    return isPlain(at) || between(Math.max(0, at - LOOK_BACK), at) == at;
  }

  /** The last end of a character, as readers see it, up to a place; the first after the start. */
  private int between(int start, int at) {
    int from = at;
    // A place where one begins in any case.
    while (from > start && !isPlain(from)) {
      from--;
    }
    Matcher characters = GRAPHEME.matcher(text).region(from, text.length());
    int end = from;
    while (end < at && characters.find()) {
      if (characters.end() > at) {
        return end > start ? end : characters.end();
      }
      end = characters.end();
    }
    return end;
  }

  private boolean isPlain(int at) {
    return at == 0
        || at == text.length()
        || (isPlain(text.charAt(at - 1)) && isPlain(text.charAt(at)) && text.charAt(at) != '\n');
  }

  /** Latin, kana and ideographs, which nothing joins to each other. */
  private static boolean isPlain(char c) {
    return c < 0x300
        || (c >= 0x3041 && c <= 0x3096)
        || (c >= 0x30A1 && c <= 0x30FA)
        || (c >= 0x4E00 && c <= 0x9FFF);
  }

  // ---- parts ----------------------------------------------------------------------------------

  private int start(int piece) {
    return piece == 0 ? 0 : ends.get(piece - 1);
  }

  private long before(int piece) {
    return piece == 0 ? 0 : tokens.get(piece - 1);
  }

  private List<Range> together() {
    List<Range> parts = new ArrayList<>();
    int first = 0;
    while (first < ends.size() && parts.size() <= MOST) {
      int end = end(first);
      Range range = new Range(start(first), start(end));
      if (!text.substring(range.from, range.to).isBlank()) {
        parts.add(range);
      }
      if (end == ends.size()) {
        break;
      }
      first = next(first, end);
    }
    return parts.isEmpty() ? List.of(new Range(0, text.length())) : parts;
  }

  /** The piece before which a part ends that begins with one. */
  private int end(int first) {
    int full = first;
    while (full < ends.size() && before(full + 1) - before(first) <= room) {
      full++;
    }
    if (full == ends.size()) {
      return full;
    }
    full = Math.max(full, first + 1);
    int best = full;
    for (int end = full; end > first && before(end) - before(first) >= LEAST_FULL * room; end--) {
      best = kinds.get(end - 1) > kinds.get(best - 1) ? end : best;
    }
    return best;
  }

  /** The piece that the next part begins with. */
  private int next(int first, int end) {
    int next = end;
    while (next - 1 > first && before(end) - before(next - 1) <= overlap) {
      next--;
    }
    for (int start = next; start < end; start++) {
      if (kinds.get(start - 1) >= SENTENCE) {
        return start;
      }
    }
    return next;
  }
}
