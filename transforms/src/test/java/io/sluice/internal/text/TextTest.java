package io.sluice.internal.text;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.sameInstance;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
  private static final String FAMILY = "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67";
  private static final String FLAG = "\uD83C\uDDE9\uD83C\uDDEA";

  @Test
  void halvesOfPairs_areReplaced_andPairsAreNot() {
    assertThat(Text.whole("a\uD83Db"), is("a\uFFFDb"));
    assertThat(Text.whole("a\uDE00"), is("a\uFFFD"));
    assertThat(Text.whole("\uDE00\uD83D\uDE00\uD83D"), is("\uFFFD\uD83D\uDE00\uFFFD"));
    assertThat(Text.whole("\uD83D\uD83D\uDE00"), is("\uFFFD\uD83D\uDE00"));
    String right = "héllo " + FAMILY;
    assertThat(Text.whole(right), is(sameInstance(right)));
    assertThat(Text.isReplaced(Text.whole("\uD83D")), is(true));
    assertThat(Text.isReplaced(right), is(false));
    assertThat(Text.isReplaced(null), is(false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D\uDE00", FAMILY, FLAG, "e\u0301", "\r\n", "\u0915\u093F"})
  void whatIsSeenAsOne_isNotCut(String one) {
    for (int before : new int[] {1, 5, 499, 4_000}) {
      String text = "m".repeat(before) + one + " and more";
      for (int most = before; most < before + one.length(); most++) {
        assertThat(before + "/" + most, Text.cut(text, most), is("m".repeat(before)));
      }
      assertThat(Text.cut(text, before + one.length()), is("m".repeat(before) + one));
    }
  }

  @Test
  void oneThatIsLongerThanAllTheRoom_isCutBetweenItsCharacters() {
    String tower = "a" + "\u0301".repeat(500);
    assertThat(Text.cut(tower, 100).length(), is(100));
    assertThat(Text.cut(FAMILY, 1), is(""));
    assertThat(Text.cut(FAMILY, 4), is("\uD83D\uDC68\u200D"));
    assertThat(Text.cut("abc", 0), is(""));
  }

  @Test
  void whatIsLeftOut_isSaid() {
    assertThat(Text.shown("abc", 3), is("abc"));
    assertThat(Text.shown("abcd", 3), is("abc…"));
    assertThat(Text.shown("ab\uD83D", 3), is("ab\uFFFD"));
  }

  @Test
  void anyText_canBeWrittenAsUtf8_afterIt() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder any = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        any.append(
            (char) (random.nextBoolean() ? 0xD7F0 + random.nextInt(0x820) : random.nextInt(300)));
      }
      int most = random.nextInt(45);
      String cut = Text.cut(any.toString(), most);
      assertThat(cut.length(), is(lessThanOrEqualTo(most)));
      assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(cut), is(true));
      assertThat(Text.whole(any.toString()).startsWith(cut), is(true));
    }
  }
}
