package io.sluice.spi;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Finds any of several strings, or enough of one's beginning, in one pass (Aho and Corasick, 1975):
 * in time linear to the text, whatever it is, and to the strings' sum. Thread-safe.
 */
final class Needles {
  /** What is looked for passes over such a character. */
  static final int LEFT_OUT = -1;

  /** As which character one counts; {@link #LEFT_OUT} for as none. */
  interface Fold {
    int of(char c);
  }

  private static final int ASCII = 128;
  private static final int BLOCKS = 1 << 13;

  private final int[] ascii = new int[ASCII];
  private final Fold fold;
  private final int[] root = new int[ASCII];
  private final char[] letter;
  private final int[] child;
  private final int[] sibling;
  private final int[] back;
  private final int[] depth;

  /** By state, the longest that ends there and is enough; 0 for none. */
  private final int[] enough;

  /** The fewest characters that are enough. */
  private final int shortest;

  /**
   * By the last three of as many characters as {@link #shortest}, how many places on the next one
   * may begin (Wu and Manber, 1994): most of a text is passed over.
   */
  private final byte[] shifts = new byte[BLOCKS];

  private int states = 1;

  /**
   * @param needles what is looked for, folded, with how many characters of it are enough
   */
  Needles(List<Needle> needles, Fold fold) {
    this.fold = fold;
    for (int c = 0; c < ASCII; c++) {
      ascii[c] = fold.of((char) c);
    }
    int most = 1;
    int fewest = Byte.MAX_VALUE;
    for (Needle needle : needles) {
      most += needle.text().length();
      fewest = Math.min(fewest, needle.least());
    }
    shortest = fewest;
    letter = new char[most];
    child = new int[most];
    sibling = new int[most];
    back = new int[most];
    depth = new int[most];
    enough = new int[most];
    Arrays.fill(shifts, (byte) (shortest - 2));
    for (Needle needle : needles) {
      add(needle);
      shift(needle.text());
    }
    for (int state = child[0]; state != 0; state = sibling[state]) {
      if (letter[state] < ASCII) {
        root[letter[state]] = state;
      }
    }
    link();
  }

  /**
   * @param text at least three characters
   * @param least so many of its first characters, three at least, count as the whole
   */
  record Needle(String text, int least) {}

  private void add(Needle needle) {
    int state = 0;
    for (int i = 0; i < needle.text().length(); i++) {
      char c = needle.text().charAt(i);
      int following = among(state, c);
      if (following == 0) {
        following = states++;
        letter[following] = c;
        depth[following] = i + 1;
        sibling[following] = child[state];
        child[state] = following;
      }
      state = following;
      if (i + 1 >= needle.least()) {
        enough[state] = state;
      }
    }
  }

  private void shift(String needle) {
    for (int i = 0; i + 3 <= shortest; i++) {
      int block = hash(needle.charAt(i), needle.charAt(i + 1), needle.charAt(i + 2));
      shifts[block] = (byte) Math.min(shifts[block], shortest - 3 - i);
    }
  }

  private int among(int state, int c) {
    int following = child[state];
    while (following != 0 && letter[following] != c) {
      following = sibling[following];
    }
    return following;
  }

  private void link() {
    Deque<Integer> open = new ArrayDeque<>();
    open.add(0);
    while (!open.isEmpty()) {
      int state = open.remove();
      for (int each = child[state]; each != 0; each = sibling[each]) {
        back[each] = state == 0 ? 0 : step(back[state], letter[each]);
        if (enough[each] == 0) {
          enough[each] = enough[back[each]];
        }
        open.add(each);
      }
    }
  }

  private int step(int from, int c) {
    for (int state = from; state != 0; state = back[state]) {
      int following = among(state, c);
      if (following != 0) {
        return following;
      }
    }
    return c < ASCII ? root[c] : among(0, c);
  }

  void find(Written text, Found found) {
    int length = text.fold(ascii, fold);
    char[] folded = text.folded();
    int at = 0;
    while (at <= length - shortest) {
      int last = at + shortest - 1;
      int shift = shifts[hash(folded[last - 2], folded[last - 1], folded[last])];
      at = shift > 0 ? at + shift : follow(text, at, length, found);
    }
  }

  /** From what may be one's beginning to where none is any more. */
  private int follow(Written text, int from, int length, Found found) {
    char[] folded = text.folded();
    int at = from;
    int state = 0;
    do {
      state = step(state, folded[at]);
      int whole = enough[state];
      if (whole != 0) {
        found.add(text.startOfFolded(at - depth[whole] + 1), text.endOfFolded(at));
      }
      at++;
    } while (state != 0 && at < length);
    return at;
  }

  private static int hash(int a, int b, int c) {
    return ((a * 31 + b) * 31 + c) & (BLOCKS - 1);
  }

  /** Places that do not overlap, in their order. */
  static final class Found {
    private int[] ends = new int[16];
    private int length;

    /** From a place of the text to behind another. */
    void add(int from, int to) {
      int start = from;
      // What overlaps the last is one with it: they come in the order of their ends.
      while (length > 0 && start < ends[length - 1] && to > ends[length - 2]) {
        start = Math.min(start, ends[length - 2]);
        length -= 2;
      }
      if (length == ends.length) {
        ends = Arrays.copyOf(ends, length * 2);
      }
      ends[length++] = start;
      ends[length++] = Math.max(to, start);
    }

    List<int[]> places() {
      List<int[]> sorted = new ArrayList<>();
      for (int i = 0; i < length; i += 2) {
        sorted.add(new int[] {ends[i], ends[i + 1]});
      }
      sorted.sort((a, b) -> Integer.compare(a[0], b[0]));
      List<int[]> places = new ArrayList<>();
      for (int[] each : sorted) {
        int[] last = places.isEmpty() ? null : places.get(places.size() - 1);
        if (last != null && each[0] < last[1]) {
          last[1] = Math.max(last[1], each[1]);
        } else {
          places.add(each);
        }
      }
      return places;
    }
  }
}
