package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AsciiVocabularyTest {
  private static final String[] SYLLABLES = {
    "in", "ter", "na", "tion", "al", "ly", "un", "der", "st", "ing", "q", "x", "zz", "th", "e"
  };

  @ParameterizedTest
  @EnumSource(names = {"CL100K_BASE", "O200K_BASE"})
  void count_isTheEncodingsOwn(EncodingType type) {
    Encoding encoding = Encodings.newLazyEncodingRegistry().getEncoding(type);
    AsciiVocabulary vocabulary = AsciiVocabulary.of(encoding, EncodedTokens.vocabularySize(type));
    Random random = new Random(3);
    for (int i = 0; i < 30_000; i++) {
      String word = i % 2 == 0 ? letters(random) : syllables(random);
      String whole = random.nextBoolean() ? " " + word : word;
      String kept = whole.substring(0, Math.min(whole.length(), AsciiVocabulary.MAX_LENGTH));
      assertThat(kept, count(vocabulary, kept), is(encoding.countTokensOrdinary(kept)));
    }
  }

  private static int count(AsciiVocabulary vocabulary, String word) {
    long high = 0;
    long low = 0;
    for (int i = 0; i < word.length(); i++) {
      high = AsciiVocabulary.high(high, low);
      low = AsciiVocabulary.low(low, word.charAt(i));
    }
    return vocabulary.count(high, low, word.length());
  }

  private static String letters(Random random) {
    StringBuilder word = new StringBuilder();
    for (int k = random.nextInt(AsciiVocabulary.MAX_LENGTH); k >= 0; k--) {
      word.append((char) ('a' + random.nextInt(26)));
    }
    return word.toString();
  }

  private static String syllables(Random random) {
    StringBuilder word = new StringBuilder();
    for (int k = random.nextInt(6); k >= 0; k--) {
      word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
    }
    return word.toString();
  }
}
