package io.sluice.internal.answers;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Answers.Said;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes, there is a reply, it can be kept, and it costs nothing that cannot be. */
class AnswersFuzzTest {
  private static final List<String> SEEDS =
      List.of(
          "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],"
              + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}",
          "{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"{\\\"a\\\":\\ud83d}\"}],"
              + "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":7,\"output_tokens\":3}}",
          "{\"error\":{\"message\":[\"no\",{\"msg\":\"x\"}],\"code\":429,\"details\":[{\"reason\":\"r\"}]}}",
          "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n",
          "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n",
          "[{\"error\":{\"status\":\"INVALID_ARGUMENT\"}}]",
          "<html><script>x</script>no</html>",
          "");
  private static final String[] BITS = {
    "null",
    "-1",
    "1e999",
    "[]",
    "{}",
    "\"\\ud83d\"",
    "\"",
    "{",
    "}",
    "]",
    "[[[[",
    "\uD83D",
    "\uDE00",
    "\u0000",
    "true",
    "\\u0000",
    "<think>",
    "</think>",
    "```",
    "data:",
    "\n\n",
    "9999999999999999999"
  };

  private static Reply format(com.fasterxml.jackson.databind.JsonNode root, Place place) {
    return Answers.chat(
        new Said(
            Content.of(root.path("choices").path(0).path("message")),
            root.path("choices").path(0).path("finish_reason").asText(""),
            "stop",
            root.path("model").asText(""),
            Usages.in(root),
            ""),
        place);
  }

  private static String any(Random random) {
    StringBuilder text = new StringBuilder(SEEDS.get(random.nextInt(SEEDS.size())));
    for (int changes = random.nextInt(6); changes > 0; changes--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(8));
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, BITS[random.nextInt(BITS.length)]);
        case 1 -> text.replace(at, end, BITS[random.nextInt(BITS.length)]);
        case 2 -> text.delete(at, end);
        default -> {
          byte[] bytes = new byte[random.nextInt(12)];
          random.nextBytes(bytes);
          text.insert(at, new String(bytes, StandardCharsets.UTF_8));
        }
      }
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void anyBody_isAReply_thatCanBeKept(long seed) {
    Random random = new Random(seed);
    AnswerJudge[] judges = {
      new AnswerJudge(Output.TEXT, Operation.CHAT),
      new AnswerJudge(Output.ofLabels("x", "y"), Operation.CHAT),
      new AnswerJudge(Output.ofJson("{\"type\":\"object\"}"), Operation.CHAT),
      new AnswerJudge(Output.TEXT, Operation.EMBED)
    };
    for (int i = 0; i < 5_000; i++) {
      String body = any(random);
      MessageHeaders headers =
          AnswerHeaders.of(
              "content-type",
              random.nextBoolean() ? any(random) : null,
              "retry-after",
              any(random));
      Place place = new Place(headers, RateHeaders.NONE, "POST http://h/v1");
      check(body, Answers.read(body, place, AnswersFuzzTest::format), judges);
      int status = 300 + random.nextInt(300);
      check(
          body,
          Errors.classify(status, headers, body, "POST http://h/v1", RateHeaders.NONE),
          judges);
    }
  }

  private static void check(String body, Reply reply, AnswerJudge[] judges) {
    Usage usage = null;
    if (reply instanceof Reply.Answered answered) {
      usage = answered.usage();
      holds(body, answered.raw(), answered.model(), answered.finishReason());
      for (AnswerJudge judge : judges) {
        holds(
            body,
            judge.judge(answered.raw()) instanceof Verdict.Fits fits
                ? fits.outputJson()
                : ((Verdict.Unfit) judge.judge(answered.raw())).message());
      }
    } else if (reply instanceof Reply.Failed failed) {
      usage = failed.usage();
      holds(body, failed.message(), failed.code(), failed.raw());
    }
    if (usage != null) {
      assertThat(body, usage.inputTokens(), is(greaterThanOrEqualTo(0L)));
      assertThat(body, usage.outputTokens(), is(greaterThanOrEqualTo(0L)));
      assertThat(body, usage.cachedInputTokens(), is(greaterThanOrEqualTo(0L)));
      assertThat(body, usage.inputTokens() + usage.outputTokens() > 0, is(true));
    }
  }

  private static void holds(String body, @Nullable String... texts) {
    for (String text : texts) {
      assertThat(
          body, text == null || StandardCharsets.UTF_8.newEncoder().canEncode(text), is(true));
    }
  }
}
