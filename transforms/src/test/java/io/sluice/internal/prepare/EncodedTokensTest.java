package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import io.sluice.spi.TokenCounter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedTokensTest {
  private static final EncodingRegistry ENCODINGS = Encodings.newLazyEncodingRegistry();

  /** A text that the two encodings count differently, see the test of that. */
  private static final String TELLING = "Grüße an 漢字 und 😀🎉, 안녕하세요";

  private static TokenCounter counter(String model) {
    return EncodedTokens.ofModel(model);
  }

  private static Encoding encoding(EncodingType type) {
    return ENCODINGS.getEncoding(type);
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-4o-mini, O200K_BASE, true",
    "gpt-4o, O200K_BASE, true",
    "GPT-4o, O200K_BASE, true",
    "gpt-4.1-nano, O200K_BASE, true",
    "gpt-4.5-preview, O200K_BASE, true",
    "gpt-5.2-mini, O200K_BASE, true",
    "o1, O200K_BASE, true",
    "o3-mini, O200K_BASE, true",
    "o4-mini-2025-04-16, O200K_BASE, true",
    "chatgpt-4o-latest, O200K_BASE, true",
    "gpt-4, CL100K_BASE, true",
    "gpt-4-turbo, CL100K_BASE, true",
    "gpt-3.5-turbo-0125, CL100K_BASE, true",
    "gpt-35-turbo, CL100K_BASE, true",
    "text-embedding-3-small, CL100K_BASE, true",
    "text-embedding-ada-002, CL100K_BASE, true",
    "openai/gpt-4, CL100K_BASE, true",
    "ft:gpt-3.5-turbo:acme::1, CL100K_BASE, true",
    "gpt-oss-20b, O200K_BASE, false",
    "gpt-6.2, O200K_BASE, false",
    "my-azure-deployment, O200K_BASE, false",
    "llama3, O200K_BASE, false",
  })
  void forModel_picksTheEncodingByLongestPrefix(String model, EncodingType type, boolean exact) {
    assertThat(
        counter(model).count(TELLING), is((long) encoding(type).countTokensOrdinary(TELLING)));
    assertThat(counter(model).exact(), is(exact));
  }

  @ParameterizedTest
  @CsvSource({
    "claude-haiku-4-5, 1.2",
    "claude-opus-4-6, 1.2",
    "claude-opus-4-7, 1.55",
    "claude-sonnet-5-5, 1.55"
  })
  void claude_isEstimatedFromO200kByAFactor(String model, double factor) {
    String text = "plain words ".repeat(50);
    long base = counter("gpt-4o").count(text);
    assertThat(counter(model).count(text), is((long) Math.ceil(base * factor)));
    assertThat(counter(model).exact(), is(false));
  }

  @Test
  void cutKeepsAsMuchAsFits() {
    TokenCounter counter = EncodedTokens.ofModel("text-embedding-3-small");
    String text = "one two three four ".repeat(100) + "\uD83D\uDE00".repeat(50);
    for (long most : new long[] {1, 2, 17, 399, 401, 420}) {
      String cut = counter.cut(text, most);
      assertThat(text.startsWith(cut), is(true));
      assertThat(counter.count(cut) <= most, is(true));
      assertThat(
          cut.isEmpty() || !Character.isHighSurrogate(cut.charAt(cut.length() - 1)), is(true));
    }
    assertThat(counter.cut(text, 17).length() > 60, is(true));
    assertThat(counter.cut(text, 100_000), is(text));
  }

  @Test
  void theTwoEncodings_differOnTheTellingText() {
    assertThat(counter("gpt-4").count(TELLING), greaterThan(counter("gpt-4o").count(TELLING)));
  }

  @Test
  void count_ofKnownTexts() {
    // The example of the cookbook's How to count tokens with tiktoken.
    assertThat(counter("gpt-4").count("tiktoken is great!"), is(6L));
    assertThat(counter("gpt-4o").count(""), is(0L));
  }

  @Test
  void count_specialTokens_areText() {
    assertThat(counter("gpt-4o").count("<|endoftext|>"), is(7L));
    assertThat(counter("gpt-4").count("a <|im_start|> b"), greaterThanOrEqualTo(6L));
  }

  @Test
  void chatTokens_addsTheOverheadOfMessages() {
    TokenCounter counter = counter("gpt-4");
    long user = counter.count("hello world");
    long system = counter.count("You are terse.");
    assertThat(user, is(2L));
    assertThat(counter.chatTokens(null, "hello world"), is(3 + 1 + user + 3));
    assertThat(
        counter.chatTokens("You are terse.", "hello world"), is(3 + 1 + system + 3 + 1 + user + 3));
  }

  @Test
  void count_longProse_isTheSameInPieces() {
    String prose = "The quick brown fox jumps over the lazy dog, again and again. ".repeat(4_000);
    assertThat(
        counter("gpt-4o").count(prose),
        is((long) encoding(EncodingType.O200K_BASE).countTokensOrdinary(prose)));
  }

  @Test
  void count_fiveMegabytesWithoutASpace_isAnUpperEstimate() {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 5_000_000; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    // Counted whole, in 27 s: 2,595,500.
    assertThat(
        counter("gpt-4o").count(text.toString()),
        allOf(greaterThanOrEqualTo(2_595_500L), lessThan(2_598_000L)));
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "\n", ".", "7", "漢", "😀", "x😀", "\u0000", "<|endoftext|>"})
  void count_longRuns_isCloseToWhole(String unit) {
    String text = unit.repeat(120_000 / unit.length());
    long whole = encoding(EncodingType.O200K_BASE).countTokensOrdinary(text);
    assertThat(
        counter("gpt-4o").count(text),
        allOf(greaterThanOrEqualTo(whole), lessThan(whole + whole / 25 + 5)));
  }

  /** Whatever stands on either side of a space: nothing is counted that the encoding does not. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt-4", "gpt-4o"})
  void count_wordByWord_isTheEncodingsOwn(String model) {
    EncodingType type = model.equals("gpt-4") ? EncodingType.CL100K_BASE : EncodingType.O200K_BASE;
    String[] parts = {
      " ",
      "  ",
      "\n",
      " \n ",
      "\r\n",
      "\t",
      "\u00a0",
      "\u3000",
      "the",
      "The",
      "THE",
      "it's",
      "'ll",
      "word.",
      "word,",
      "(",
      ")",
      "/",
      "//",
      "/\n",
      "12",
      "1234.5",
      "é",
      "ü",
      "漢字",
      "😀",
      "\u0301",
      "\u0000",
      "\u007f",
      "~",
      "-",
      "_",
      "\"",
      "{",
      "<|endoftext|>",
      "x".repeat(40),
      "don't",
      "A1"
    };
    Random random = new Random(7);
    TokenCounter counter = counter(model);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int k = random.nextInt(12); k >= 0; k--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      String whole = text.toString();
      assertThat(whole, counter.count(whole), is((long) encoding(type).countTokensOrdinary(whole)));
    }
  }

  /** Where letters, digits and signs meet, texts are cut. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt-4", "gpt-4o"})
  void count_wherePrintableCharactersMeet_isTheEncodingsOwn(String model) {
    EncodingType type = model.equals("gpt-4") ? EncodingType.CL100K_BASE : EncodingType.O200K_BASE;
    String often = "   '''aAsStTlLdDeErRvVmM019.,(\"/_-\n\u00e9\u017f";
    Random random = new Random(11);
    TokenCounter counter = counter(model);
    for (int i = 0; i < 60_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int k = random.nextInt(14); k >= 0; k--) {
        boolean any = random.nextInt(8) == 0;
        text.append(
            any ? (char) random.nextInt(128) : often.charAt(random.nextInt(often.length())));
      }
      String whole = text.toString();
      assertThat(whole, counter.count(whole), is((long) encoding(type).countTokensOrdinary(whole)));
    }
  }

  @Test
  void count_loneSurrogates_areCounted() {
    assertThat(counter("gpt-4o").count("\ud83dabc\ude00"), greaterThanOrEqualTo(2L));
  }

  @ParameterizedTest
  @EnumSource(
      value = EncodingType.class,
      names = {"O200K_BASE", "CL100K_BASE"})
  void vocabulary_isAsLargeAsTheEncodings(EncodingType type) {
    int size = EncodedTokens.vocabularySize(type);
    IntArrayList last = new IntArrayList();
    last.add(size - 1);
    assertThat(encoding(type).decodeBytes(last).length > 0, is(true));
    IntArrayList next = new IntArrayList();
    next.add(size);
    assertThrows(RuntimeException.class, () -> encoding(type).decodeBytes(next));
  }
}
