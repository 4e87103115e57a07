package io.sluice.internal.provider.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BedrockAnswersTest {
  private static final Usage USAGE = new Usage(7, 0, 3);
  private static final Place PLACE = new Place(AnswerHeaders.of(), RateHeaders.NONE, "POST x");

  private static Reply read(String reason, String content) {
    return BedrockAnswers.read(BedrockContractTest.ended(reason, content, USAGE), "m", PLACE);
  }

  @Test
  void text_isJoined_withoutThoughts() {
    Reply.Answered reply =
        (Reply.Answered)
            read(
                "end_turn",
                "{\"reasoningContent\":{\"reasoningText\":{\"text\":\"hm\"}}},{\"text\":\"one \"},"
                    + "{\"citationsContent\":{\"content\":[{\"text\":\"two\"}],\"citations\":[]}}");
    assertThat(reply.raw(), is("one two"));
  }

  @Test
  void inputOfOurTool_isTheAnswer_andAnotherToolIsNone() {
    Reply.Answered reply =
        (Reply.Answered)
            read(
                "tool_use",
                "{\"text\":\"Let me see.\"},{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\""
                    + BedrockRequests.TOOL
                    + "\",\"input\":{\"n\":1}}}");
    assertThat(reply.raw(), is("{\"n\":1}"));
    assertThat(
        ((Reply.Failed) read("tool_use", "{\"toolUse\":{\"name\":\"x\",\"input\":{}}}")).kind(),
        is(ErrorKind.INVALID_OUTPUT));
    assertThat(
        "cut in the middle of it",
        ((Reply.Failed)
                read(
                    "max_tokens",
                    "{\"toolUse\":{\"name\":\"" + BedrockRequests.TOOL + "\",\"input\":{}}}"))
            .kind(),
        is(ErrorKind.TRUNCATED));
  }

  @ParameterizedTest
  @CsvSource({
    "max_tokens, TRUNCATED, false",
    "model_context_window_exceeded, TRUNCATED, false",
    "guardrail_intervened, CONTENT_FILTER, false",
    "content_filtered, CONTENT_FILTER, false",
    "malformed_model_output, SERVER_ERROR, true",
    "malformed_tool_use, SERVER_ERROR, true",
    "something_new, SERVER_ERROR, true"
  })
  void otherReasons_areNoAnswers(String reason, ErrorKind kind, boolean retryable) {
    Reply.Failed failed = (Reply.Failed) read(reason, "{\"text\":\"half\"}");
    assertThat(failed.kind(), is(kind));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.usage(), is(USAGE));
  }

  @Test
  void cache_isBesideTheInput_andCountsWithIt() {
    Reply.Answered reply =
        (Reply.Answered)
            BedrockAnswers.read(
                "{\"output\":{\"message\":{\"content\":[{\"text\":\"x\"}]}},\"stopReason\":"
                    + "\"stop_sequence\",\"usage\":{\"inputTokens\":10,\"outputTokens\":5,"
                    + "\"totalTokens\":15,\"cacheReadInputTokens\":100,\"cacheWriteInputTokens\":30,"
                    + "\"cacheDetails\":[{\"ttl\":\"1h\",\"inputTokens\":30}]}}",
                "m",
                PLACE);
    assertThat(reply.usage(), is(new Usage(140, 100, 5, 30, 30, null)));
    assertThat(
        "what is read from the cache does not count",
        new BedrockProvider()
            .quotaTokens(
                io.sluice.ModelTask.of(
                    "t",
                    new io.sluice.ModelTask.Provider(
                        "bedrock", "http://localhost", io.sluice.ModelTask.KeySource.NONE),
                    "anthropic.claude-opus-4-8",
                    new io.sluice.ModelTask.Prompt(null, "x")))
            .used(new Usage(140, 100, 5, 30)),
        is(10L + 30 + 5 * 5));
  }

  @Test
  void embeddingsOfCohere_areInOrder_andTheirTokensInAHeader() {
    Place place =
        new Place(
            AnswerHeaders.of("x-amzn-bedrock-input-token-count", "30"), RateHeaders.NONE, "POST x");
    Request request = new Request("0".repeat(64), "{\"texts\":[\"a\"]}", 5, 0);
    for (String list : new String[] {"[[1,2],[3,4]]", "{\"float\":[[1,2],[3,4]]}"}) {
      List<Reply> replies = new ArrayList<>();
      Reply first =
          BedrockEmbeddings.read(
              "{\"embeddings\":" + list + "}", List.of(request, request), "m", place, replies);
      assertThat(replies.size(), is(2));
      assertThat(replies.get(0), is(first));
      assertThat(((Reply.Answered) replies.get(1)).usage(), is(new Usage(15, 0, 0)));
    }
    List<Reply> replies = new ArrayList<>();
    BedrockEmbeddings.read(
        "{\"embeddings\":[[1,2]]}", List.of(request, request), "m", place, replies);
    assertThat(replies.get(0) instanceof Reply.Failed, is(true));
  }

  /** What cannot be is charged at the most that the call may cost. */
  @Test
  void tokensOfAnEmbeddingThatCannotBe_areNone() {
    for (String count :
        new String[] {"-5", "1e300", "9223372036854775807", "\"x\"", "null", "[1]"}) {
      Reply reply =
          BedrockEmbeddings.readOne(
              "{\"embedding\":[1],\"inputTextTokenCount\":" + count + "}",
              "m",
              new Place(
                  AnswerHeaders.of("x-amzn-bedrock-input-token-count", count),
                  RateHeaders.NONE,
                  "POST x"));
      assertThat(count, ((Reply.Answered) reply).usage(), is(nullValue()));
    }
  }
}
