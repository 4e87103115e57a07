package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.internal.prepare.TextParts.Range;
import io.sluice.spi.TokenCounter;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where texts are split. */
class TextPartsTest {
  private static final TokenCounter TOKENS = EncodedTokens.ofModel("gpt-4o");
  private static final String FAMILY = "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67";

  private static List<String> texts(String text, long room, long overlap) {
    return TextParts.of(text, TOKENS, room, overlap).stream()
        .map(range -> text.substring(range.from(), range.to()))
        .toList();
  }

  private static String sentences(int from, int to) {
    StringBuilder out = new StringBuilder();
    for (int i = from; i < to; i++) {
      out.append("This is sentence number ").append(i).append(". ");
    }
    return out.toString();
  }

  @Test
  void aTextThatFits_isItsOnlyPart() {
    assertThat(TextParts.of("a short text", TOKENS, 100, 10), is(List.of(new Range(0, 12))));
  }

  @Test
  void partsEndWithParagraphs_elseWithSentences() {
    String text = sentences(0, 8) + "\n\n" + sentences(8, 40);
    List<String> parts = texts(text, 72, 0);
    assertThat(parts.get(0), is(sentences(0, 8) + "\n\n"));
    for (String part : parts) {
      assertThat(part.strip(), endsWith("."));
    }
    assertThat(String.join("", parts), is(text));
  }

  @Test
  void aPartBeginsWithTheLastSentencesOfTheOneBefore() {
    String text = sentences(0, 60);
    List<Range> parts = TextParts.of(text, TOKENS, 100, 20);
    for (int i = 1; i < parts.size(); i++) {
      String shared = text.substring(parts.get(i).from(), parts.get(i - 1).to());
      assertThat(shared.startsWith("This is"), is(true));
      assertThat(TOKENS.count(shared), lessThanOrEqualTo(20L));
      assertThat(TOKENS.count(shared), greaterThan(4L));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void anyText_isCoveredByPartsThatFit_andNoCharacterIsTornApart(long seed) {
    Random random = new Random(seed);
    String[] words = {
      "word",
      " ",
      " ",
      "\n",
      "\n\n",
      ". ",
      "\u00e9",
      "e\u0301",
      FAMILY,
      "\uD83C\uDDE9\uD83C\uDDEA ",
      "\u6771\u4eac\u3002",
      "\u0e01\u0e33\u0e25",
      "\r\n",
      "x".repeat(50),
      "\uD83D\uDE00",
      "\u0915\u094D\u0937\u093F"
    };
    StringBuilder made = new StringBuilder();
    int from = random.nextInt(words.length);
    int kinds = 1 + random.nextInt(words.length);
    while (made.length() < 4_000) {
      made.append(words[(from + random.nextInt(kinds)) % words.length]);
    }
    String text = made + "end";
    long room = 30 + random.nextInt(200);
    long overlap = random.nextInt((int) room / 2);
    List<Range> parts = TextParts.of(text, TOKENS, room, overlap);
    boolean[] covered = new boolean[text.length()];
    int before = 0;
    for (Range part : parts) {
      assertThat(part.to(), greaterThan(before));
      before = part.to();
      for (int i = part.from(); i < part.to(); i++) {
        covered[i] = true;
      }
      assertThat(
          TOKENS.count(text.substring(part.from(), part.to())),
          lessThanOrEqualTo(room + room / 10));
    }
    for (int i = 0; i < covered.length; i++) {
      assertThat(covered[i] || Character.isWhitespace(text.charAt(i)), is(true));
    }
    boolean[] ends = new boolean[text.length() + 1];
    Matcher characters = Pattern.compile("\\X").matcher(text);
    ends[0] = true;
    while (characters.find()) {
      ends[characters.end()] = true;
    }
    for (Range part : parts) {
      assertThat("seed " + seed + " at " + part.from(), ends[part.from()], is(true));
      assertThat("seed " + seed + " at " + part.to(), ends[part.to()], is(true));
    }
  }

  /** If it were looked through again for each of its sentences, this would take an hour. */
  @Test
  void eightMegabytesInOneLine_areLookedThroughOnce() {
    String line = sentences(0, 270_000);
    List<Range> parts = TextParts.of(line, TOKENS, 100_000, 0);
    assertThat(parts.size(), greaterThan(20));
    assertThat(parts.get(parts.size() - 1).to(), is(line.length()));
  }

  @Test
  void aBook_isSplitTheSameEveryTime() {
    String book = sentences(0, 60_000);
    List<Range> parts = TextParts.of(book, TOKENS, 4_000, 100);
    assertThat(TextParts.of(book, TOKENS, 4_000, 100), is(parts));
    assertThat(parts.size(), greaterThan(100));
  }

  @Test
  void whiteSpaceAlone_isNoPart() {
    String text = "one.\n\n" + " \n".repeat(2_000) + "two.";
    assertThat(texts(text, 20, 0).stream().filter(String::isBlank).toList(), hasSize(0));
  }
}
