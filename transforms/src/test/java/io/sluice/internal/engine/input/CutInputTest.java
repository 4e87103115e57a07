package io.sluice.internal.engine.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.sameInstance;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which answers are to a part of their request, in 100,000 honest ones none. */
class CutInputTest {
  /** A text as we count it, and as the model's tokenizer does. */
  private record Text(long counted, long tokens) {}

  /**
   * Texts of languages that the model's tokenizer counts between a third and twice as ours, with
   * something added to each.
   *
   * @param mixed whether they come in any order, or one language after the other
   */
  private static List<Text> texts(Random random, int count, int longest, boolean mixed) {
    int languages = 1 + random.nextInt(12);
    int added = random.nextInt(4) * random.nextInt(100);
    List<Text> texts = new ArrayList<>(count);
    double[] ratios = new double[languages];
    double[] spreads = new double[languages];
    for (int i = 0; i < languages; i++) {
      ratios[i] = Math.exp(Math.log(0.36) + random.nextDouble() * Math.log(2 / 0.36));
      spreads[i] = random.nextDouble() * 0.06;
    }
    for (int i = 0; i < count; i++) {
      int language = mixed ? random.nextInt(languages) : (int) ((long) i * languages / count);
      double length = Math.exp(Math.log(5) + random.nextDouble() * Math.log(longest / 5.0));
      double ratio = ratios[language] * (1 + spreads[language] * random.nextGaussian() / 3);
      long counted = 8 + (long) length;
      texts.add(new Text(counted, added + 8 + Math.round(length * ratio)));
    }
    return texts;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void of100000HonestAnswers_noneIsCalledCut(long seed) {
    Random random = new Random(seed);
    int longest = new int[] {200, 2_000, 20_000, 150_000}[(int) (seed % 4)];
    for (boolean mixed : new boolean[] {true, false}) {
      CutInput inputs = new CutInput(random.nextBoolean(), random.nextInt(100));
      int alarms = 0;
      for (Text text : texts(random, 100_000, longest, mixed)) {
        alarms += inputs.isCut(text.counted(), text.tokens(), true) ? 1 : 0;
      }
      assertThat(alarms, is(0));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aServerThatLeavesOutWhatItHadInACache_isHonest(long seed) {
    Random random = new Random(seed);
    CutInput inputs = new CutInput(false, 3_000);
    int alarms = 0;
    for (Text text : texts(random, 20_000, 4_000, true)) {
      boolean isCached = random.nextInt(10) > 0;
      long read = text.tokens() + (isCached ? 0 : 3_000);
      alarms += inputs.isCut(text.counted() + 3_000, read, true) ? 1 : 0;
    }
    // Every answer of such a server is short: one in seventy of those above all before is unlucky.
    assertThat(alarms, lessThan(2));
  }

  /** Texts of one language around and above a context length, from the shortest or mixed. */
  @ParameterizedTest
  @ValueSource(ints = {512, 2_048, 4_096, 32_768, 1_000, 200, 777, 3_333})
  void aServerThatKeepsItsContextLength_isFoundOut(int context) {
    for (double ratio : new double[] {0.7, 1, 1.3}) {
      Random random = new Random(context);
      CutInput inputs = new CutInput(false, 20);
      int cut = 0;
      int found = 0;
      int wrong = 0;
      for (int i = 0; i < 2_000; i++) {
        long counted = 20 + (long) (random.nextDouble() * 4 * context);
        long tokens = Math.round(counted * ratio * (1 + random.nextGaussian() * 0.01));
        boolean isCut = inputs.isCut(counted, Math.min(tokens, context), true);
        boolean isClearly = tokens > context * 1.2;
        isClearly &= counted >= 256;
        cut += isClearly ? 1 : 0;
        found += isClearly && isCut ? 1 : 0;
        wrong += isCut && tokens <= context ? 1 : 0;
      }
      assertThat(cut, greaterThan(500));
      assertThat("missed at " + context + " and " + ratio, cut - found, lessThan(cut * 3 / 100));
      assertThat(wrong, is(0));
    }
  }

  @Test
  void documentsThatAreAllFarTooLong_areFoundOutFromTheFirstOn() {
    for (int context : new int[] {2_048, 4_096, 5_000, 3_777}) {
      CutInput inputs = new CutInput(false, 50);
      for (int i = 0; i < 20; i++) {
        assertThat(inputs.isCut(50_000 + 777 * i, context, true), is(true));
      }
    }
  }

  /** Servers that count by the character, or the word, whatever the language. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aServerThatCountsRoughly_isHonest(long seed) {
    Random random = new Random(seed);
    CutInput inputs = new CutInput(random.nextBoolean(), 10);
    int alarms = 0;
    for (int i = 0; i < 100_000; i++) {
      // Tokens that we count of a character: English, Chinese, emoji, a rare script.
      double ofCharacter = new double[] {0.22, 0.7, 1.25, 2}[random.nextInt(4)];
      double characters = Math.exp(3 + random.nextDouble() * 7);
      long counted = 10 + Math.round(characters * ofCharacter * (0.8 + 0.4 * random.nextDouble()));
      alarms += inputs.isCut(counted, 5 + Math.round(characters / 4), true) ? 1 : 0;
    }
    assertThat(alarms, is(0));
  }

  @Test
  void aModelWhoseEncodingIsKnown_needsNoOthers() {
    assertThat(new CutInput(true, 0).isCut(3_000, 2_048, true), is(true));
    assertThat(new CutInput(true, 0).isCut(3_000, 2_600, true), is(false));
  }

  @Test
  void aLongerAnswerShows_thatThereIsNoSuchContextLength() {
    CutInput inputs = new CutInput(false, 0);
    inputs.isCut(9_000, 8_900, true);
    assertThat(inputs.isCut(6_000, 2_048, true), is(false));
  }

  private static Reply.Answered answered(@Nullable Usage usage) {
    return new Reply.Answered("text", "m", "stop", usage, RateHeaders.NONE);
  }

  @Test
  void whatIsCut_isPaidFor_andSaysWhatToDo() {
    Reply.Answered answered = answered(new Usage(4_096, 0, 7));
    Reply reply = new CutInput(false, 0).checked(answered, 60_000, true);
    assertThat(reply, instanceOf(Reply.Failed.class));
    Reply.Failed failed = (Reply.Failed) reply;
    assertThat(failed.kind(), is(ErrorKind.TOO_LARGE));
    assertThat(failed.billing(), is(Reply.Billing.BILLED));
    assertThat(failed.usage(), is(answered.usage()));
    assertThat(failed.raw(), is("text"));
    assertThat(failed.retryable(), is(false));
    assertThat(failed.message(), containsString("about 60000 tokens"));
    assertThat(failed.message(), containsString("has read 4096"));
    assertThat(failed.message(), containsString("num_ctx"));
  }

  @Test
  void cachedInput_andNoUsage_andFailures_areNoSign() {
    CutInput inputs = new CutInput(false, 0);
    for (Reply reply :
        List.of(
            answered(null),
            answered(new Usage(0, 0, 7)),
            answered(new Usage(2_048, 2_000, 7)),
            answered(new Usage(2_048, 0, 7, 2_000)))) {
      assertThat(inputs.checked(reply, 4_000, true), sameInstance(reply));
    }
    assertThat(
        inputs.checked(answered(new Usage(4_096, 0, 1)), 0, true),
        instanceOf(Reply.Answered.class));
  }

  @Test
  void whatIsSentAgain_isNotCutByLittleAlone() {
    CutInput inputs = new CutInput(false, 0);
    assertThat(inputs.isCut(50_000, 301, false), is(false));
    assertThat(new CutInput(false, 0).isCut(50_000, 301, true), is(true));
  }

  @Test
  void theOrderOfDocuments_isOfNoMatter() {
    List<Text> texts = texts(new Random(99), 50_000, 30_000, true);
    for (int i = 0; i < 3; i++) {
      Collections.shuffle(texts, new Random(i));
      CutInput inputs = new CutInput(false, 0);
      for (Text text : texts) {
        assertThat(inputs.isCut(text.counted(), text.tokens(), true), is(false));
      }
    }
  }
}
