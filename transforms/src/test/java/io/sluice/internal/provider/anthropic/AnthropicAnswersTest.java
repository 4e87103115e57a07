package io.sluice.internal.provider.anthropic;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnthropicAnswersTest {
  private static final Usage USED = new Usage(7, 0, 3);

  private static Reply read(String body) {
    return AnthropicAnswers.read(
        body, new Place(AnswerHeaders.of(), RateHeaders.NONE, "POST http://h/v1/messages"));
  }

  private static String message(String content, String stop) {
    return "{\"type\":\"message\",\"model\":\"m-1\",\"content\":"
        + content
        + ",\"stop_reason\":"
        + stop
        + ",\"usage\":{\"input_tokens\":7,\"output_tokens\":3}}";
  }

  private static Reply.Failed fails(String body) {
    return (Reply.Failed) read(body);
  }

  @ParameterizedTest
  @CsvSource({
    "max_tokens,TRUNCATED,false",
    "MAX_TOKENS,TRUNCATED,false",
    "length,TRUNCATED,false",
    "model_context_window_exceeded,TRUNCATED,false",
    "refusal,REFUSAL,false",
    "content_filtered,CONTENT_FILTER,false",
    "guardrail_intervened,CONTENT_FILTER,false",
    "tool_use,INVALID_OUTPUT,false",
    "pause_turn,INVALID_OUTPUT,false",
    "error,SERVER_ERROR,true",
    "compaction,SERVER_ERROR,true"
  })
  void halfAnAnswer_isNone_andIsKept(String stop, ErrorKind kind, boolean retryable) {
    Reply.Failed failed =
        fails(message("[{\"type\":\"text\",\"text\":\"half\"}]", "\"" + stop + "\""));
    assertThat(failed.kind(), is(kind));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.usage(), is(USED));
    assertThat(failed.raw(), containsString("half"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"type\":\"text\",\"text\":\"a b\"}]",
        "[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"x\"},"
            + "{\"type\":\"text\",\"text\":\"a \"},{\"type\":\"text\",\"text\":\"b\"}]",
        "[{\"type\":\"redacted_thinking\",\"data\":\"x\"},{\"type\":\"text\",\"text\":\"a b\"}]",
        "\"a b\""
      })
  void theText_isFound(String content) {
    assertThat(((Reply.Answered) read(message(content, "\"end_turn\""))).raw(), is("a b"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [{"type":"thinking","thinking":"because"}]|true|thinking
          [{"type":"server_tool_use","id":"x","name":"f","input":{}}]|false|called a tool
          []|true|is empty
          [{"type":"text","text":""}]|true|is empty
          """)
  void withoutText_whatCameIsSaidAndKept(String content, boolean retryable, String said) {
    Reply.Failed failed = fails(message(content, "\"end_turn\""));
    assertThat(failed.kind(), is(ErrorKind.INVALID_OUTPUT));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.message(), containsString(said));
    assertThat(failed.raw(), is(content));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}|SERVER_ERROR|LOAD|529
          {"type":"error","error":{"type":"rate_limit_error","message":"slow"}}|RATE_LIMITED|RATE|429
          {"type":"error","error":{"type":"authentication_error","message":"no"}}|ACCOUNT|ACCOUNT|401
          {"error":{"code":429,"message":"slow"}}|RATE_LIMITED|RATE|429
          {"detail":[{"loc":["body","x"],"msg":"field required"}],"type":"error"}|SERVER_ERROR|ROW|500
          """)
  void anErrorInA200_isClassifiedByItsOwnStatus(
      String body, ErrorKind kind, Scope scope, int status) {
    Reply.Failed failed = fails(body);
    assertThat(failed.kind(), is(kind));
    assertThat(failed.scope(), is(scope));
    assertThat(failed.status(), is(status));
  }

  private static String event(String type, String data) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + data + "}\n\n";
  }

  private static String stream() {
    return event(
            "message_start",
            ",\"message\":{\"id\":\"x\",\"model\":\"m-1\",\"content\":[],\"stop_reason\":null,"
                + "\"usage\":{\"input_tokens\":7,\"output_tokens\":1}}")
        + event("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"thinking\"}")
        + event(
            "content_block_delta",
            ",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}")
        + event("ping", "")
        + event(
            "content_block_start",
            ",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
        + event(
            "content_block_delta",
            ",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"a \"}")
        + event(
            "content_block_delta",
            ",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"b\"}");
  }

  @Test
  void aStream_isFolded() {
    Reply.Answered answer =
        (Reply.Answered)
            read(
                stream()
                    + event(
                        "message_delta",
                        ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}")
                    + event("message_stop", ""));
    assertThat(answer.raw(), is("a b"));
    assertThat(answer.model(), is("m-1"));
    assertThat(answer.finishReason(), is("end_turn"));
    assertThat(answer.usage(), is(USED));
  }

  @Test
  void aStreamThatBreaksOff_isNoAnswer() {
    Reply.Failed failed = fails(stream());
    assertThat(failed.retryable(), is(true));
    assertThat(failed.raw(), is("a b"));
    Reply.Failed error =
        fails(
            stream()
                + event(
                    "error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}"));
    assertThat(error.scope(), is(Scope.LOAD));
  }

  @Test
  void halfACharacter_isReplaced() {
    Reply.Answered answer =
        (Reply.Answered)
            read(message("[{\"type\":\"text\",\"text\":\"x \\ud83d\"}]", "\"end_turn\""));
    assertThat(answer.raw(), is("x \uFFFD"));
  }
}
