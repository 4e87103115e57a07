package io.sluice.spi;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
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
