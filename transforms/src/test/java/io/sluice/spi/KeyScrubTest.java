package io.sluice.spi;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyScrubTest {
  private static final String KEY = "sk-pr/oj_A+b\"9<0&1>2'3=4567890abcdef";
  private static final ApiKey API_KEY = ApiKey.of(KEY);

  private static String escapes(int backslashes) {
    return KEY.chars()
        .mapToObj(c -> "\\".repeat(backslashes) + String.format(Locale.ROOT, "u%04X", c))
        .collect(Collectors.joining());
  }

  private static void gone(String written) {
    assertThat(API_KEY.scrub("before " + written + " after"), is("before *** after"));
  }

  @Test
  void asItIs() {
    gone(KEY);
  }

  @Test
  void inCapitals_andInHexadecimalDigits() {
    gone(KEY.toUpperCase(Locale.ROOT));
    String digits = HexFormat.of().formatHex(KEY.getBytes(StandardCharsets.UTF_8));
    gone(digits);
    gone(digits.toUpperCase(Locale.ROOT));
    gone(digits.substring(0, digits.length() - 6));
    // A short one is a word, and is found as it is.
    assertThat(ApiKey.of("test").scrub("Test, 74657374, test"), is("Test, 74657374, ***"));
  }

  @Test
  void inJson() {
    gone(KEY.replace("\"", "\\\""));
    gone(KEY.replace("/", "\\/").replace("\"", "\\\""));
    gone(escapes(1));
    gone(KEY.replace("_", "\\u005f").replace("\"", "\\u0022"));
  }

  @Test
  void inJsonWithinJson() {
    gone(KEY.replace("/", "\\\\/").replace("\"", "\\\\\\\""));
    gone(escapes(2));
    gone(escapes(4));
  }

  @Test
  void inAUrl() {
    gone(URLEncoder.encode(KEY, StandardCharsets.UTF_8));
    gone(
        KEY.chars()
            .mapToObj(c -> String.format(Locale.ROOT, "%%%02x", c))
            .collect(Collectors.joining()));
  }

  @Test
  void inHtml() {
    gone(
        KEY.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\"", "&quot;"));
    gone(KEY.chars().mapToObj(c -> "&#" + c + ";").collect(Collectors.joining()));
    gone(
        KEY.chars()
            .mapToObj(c -> "&#x" + Integer.toHexString(c) + ";")
            .collect(Collectors.joining()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "u:", "me:", "user:", "Bearer "})
  void inBase64(String before) {
    byte[] bytes = (before + KEY).getBytes(StandardCharsets.UTF_8);
    for (Base64.Encoder encoder :
        new Base64.Encoder[] {Base64.getEncoder(), Base64.getUrlEncoder()}) {
      String encoded = encoder.encodeToString(bytes);
      for (String text : new String[] {encoded, encoded.replace("/", "\\/")}) {
        String scrubbed = API_KEY.scrub("Basic " + text);
        assertThat(scrubbed, containsString("***"));
        String left = scrubbed.replace("Basic ", "").replace("***", "");
        assertThat(left.length() < 4 + before.length() * 2 + 4, is(true));
      }
    }
  }

  /** A key as keys are, and ways in which software between writes it. */
  private static final String PLAIN = "sk-secret-a_b.c/def0123456789";

  private static String each(String format) {
    return PLAIN
        .chars()
        .mapToObj(c -> String.format(Locale.ROOT, format, c))
        .collect(Collectors.joining());
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getMimeEncoder(20, "\n".getBytes(StandardCharsets.UTF_8)).encodeToString(bytes);
  }

  static Stream<String> spellings() {
    byte[] bytes = PLAIN.getBytes(StandardCharsets.UTF_8);
    byte[] named = ("user:" + PLAIN).getBytes(StandardCharsets.UTF_8);
    String punctuated = PLAIN.replace("-", "&hyphen;").replace("_", "&lowbar;");
    String quoted = PLAIN.replace("-", "=2D").replace("_", "=5f");
    return Stream.of(
        // A URL's, once and again.
        each("%%%02x"),
        each("%%25%02X"),
        each("%%2525%02X"),
        each("%%u%04x"),
        PLAIN.replace("-", "%252d"),
        // HTML's.
        punctuated.replace(".", "&period;").replace("/", "&sol;"),
        each("&#%08d;"),
        each("&#x%06X;"),
        PLAIN.replace("-", "&#45").replace("_", "&#x5f"),
        each("&amp;#%d;"),
        each("&amp;amp;#x%x;"),
        PLAIN.replace("e", "e&shy;").replace("-", "-<wbr>").replace("/", "/<br />\n"),
        // A program's.
        each("\\x%02x"),
        each("\\\\x%02X"),
        each("\\x{%x}"),
        each("\\u{%x}"),
        each("\\u{%06X}"),
        each("\\uu%04x"),
        each("\\U%08x"),
        each("\\%03o"),
        each("\\%o"),
        each("\\\\%o"),
        each("%%5c%o"),
        PLAIN.replace("-", "\\55").replace(".", "\\56").replace("_", "\\137"),
        each("\\%x "),
        each("\\%06x"),
        each("\\u0025%02x"),
        each("&#92;u%04x"),
        PLAIN.substring(0, 15) + "\\\n    " + PLAIN.substring(15),
        // Mail's, and lines that end anywhere.
        quoted,
        quoted.substring(0, 12) + "=\n" + quoted.substring(12),
        quoted.substring(0, 12) + "=\r\n" + quoted.substring(12),
        each("&#%d;").replace("15;", "=\n15;"),
        PLAIN.substring(0, 15) + "\n" + PLAIN.substring(15),
        PLAIN.substring(0, 15) + "\\r\\n" + PLAIN.substring(15),
        // Bytes.
        HexFormat.ofDelimiter(" ").formatHex(bytes),
        HexFormat.ofDelimiter(":").withUpperCase().formatHex(bytes),
        HexFormat.ofDelimiter(", ").withPrefix("0x").formatHex(bytes),
        HexFormat.of().formatHex(PLAIN.getBytes(StandardCharsets.UTF_16LE)),
        Arrays.toString(bytes),
        Arrays.toString(bytes).replace(",", ""),
        // Base64.
        base64(bytes),
        base64(named).replace("\n", "\r\n"),
        base64(named).replace("\n", "\\n"),
        base64(named).replace("\n", "\\r\\n\\t"),
        base64(named).replace("/", "%2F").replace("=", "%3D"),
        base64(base64("Bearer " + PLAIN)),
        base64(base64("me:" + PLAIN)),
        base64(PLAIN.getBytes(StandardCharsets.UTF_16LE)),
        base64(("Bearer " + PLAIN).getBytes(StandardCharsets.UTF_16BE)),
        // Letters.
        PLAIN.toUpperCase(Locale.ROOT),
        PLAIN.replace("-", "\u2011"),
        String.join("\u00ad", PLAIN.split("")),
        String.join("\u200b", PLAIN.split("")),
        String.join("\\u200b", PLAIN.split("")),
        String.join("\0", PLAIN.split("")),
        PLAIN.chars().mapToObj(c -> "" + (char) (c + 0xfee0)).collect(Collectors.joining()),
        // Cut at either end.
        PLAIN.substring(0, 20),
        PLAIN.substring(PLAIN.length() - 20));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void asItIsWrittenBetween(String written) {
    ApiKey key = ApiKey.of(PLAIN);
    String scrubbed = key.scrub("before \"" + written + "\" after");
    assertThat(scrubbed, startsWith("before \""));
    assertThat(scrubbed, endsWith("\" after"));
    assertThat(scrubbed, containsString("***"));
    // Of base64, a character of what stands before, in brackets, or the end of a cut one.
    assertThat(scrubbed.length(), lessThan("before \"***\" after".length() + 24));
  }

  /** What is like an escape in the key itself is none, and nor is it in what stands before it. */
  @Test
  void ofAKeyThatHasEscapes() {
    ApiKey key = ApiKey.of("ab=41%2d&amp;x/0123456789");
    for (String written :
        new String[] {
          "ab=41%2d&amp;x/0123456789",
          "ab=41%2d&amp;x\\/0123456789",
          "ab%3D41%252d%26amp%3Bx%2F0123456789",
          "ab=3D41%2d&amp;amp;x/0123456789"
        }) {
      assertThat(key.scrub("k=" + written + "&"), is("k=***&"));
    }
    assertThat(ApiKey.of("4f0123456789/abc").scrub("k=4f0123456789%2Fabc"), is("k=***"));
  }

  @Test
  void inATextOfMegabytes_whereverItStands() {
    ApiKey key = ApiKey.of(PLAIN);
    String spaces = " ".repeat(100_003);
    String hidden = each("&amp;#%08d;");
    StringBuilder text = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      text.append(spaces).append(hidden).append(spaces).append(PLAIN);
      expected.append(spaces).append("***").append(spaces).append("***");
    }
    assertThat(key.scrub(text.toString()).equals(expected.toString()), is(true));
  }

  @Test
  void whatIsLeftIsJson() {
    // Its first letter is one that an escape ends with.
    ApiKey key = ApiKey.of("nobody-knows-this-0123456789");
    assertThat(key.scrub("\"a\\nobody-knows-this-0123456789\""), is("\"a***\""));
    assertThat(key.scrub("\"a\\\\nobody-knows-this-0123456789\""), is("\"a\\\\***\""));
  }

  @Test
  void cutAtItsEnd() {
    assertThat(API_KEY.scrub("…is " + KEY.substring(0, 20)), is("…is ***"));
    assertThat(API_KEY.scrub("like sk-pr/oj_A..."), is("like sk-pr/oj_A..."));
  }

  @Test
  void aShortOne_isAWordByItself() {
    assertThat(ApiKey.of("k").scrub("broke: k, \"k\" kk"), is("broke: ***, \"***\" kk"));
    assertThat(ApiKey.of("EMPTY").scrub("EMPTY NONEMPTY"), is("*** NONEMPTY"));
    assertThat(ApiKey.of("EMPTY").isSecret(), is(false));
  }

  @Test
  void severalTimes_andNothingElse() {
    assertThat(API_KEY.scrub(KEY + KEY + "\\"), is("******\\"));
    assertThat(
        API_KEY.scrub("100%, a&b, \\n \\u12 s sk &#; &#x; %s"),
        is("100%, a&b, \\n \\u12 s sk &#; &#x; %s"));
  }

  @Test
  @Timeout(60)
  void textsMadeForIt_takeNoLonger() {
    String key = "a".repeat(200);
    String text = ("a".repeat(99) + "b").repeat(20_000);
    assertThat(ApiKey.of(key).scrub(text), is(text));
    String escaped = "\\".repeat(1_000_000);
    assertThat(ApiKey.of(key).scrub(escaped), is(escaped));
    String unended = "&#".repeat(1_000_000);
    assertThat(ApiKey.of(key).scrub(unended), is(unended));
    assertThat(ApiKey.of(key).scrub(unended + ";"), is(unended + ";"));
    for (String again :
        new String[] {
          "%",
          "&",
          "=",
          "\\u",
          "\\x{",
          "\\55",
          "\\\\5",
          "&#",
          "&#0",
          "&aaaaaaaaaaaaaaaa",
          "%25",
          "&amp;",
          "<br",
          "= ",
          "=\n",
          "\\\n",
          "sk-secret-abcde",
          "73 6b ",
          "115, ",
          "%2525252525252525"
        }) {
      String many = again.repeat(2_000_000 / again.length());
      assertThat(again, ApiKey.of("sk-secret-abcdef0123456789").scrub(many).equals(many));
    }
    String zeros = "&#" + "0".repeat(2_000_000) + "115;";
    assertThat(ApiKey.of(key).scrub(zeros), is(zeros));
  }

  /** Whatever surrounds it, with what it may begin. */
  @Test
  void fuzzed() {
    Random random = new Random(7);
    String alphabet = "sk-\\\"/u005%&#;x \n" + KEY;
    for (int round = 0; round < 20_000; round++) {
      StringBuilder noise = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        noise.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      // A backslash before it would be the key's first letter escaped, and is taken with it.
      assertThat(API_KEY.scrub(noise + KEY + noise), not(containsString(KEY.substring(3))));
    }
  }
}
