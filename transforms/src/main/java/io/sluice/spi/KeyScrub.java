package io.sluice.spi;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Finds a key in a text, in every way in which honest software writes one there: as it is, in
 * capitals or small letters, broken into lines, in bytes as hexadecimal or decimal numbers, within
 * base64 (which may be of UTF-16, or of base64 again), cut at either end, and each of these below
 * up to {@value #MOST_LAYERS} layers of escapes. In time linear to the text, and with memory for a
 * window of it. Thread-safe.
 */
final class KeyScrub {
  static final String SHOWN = "***";

  /** Shorter than this it is a word, and is found where it is one by itself. */
  static final int LEAST_SECRET = 12;

  /** The first characters of a key, all of its kind's, are no secret: this many and half are. */
  private static final int LEAST_PART = 16;

  private static final int LEAST_ENCODED = 10;

  /** Of escapes of escapes: a gateway's page has two, a log of it in JSON one more. */
  private static final int MOST_LAYERS = 5;

  /** Characters that are looked at together. */
  private static final int WINDOW = 1 << 18;

  /** So many at most one character of a key is written with. */
  private static final int LONGEST_SPELLING = 32;

  private final String key;
  private final int shortest;
  private final int window;
  private final List<Needles> all = new ArrayList<>();

  KeyScrub(String key) {
    this.key = key;
    boolean secret = key.length() >= LEAST_SECRET;
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    List<String> encoded = encoded(bytes);
    shortest = secret ? LEAST_SECRET : key.length();
    window = Math.max(WINDOW, overlap() * 4);
    if (secret) {
      all.add(new Needles(plain(), KeyScrub::inText));
      byte[] wide = wide(bytes);
      encoded.addAll(encoded(wide));
      for (String once : encoded(bytes)) {
        encoded.addAll(encoded(once.getBytes(StandardCharsets.US_ASCII)));
      }
      all.add(new Needles(digits(bytes, wide), KeyScrub::inDigits));
    }
    if (!encoded.isEmpty()) {
      all.add(new Needles(encoded.stream().map(KeyScrub::needle).toList(), KeyScrub::inBase64));
    }
  }

  private List<Needles.Needle> plain() {
    String folded = folded(key);
    int part = Math.max(LEAST_PART, (key.length() + 1) / 2);
    List<Needles.Needle> needles = new ArrayList<>();
    needles.add(needle(folded));
    if (part < folded.length()) {
      String end = folded.substring(folded.length() - part);
      needles.add(new Needles.Needle(end, part));
    }
    // What looks like an escape in the key itself is taken for one when those of the text are.
    Written escaped = new Written(key, 0, key.length());
    layers(
        escaped,
        layer -> {
          String read = folded(layer.toString());
          if (read.length() >= LEAST_SECRET && !read.equals(folded)) {
            needles.add(needle(read));
          }
        });
    return needles;
  }

  private static String folded(String text) {
    StringBuilder folded = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      int as = inText(text.charAt(i));
      if (as != Needles.LEFT_OUT) {
        folded.append((char) as);
      }
    }
    return folded.toString();
  }

  private static List<Needles.Needle> digits(byte[] bytes, byte[] wide) {
    StringBuilder decimal = new StringBuilder();
    for (byte each : bytes) {
      decimal.append(each & 0xff);
    }
    HexFormat hex = HexFormat.of();
    return List.of(
        needle(hex.formatHex(bytes)),
        needle(hex.withPrefix("0x").formatHex(bytes)),
        needle(hex.formatHex(wide)),
        needle(decimal.toString()));
  }

  private static Needles.Needle needle(String text) {
    int least = Math.max(LEAST_PART, (text.length() + 1) / 2);
    return new Needles.Needle(text, Math.min(least, text.length()));
  }

  /** In UTF-16, from its first byte that is not zero to its last: of either order of bytes. */
  private static byte[] wide(byte[] bytes) {
    byte[] wide = new byte[bytes.length * 2 - 1];
    for (int i = 0; i < bytes.length; i++) {
      wide[i * 2] = bytes[i];
    }
    return wide;
  }

  private static List<String> encoded(byte[] bytes) {
    List<String> needles = new ArrayList<>();
    for (int before = 0; before < 3; before++) {
      // What stands before the key shifts its bits; those that it shares with others are left out.
      byte[] shifted = new byte[before + bytes.length];
      System.arraycopy(bytes, 0, shifted, before, bytes.length);
      String encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
      int from = before == 0 ? 0 : before + 1;
      int to = shifted.length * 8 / 6;
      if (to - from >= LEAST_ENCODED) {
        needles.add(encoded.substring(from, to));
      }
    }
    return needles;
  }

  /** Capitals and small letters are the same, lines end anywhere, and so are letters of a width. */
  private static int inText(char c) {
    if (c < 0x80) {
      boolean nothing = c == '\n' || c == '\r' || c == 0;
      return nothing ? Needles.LEFT_OUT : c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    }
    if (isNothing(c)) {
      return Needles.LEFT_OUT;
    }
    if (c >= '\uff01' && c <= '\uff5e') {
      return inText((char) (c - 0xfee0));
    }
    boolean hyphen = (c >= '\u2010' && c <= '\u2015') || c == '\u2212' || c == '\ufe63';
    return hyphen ? '-' : Character.toLowerCase(c);
  }

  /** The alphabet of URLs is as good as the other. */
  private static int inBase64(char c) {
    return isSpace(c) ? Needles.LEFT_OUT : c == '-' ? '+' : c == '_' ? '/' : c;
  }

  private static int inDigits(char c) {
    boolean between = c == ':' || c == '-' || c == ',';
    return between || isSpace(c) ? Needles.LEFT_OUT : inText(c);
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 || isNothing(c);
  }

  private static boolean isNothing(char c) {
    return c == '\u00ad'
        || (c >= Written.NOTHING && c <= '\u200d')
        || c == '\u2060'
        || c == '\ufeff';
  }

  private int overlap() {
    return Math.max(WINDOW / 8, key.length() * LONGEST_SPELLING);
  }

  String scrub(String text) {
    if (text.length() < shortest) {
      return text;
    }
    Needles.Found found = new Needles.Found();
    boolean quoted = text.contains("=\n") || text.contains("=\r\n");
    int from = 0;
    int to;
    do {
      to = Math.min(text.length(), from + window);
      Written piece = new Written(text, from, to);
      if (quoted) {
        Written lines = new Written(text, from, to);
        lines.unquote();
        layers(lines, layer -> find(layer, found));
      }
      layers(piece, layer -> find(layer, found));
      if (piece.isAmbiguous()) {
        layers(new Written(text, from, to, 2), layer -> find(layer, found));
      }
      from = to - overlap();
    } while (to < text.length());
    return without(text, found.places());
  }

  private interface Layers {
    void see(Written layer);
  }

  private static void layers(Written text, Layers seen) {
    seen.see(text);
    for (int i = 0; i < MOST_LAYERS && text.unescape(); i++) {
      seen.see(text);
    }
    if (text.unquote()) {
      seen.see(text);
      for (int i = 0; i < MOST_LAYERS && text.unescape(); i++) {
        seen.see(text);
      }
    }
  }

  private void find(Written layer, Needles.Found found) {
    for (Needles needles : all) {
      needles.find(layer, found);
    }
    if (key.length() < LEAST_SECRET) {
      findWord(layer, found);
    }
  }

  private void findWord(Written layer, Needles.Found found) {
    int last = layer.length() - key.length();
    for (int from = 0; from <= last; from++) {
      int same = 0;
      while (same < key.length() && layer.at(from + same) == key.charAt(same)) {
        same++;
      }
      int to = from + key.length();
      boolean within =
          layer.isCutAt(from)
              || layer.isCutAt(to)
              || (from > 0 && Character.isLetterOrDigit(layer.at(from - 1)))
              || (to < layer.length() && Character.isLetterOrDigit(layer.at(to)));
      if (same == key.length() && !within) {
        found.add(layer.start(from), layer.start(to));
      }
    }
  }

  private static String without(String text, List<int[]> places) {
    if (places.isEmpty()) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    int kept = 0;
    for (int[] place : places) {
      int from = Math.max(kept, place[0]);
      // An escape of the key's first letter goes with it, or the text would be JSON no more.
      int slashes = 0;
      while (from - slashes > kept && text.charAt(from - slashes - 1) == '\\') {
        slashes++;
      }
      out.append(text, kept, from - slashes % 2).append(SHOWN);
      kept = Math.max(kept, place[1]);
    }
    return out.append(text, kept, text.length()).toString();
  }
}
