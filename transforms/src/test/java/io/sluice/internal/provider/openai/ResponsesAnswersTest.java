package io.sluice.internal.provider.openai;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Service;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponsesAnswersTest {
  private static final String USAGE =
      ",\"usage\":{\"input_tokens\":70,\"input_tokens_details\":{\"cached_tokens\":20,"
          + "\"cache_write_tokens\":30},\"output_tokens\":9,\"output_tokens_details\":"
          + "{\"reasoning_tokens\":6},\"total_tokens\":79}";

  private static Reply read(String rest, String... items) {
    String body =
        "{\"id\":\"resp_1\",\"object\":\"response\",\"model\":\"m-1\",\"output\":["
            + String.join(",", items)
            + "],"
            + rest
            + USAGE
            + "}";
    return Answers.read(
        body,
        new Place(AnswerHeaders.of(), RateHeaders.NONE, "POST http://h/v1/responses"),
        OpenAiProvider.format(
            Operation.CHAT, Provider.of("openai").withService(Service.USUAL.withApi("responses"))));
  }

  private static final String COMPLETED = "\"status\":\"completed\",\"error\":null";

  private static String message(String phase, String text) {
    return "{\"type\":\"message\",\"role\":\"assistant\",\"status\":\"completed\""
        + (phase.isEmpty() ? "" : ",\"phase\":\"" + phase + "\"")
        + ",\"content\":[{\"type\":\"output_text\",\"text\":\""
        + text
        + "\"}]}";
  }

  private static String text(Reply reply) {
    return ((Reply.Answered) reply).raw();
  }

  @Test
  void text_isThatOfAllMessages_whereverTheyStand() {
    String reasoning = "{\"type\":\"reasoning\",\"summary\":[{\"text\":\"hm\"}]}";
    String search = "{\"type\":\"web_search_call\",\"status\":\"completed\"}";
    Reply reply = read(COMPLETED, reasoning, search, message("", "one, "), message("", "two"));
    assertThat(text(reply), is("one, two"));
    assertThat(((Reply.Answered) reply).finishReason(), is("completed"));
    assertThat(((Reply.Answered) reply).model(), is("m-1"));
  }

  @Test
  void whereMessagesHavePhases_onlyTheFinalAnswerCounts() {
    assertThat(
        text(read(COMPLETED, message("commentary", "I look"), message("final_answer", "billing"))),
        is("billing"));
    Reply.Failed none = (Reply.Failed) read(COMPLETED, message("commentary", "I look"));
    assertThat(none.kind(), is(ErrorKind.INVALID_OUTPUT));
    assertThat(none.message(), containsString("commentary"));
    assertThat("what came is kept", none.raw(), containsString("I look"));
  }

  @Test
  void functionCall_isNoText() {
    String call = "{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\"}";
    for (Reply reply :
        new Reply[] {read(COMPLETED, call), read(COMPLETED, message("", "x"), call)}) {
      assertThat(((Reply.Failed) reply).kind(), is(ErrorKind.INVALID_OUTPUT));
      assertThat(((Reply.Failed) reply).message(), containsString("tool"));
    }
  }

  @Test
  void usage_hasReasoningAndTheCacheInside() {
    Reply.Answered reply = (Reply.Answered) read(COMPLETED, message("", "x"));
    assertThat(reply.usage(), is(new Usage(70, 20, 9, 30)));
  }

  @ParameterizedTest
  @CsvSource({
    "max_output_tokens, TRUNCATED",
    "content_filter, CONTENT_FILTER",
    "something_new, SERVER_ERROR"
  })
  void incomplete_isToldByItsReason(String reason, ErrorKind kind) {
    Reply.Failed failed =
        (Reply.Failed)
            read(
                "\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"" + reason + "\"}",
                message("", "half"));
    assertThat(failed.kind(), is(kind));
    assertThat(failed.billing(), is(Billing.BILLED));
    assertThat(failed.raw(), is("half"));
  }

  /** Sources: the response object's error codes. */
  @ParameterizedTest
  @CsvSource({
    "server_error, SERVER_ERROR, ROW, true",
    "rate_limit_exceeded, RATE_LIMITED, RATE, true",
    "invalid_prompt, CONTENT_FILTER, ROW, false",
    "bio_policy, CONTENT_FILTER, ROW, false",
    "image_content_policy_violation, CONTENT_FILTER, ROW, false",
    "invalid_image_url, BAD_REQUEST, ROW, false",
    "image_too_large, BAD_REQUEST, ROW, false",
    "failed_to_download_image, BAD_REQUEST, ROW, false",
    "something_new, SERVER_ERROR, ROW, true"
  })
  void failedInsideA200_isToldByItsCode(
      String code, ErrorKind kind, Scope scope, boolean retryable) {
    Reply.Failed failed =
        (Reply.Failed)
            read(
                "\"status\":\"failed\",\"error\":{\"code\":\""
                    + code
                    + "\",\"message\":\"as it is\"}");
    assertThat(failed.kind(), is(kind));
    assertThat(failed.scope(), is(scope));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.code(), is(code));
    assertThat(failed.message(), containsString("as it is"));
    assertThat("what it says it used is what it used", failed.billing(), is(Billing.BILLED));
  }

  @Test
  void failedWithoutAReason_isAskedAgain() {
    Reply.Failed failed = (Reply.Failed) read("\"status\":\"failed\",\"error\":null");
    assertThat(failed.kind(), is(ErrorKind.SERVER_ERROR));
    assertThat(failed.retryable(), is(true));
  }

  /** A line of a batch's results: its status is 200, and its response failed. */
  @Test
  void failedInsideALineOfABatch_isToldByItsCode() throws Exception {
    String line =
        OpenAiContractTest.line(
            "r-1",
            "{\"status_code\":200,\"body\":{\"object\":\"response\",\"status\":\"failed\","
                + "\"error\":{\"code\":\"server_error\",\"message\":\"oops\"},\"output\":[]}}",
            "null");
    try (OpenAiBatches batches = OpenAiFixtures.batches("http://localhost/v1", "responses")) {
      Reply.Failed failed = (Reply.Failed) batches.reply(new ObjectMapper().readTree(line));
      assertThat(failed.kind(), is(ErrorKind.SERVER_ERROR));
      assertThat(failed.retryable(), is(true));
      assertThat(failed.billing(), is(Billing.UNKNOWN));
    }
  }
}
