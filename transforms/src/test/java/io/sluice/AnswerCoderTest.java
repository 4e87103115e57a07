package io.sluice;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.Answer.ServedBy;
import java.math.BigDecimal;
import java.util.HexFormat;
import org.apache.beam.sdk.util.CoderUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnswerCoderTest {
  private static Answer answer(@Nullable String repaired) {
    return answer(repaired, new Usage(1, 2, 3, 4));
  }

  private static Answer answer(@Nullable String repaired, Usage usage) {
    return new Answer(
        new Document("d", null, "{}", new Source("f", 1)),
        "1",
        "m",
        "stop",
        usage,
        new BigDecimal("0.5"),
        2,
        5,
        ServedBy.LEDGER,
        repaired);
  }

  @Test
  void everythingComesBack() throws Exception {
    Usage[] usages = {
      new Usage(1, 2, 3, 4), new Usage(1, 2, 3, 4, 2, null), new Usage(1, 2, 3, 4, 0, Tier.FLEX)
    };
    for (Usage usage : usages) {
      everythingComesBack(answer(null, usage));
      everythingComesBack(answer("fence", usage));
      everythingComesBack(answer(null, usage).withParts("{\"count\":2}"));
      everythingComesBack(answer("fence", usage).withParts("{\"count\":2}"));
      Answer.Cascaded cascaded = new Answer.Cascaded("1-ab", 0.75, "\"a\"");
      everythingComesBack(answer(null, usage).withCascaded(cascaded));
      everythingComesBack(answer("fence", usage).withCascaded(cascaded));
    }
  }

  @Test
  void whoSteppedIn_comesBack() throws Exception {
    Answer own = answer("fence");
    for (String provider : new String[] {"anthropic", "openai, gemini"}) {
      everythingComesBack(
          new Answer(
              own.document(),
              own.outputJson(),
              own.model(),
              own.finishReason(),
              own.usage(),
              null,
              3,
              5,
              ServedBy.BATCH,
              null,
              provider,
              2,
              null,
              null));
    }
  }

  private static void everythingComesBack(Answer answer) throws Exception {
    byte[] bytes = CoderUtils.encodeToByteArray(AnswerCoder.of(), answer);
    assertThat(CoderUtils.decodeFromByteArray(AnswerCoder.of(), bytes), is(answer));
  }

  @Test
  void bytesOfEarlierVersions_areWrittenAndRead() throws Exception {
    byte[] bytes = CoderUtils.encodeToByteArray(AnswerCoder.of(), answer(null));
    assertThat(
        HexFormat.of().formatHex(bytes),
        is(
            "01640002"
                + "7b7d"
                + "016601"
                + "0131"
                + "016d"
                + "0473746f70"
                + "01020304"
                + "0103302e35"
                + "020502"));
  }
}
