package io.sluice.internal.provider.gemini;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.spi.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeminiAnswersTest {
  private static Reply read(String body) {
    return GeminiAnswers.read(body, Operation.CHAT, Place.inBatch("POST x"));
  }

  private static String ended(String reason, String parts) {
    return "{\"candidates\":[{\"content\":{\"parts\":["
        + parts
        + "]},\"finishReason\":\""
        + reason
        + "\"}],\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3}}";
  }

  @Test
  void thoughts_areBilledAndAreNoText() {
    Reply.Answered reply =
        (Reply.Answered)
            read(
                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true},"
                    + "{\"text\":\"a\"},{\"text\":\"b\"}]},\"finishReason\":\"STOP\"}],"
                    + "\"modelVersion\":\"gemini-2.5-flash\",\"usageMetadata\":{"
                    + "\"promptTokenCount\":10,\"cachedContentTokenCount\":4,"
                    + "\"candidatesTokenCount\":2,\"thoughtsTokenCount\":30,"
                    + "\"totalTokenCount\":42}}");
    assertThat(reply.raw(), is("ab"));
    assertThat(reply.usage(), is(new Usage(10, 4, 32)));
  }

  @Test
  void totalThatSaysMore_counts() {
    Reply.Answered reply =
        (Reply.Answered)
            read(
                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],"
                    + "\"usage_metadata\":{\"prompt_token_count\":10,"
                    + "\"candidates_token_count\":2,\"total_token_count\":50}}");
    assertThat(reply.usage(), is(new Usage(10, 0, 40)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-5", "1e300", "\"x\"", "null", "9223372036854775807"})
  void countsThatCannotBe_areNone(String count) {
    Reply.Answered reply =
        (Reply.Answered)
            read(
                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],"
                    + "\"usageMetadata\":{\"promptTokenCount\":"
                    + count
                    + ",\"candidatesTokenCount\":1}}");
    Usage usage = reply.usage();
    assertThat(usage == null || (usage.inputTokens() == 0 && usage.outputTokens() == 1), is(true));
  }

  /** As above, of the embeddings that a batch has. */
  @ParameterizedTest
  @ValueSource(strings = {"-5", "1e300", "\"x\"", "null", "9223372036854775807"})
  void countsOfEmbeddingsThatCannotBe_areNone(String count) {
    Reply reply =
        GeminiAnswers.read(
            "{\"embedding\":{\"values\":[1]},\"tokenCount\":" + count + "}",
            Operation.EMBED,
            Place.inBatch("x"));
    assertThat(((Reply.Answered) reply).usage(), is(nullValue()));
  }

  @ParameterizedTest
  @CsvSource({
    "SAFETY,CONTENT_FILTER,false",
    "RECITATION,CONTENT_FILTER,false",
    "PROHIBITED_CONTENT,CONTENT_FILTER,false",
    "FINISH_REASON_SPII,CONTENT_FILTER,false",
    "MAX_TOKENS,TRUNCATED,false",
    "MALFORMED_FUNCTION_CALL,INVALID_OUTPUT,false",
    "OTHER,SERVER_ERROR,true",
    "MALFORMED_RESPONSE,SERVER_ERROR,true",
    "SOMETHING_NEW,SERVER_ERROR,true",
  })
  void reasonThatIsNotStop_isNoAnswer(String reason, ErrorKind kind, boolean retryable) {
    Reply.Failed failed = (Reply.Failed) read(ended(reason, "{\"text\":\"half\"}"));
    assertThat(failed.kind(), is(kind));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.usage(), is(new Usage(7, 0, 3)));
  }

  @Test
  void promptThatWasBlocked_hasNoCandidates() {
    Reply.Failed failed =
        (Reply.Failed)
            read(
                "{\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},"
                    + "\"usageMetadata\":{\"promptTokenCount\":7}}");
    assertThat(failed.kind(), is(ErrorKind.CONTENT_FILTER));
    assertThat(failed.message(), containsString("PROHIBITED_CONTENT"));
    assertThat(failed.retryable(), is(false));
  }

  @Test
  void callOfAFunction_isShown() {
    Reply.Failed failed =
        (Reply.Failed) read(ended("STOP", "{\"functionCall\":{\"name\":\"look_up\"}}"));
    assertThat(failed.kind(), is(ErrorKind.INVALID_OUTPUT));
    assertThat(failed.raw(), containsString("look_up"));
  }
}
