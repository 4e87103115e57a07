package io.sluice.internal.completions;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionsTest {
  private static final Usage USED = new Usage(7, 0, 3);
  private static final String USAGE = ",\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}";

  private static Reply read(String body, @Nullable String type) {
    MessageHeaders headers = AnswerHeaders.of("content-type", type);
    return Answers.read(
        body,
        new Place(headers, RateHeaders.NONE, "POST http://h/v1"),
        Completions.format(Operation.CHAT));
  }

  private static Reply read(String body) {
    return read(body, "application/json");
  }

  private static Reply.Failed fails(String body) {
    return (Reply.Failed) read(body);
  }

  private static String choice(String choice) {
    return "{\"model\":\"m-1\",\"choices\":[" + choice + "]" + USAGE;
  }

  private static String message(String message) {
    return choice("{\"index\":0,\"finish_reason\":\"stop\",\"message\":" + message + "}");
  }

  /** As Python writes numbers that are none, and templates line ends: paid for, and whole. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{`choices`: [{`message`: {`content`: `yes`}, `logprobs`: [-Infinity, NaN]}], `usage`: U}",
        "{`choices`: [{`message`: {`content`: `yes`, `reasoning`: `one\ntwo\t`}}], `usage`: U}",
      })
  void whatIsNotQuiteJson_isRead(String body) {
    String json =
        body.replace('`', '"').replace("U", "{\"prompt_tokens\":10,\"completion_tokens\":5}");
    Reply.Answered answer = (Reply.Answered) read(json);
    assertThat(answer.raw(), is("yes"));
    assertThat(answer.usage(), is(new Usage(10, 0, 5)));
  }

  /** It is charged at the most that the call may cost. */
  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "1e400"})
  void aCountThatIsNoNumber_isNone(String count) {
    String json =
        "{\"choices\":[{\"message\":{\"content\":\"yes\"}}],"
            + "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":"
            + count
            + "}}";
    Reply.Answered answer = (Reply.Answered) read(json);
    assertThat(answer.raw(), is("yes"));
    assertThat(answer.usage(), is(nullValue()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{`choices`: [{`message`: {`content`: `yes`}, `finish_reason`: `stop`}], `usage`: U}]",
        "{`data`: {`choices`: [{`message`: {`content`: `yes`}}], `usage`: U}}",
        "{`result`: {`choices`: [{`message`: {`content`: `yes`}}], `usage`: U}, `success`: true}",
        "{`choices`: {`index`: 0, `message`: {`content`: `yes`}}, `usage`: U}",
        "{`choices`: {`0`: {`message`: {`content`: `yes`}}}, `usage`: U}",
        "{`choices`: [{`message`: `yes`, `finish_reason`: `stop`}], `usage`: U}",
        "{`choices`: [{`text`: `yes`}], `usage`: U}",
        "{`choices`: [{`message`: {`content`: ``}}, {`message`: {`content`: `yes`}}], `usage`: U}",
        "{`choices`: [null, {`message`: {`content`: `yes`}}], `usage`: U}",
        "{`message`: {`content`: `yes`}, `done`: true, `done_reason`: `stop`,"
            + " `prompt_eval_count`: 10, `eval_count`: 5}",
      })
  void whereverItStands_itIsFound_andCounted(String body) {
    String json =
        body.replace('`', '"').replace("U", "{\"prompt_tokens\":10,\"completion_tokens\":5}");
    Reply.Answered answer = (Reply.Answered) read(json);
    assertThat(answer.raw(), is("yes"));
    assertThat(answer.usage(), is(new Usage(10, 0, 5)));
  }

  @Test
  void severalAnswersInOneBody_areNone() {
    String one = message("{\"content\":\"yes\"}");
    for (String body :
        List.of(
            one + message("{\"content\":\"no\"}"),
            "{\"message\":{\"content\":\"y\"},\"done\":false}\n"
                + "{\"message\":{\"content\":\"es\"},\"done\":true}\n",
            "{\"message\":{\"content\":\"y\"},\"done\":false}\n")) {
      assertThat(body, fails(body).kind(), is(ErrorKind.SERVER_ERROR));
    }
    for (String body : List.of(one + one, one + "\n[DONE]", one + "}")) {
      assertThat(body, ((Reply.Answered) read(body)).raw(), is("yes"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {": PROCESSING\n\n: PROCESSING\n\n", ":\r\n\r\n", "\uFEFF", "\n\n  "})
  void whatKeepsAConnectionAwake_isPassedOver(String before) {
    Reply reply = read(before + message("{\"content\":\"yes\"}"));
    assertThat(((Reply.Answered) reply).raw(), is("yes"));
  }

  @Test
  void anEnvelopeOfAnotherCut_isStillCut() {
    assertThat(
        fails("{\"message\":{\"content\":\"half\"},\"done\":true,\"done_reason\":\"length\"}")
            .kind(),
        is(ErrorKind.TRUNCATED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stop",
        "STOP",
        "end_turn",
        "eos",
        "eos_token",
        "stop_sequence",
        "COMPLETE",
        "FINISH_REASON_STOP",
        "StopReason.END_TURN",
        "end-of-turn",
        "endoftext",
        "stop_string"
      })
  void doneInAnyProvidersWord_isAnAnswer(String finish) {
    Reply.Answered answer =
        (Reply.Answered)
            read(choice("{\"finish_reason\":\"" + finish + "\",\"message\":{\"content\":\"x\"}}"));
    assertThat(answer.finishReason(), is(finish));
    Reply.Answered unsaid =
        (Reply.Answered) read(choice("{\"finish_reason\":null,\"message\":{\"content\":\"x\"}}"));
    assertThat(unsaid.finishReason(), is("stop"));
  }

  @ParameterizedTest
  @CsvSource({
    "length,TRUNCATED,false",
    "MAX_TOKENS,TRUNCATED,false",
    "max_tokens,TRUNCATED,false",
    "max_output_tokens,TRUNCATED,false",
    "FinishReason.MAX_TOKENS,TRUNCATED,false",
    "max_tokens_reached,TRUNCATED,false",
    "model_length,TRUNCATED,false",
    "model_context_window_exceeded,TRUNCATED,false",
    "content_filter,CONTENT_FILTER,false",
    "SAFETY,CONTENT_FILTER,false",
    "sensitive,CONTENT_FILTER,false",
    "RECITATION,CONTENT_FILTER,false",
    "refusal,REFUSAL,false",
    "tool_calls,INVALID_OUTPUT,false",
    "insufficient_system_resource,SERVER_ERROR,true",
    "error,SERVER_ERROR,true",
    "abort,SERVER_ERROR,true",
    "network_error,SERVER_ERROR,true",
    "repetition,SERVER_ERROR,true",
    "OTHER,SERVER_ERROR,true",
    "a new one,SERVER_ERROR,true"
  })
  void halfAnAnswer_isNone_andIsKept(String finish, ErrorKind kind, boolean retryable) {
    Reply.Failed failed =
        fails(choice("{\"finish_reason\":\"" + finish + "\",\"message\":{\"content\":\"half\"}}"));
    assertThat(failed.kind(), is(kind));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.usage(), is(USED));
    assertThat(failed.billing(), is(Billing.BILLED));
    assertThat(failed.raw(), containsString("half"));
  }

  /** Half an answer is none, in whatever form that is told. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"reason":"length","length":16}|TRUNCATED
          {"type":"max_tokens"}|TRUNCATED
          ["length"]|TRUNCATED
          {"name":"content_filter"}|CONTENT_FILTER
          2|SERVER_ERROR
          false|SERVER_ERROR
          {"reason":"endoftext"}|
          ["stop"]|
          []|
          {}|
          """)
  void aFinishReasonThatIsNoText_isReadAsOne(String finish, @Nullable ErrorKind kind) {
    Reply reply =
        read(choice("{\"finish_reason\":" + finish + ",\"message\":{\"content\":\"x\"}}"));
    assertThat(reply instanceof Reply.Failed failed ? failed.kind() : null, is(kind));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"content\":[{\"type\":\"TEXT\",\"text\":\"a b\"}]}",
        "{\"content\":\"a b\"}",
        "{\"content\":[{\"type\":\"text\",\"text\":\"a \"},{\"type\":\"text\",\"text\":\"b\"}]}",
        "{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]},"
            + "{\"type\":\"text\",\"text\":\"a b\"}]}",
        "{\"content\":[{\"type\":\"output_text\",\"text\":\"a b\",\"annotations\":[]}]}",
        "{\"content\":[\"a \",\"b\"]}",
        "{\"content\":{\"type\":\"text\",\"text\":\"a b\"}}",
        "{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true},{\"text\":\"a b\"}]}}",
        "{\"content\":[{\"type\":\"text\",\"text\":{\"value\":\"a b\"}}]}",
        "{\"content\":\"a b\",\"reasoning_content\":\"hm\",\"tool_calls\":[],\"refusal\":null}",
        "{\"content\":\"a b\",\"reasoning\":\"hm\",\"reasoning_details\":[{\"text\":\"hm\"}],"
            + "\"refusal\":\"\"}"
      })
  void theText_isFound_howeverItIsWrapped(String message) {
    assertThat(((Reply.Answered) read(message(message))).raw(), is("a b"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"content":null,"reasoning_content":"because"}|INVALID_OUTPUT|true|reasoning_content (7 characters)
          {"content":"","reasoning":"because"}|INVALID_OUTPUT|true|reasoning (7 characters)
          {"content":[{"type":"thinking","thinking":"because"}]}|INVALID_OUTPUT|true|thinking
          {"content":null,"audio":{"id":"a","data":"UklGRg"}}|INVALID_OUTPUT|true|audio
          {"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}|INVALID_OUTPUT|false|called a tool
          {"content":null,"function_call":{"name":"f","arguments":"{}"}}|INVALID_OUTPUT|false|called a tool
          {"content":null,"refusal":"I cannot"}|REFUSAL|false|I cannot
          {"content":[{"type":"refusal","refusal":"I cannot"}]}|REFUSAL|false|I cannot
          {"content":null}|INVALID_OUTPUT|true|is empty
          {"content":" \\n"}|INVALID_OUTPUT|true|is empty
          {"content":[]}|INVALID_OUTPUT|true|is empty
          {}|INVALID_OUTPUT|true|is empty
          """)
  void withoutText_whatCameIsSaidAndKept(
      String message, ErrorKind kind, boolean retryable, String said) {
    Reply.Failed failed = fails(message(message));
    assertThat(failed.kind(), is(kind));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.message(), containsString(said));
    assertThat(failed.billing(), is(Billing.BILLED));
    String raw = String.valueOf(failed.raw());
    assertThat(raw, is(kind == ErrorKind.REFUSAL ? "I cannot" : message.replaceAll("\\s", " ")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"limited upstream","provider_name":"C"}}}|RATE_LIMITED|RATE|429|limited upstream
          {"choices":[{"finish_reason":"error","message":{"content":""},"error":{"code":429,"message":"Rate limited upstream"}}]}|RATE_LIMITED|RATE|429|Rate limited upstream
          {"choices":[{"finish_reason":"error","message":{"content":"ha"},"error":{"code":"502","message":"gone"}}]}|SERVER_ERROR|ROW|502|gone
          [{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]|ACCOUNT|ACCOUNT|400|API key not valid
          {"error":{"type":"insufficient_quota","message":"no"}}|ACCOUNT|ACCOUNT|429|no
          {"error":{"code":"rate_limit_exceeded","message":"slow"}}|RATE_LIMITED|RATE|429|slow
          {"error":{"code":503,"message":"busy"}}|SERVER_ERROR|LOAD|503|busy
          {"error":{"code":400,"message":"maximum context length is 8 tokens"}}|TOO_LARGE|ROW|400|maximum context
          {"error":"it broke"}|SERVER_ERROR|ROW|500|it broke
          {"detail":"it broke"}|SERVER_ERROR|ROW|500|it broke
          {"object":"error","message":"bare","code":401}|ACCOUNT|ACCOUNT|401|bare
          {"code":429,"message":"bare"}|RATE_LIMITED|RATE|429|bare
          # Cloudflare
          {"result":null,"success":false,"errors":[{"code":10000,"message":"it broke"}],"messages":[]}|SERVER_ERROR|ROW|500|it broke
          # MiniMax
          {"id":"1","choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit reached"}}|RATE_LIMITED|RATE|429|rate limit reached
          # Baidu
          {"error_code":336501,"error_msg":"Rate limit reached for RPM"}|RATE_LIMITED|RATE|429|Rate limit reached
          # Zhipu
          {"code":"1302","msg":"concurrency of this key exceeds the limit","success":false}|RATE_LIMITED|RATE|429|concurrency
          # DashScope
          {"code":"Throttling.RateQuota","message":"slow down","request_id":"1"}|RATE_LIMITED|RATE|429|slow down
          # AWS
          {"__type":"ThrottlingException","message":"Rate exceeded"}|RATE_LIMITED|RATE|429|Rate exceeded
          # Tencent
          {"Response":{"Error":{"Code":"InternalError","Message":"it broke"},"RequestId":"1"}}|SERVER_ERROR|ROW|500|it broke
          {"status":"error","message":"it broke"}|SERVER_ERROR|ROW|500|it broke
          """)
  void anErrorInA200_isClassifiedByItsOwnStatus(
      String body, ErrorKind kind, Scope scope, int status, String said) {
    Reply.Failed failed = fails(body);
    assertThat(failed.kind(), is(kind));
    assertThat(failed.scope(), is(scope));
    assertThat(failed.status(), is(status));
    assertThat(failed.message(), containsString("answered 200 with an error"));
    assertThat(failed.message(), containsString(said));
    assertThat(failed.billing(), is(status >= 500 ? Billing.UNKNOWN : Billing.NOT_BILLED));
  }

  private static String chunk(String choice, String more) {
    return "data:"
        + " {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m-1\",\"choices\":["
        + choice
        + "]"
        + more
        + "}\n\n";
  }

  private static String delta(String delta, String finish) {
    return chunk("{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}", "");
  }

  @Test
  void aStream_isFolded() {
    String body =
        ": keep-alive\n\n"
            + delta("{\"role\":\"assistant\",\"content\":\"\"}", "null")
            + delta("{\"reasoning_content\":\"hm\"}", "null")
            + delta("{\"content\":\"a \"}", "null")
            + delta("{\"content\":\"b\"}", "null")
            + delta("{}", "\"stop\"")
            + chunk("", USAGE.substring(0, USAGE.length() - 1))
            + "data: [DONE]\n\n";
    for (String type : new String[] {"text/event-stream; charset=utf-8", "application/json"}) {
      Reply.Answered answer = (Reply.Answered) read(body, type);
      assertThat(answer.raw(), is("a b"));
      assertThat(answer.model(), is("m-1"));
      assertThat(answer.finishReason(), is("stop"));
      assertThat(answer.usage(), is(USED));
    }
    assertThat(((Reply.Answered) read(body.replace("\n\n", "\r\n"))).raw(), is("a b"));
  }

  @Test
  void aStreamThatBreaksOff_isNoAnswer_andWhatCameIsKept() {
    String begun = delta("{\"content\":\"half an ans\"}", "null");
    for (String body : new String[] {begun, begun + "data: {\"choices\":[{\"del"}) {
      Reply.Failed failed = (Reply.Failed) read(body, "text/event-stream");
      assertThat(failed.retryable(), is(true));
      assertThat(failed.raw(), is("half an ans"));
    }
    String error = begun + "data: {\"error\":{\"code\":429,\"message\":\"slow\"}}\n\n";
    assertThat(((Reply.Failed) read(error, null)).scope(), is(Scope.RATE));
  }

  @Test
  void aPage_isOfSomethingInFront_andIsShown() {
    Reply.Failed failed =
        (Reply.Failed)
            read(
                "<!DOCTYPE html><html><head><title>Sign in</title><style>b{}</style></head>"
                    + "<body><script>x()</script>to <b>continue</b></body></html>",
                "text/html; charset=utf-8");
    assertThat(failed.kind(), is(ErrorKind.SERVER_ERROR));
    assertThat(failed.message(), containsString("something in front of the provider answered"));
    assertThat(failed.message(), containsString("text/html"));
    assertThat(failed.message(), containsString("Sign in to continue"));
    assertThat(String.valueOf(failed.raw()), containsString("<title>Sign in"));
    assertThat(failed.billing(), is(Billing.UNKNOWN));
  }

  @Test
  void halfACharacter_isReplaced() {
    Reply.Answered answer = (Reply.Answered) read(message("{\"content\":\"x \\ud83d y\"}"));
    assertThat(answer.raw(), is("x \uFFFD y"));
    Reply.Failed failed = fails(message("{\"content\":null,\"refusal\":\"no \\ude00\"}"));
    assertThat(failed.message(), containsString("no \uFFFD"));
    assertThat(failed.raw(), is("no \uFFFD"));
  }

  @Test
  void aPackThatIsAnErrorInA200_isOneFailure() {
    List<Reply> replies = new ArrayList<>();
    Reply whole =
        CompletionEmbeddings.read(
            "{\"error\":{\"code\":429,\"message\":\"slow\"}}",
            List.of(new Request("00", "{}", 5, 0), new Request("01", "{}", 5, 0)),
            Place.inBatch("POST http://h/v1"),
            replies);
    assertThat(replies.size(), is(0));
    assertThat(((Reply.Failed) whole).scope(), is(Scope.RATE));
    assertThat(((Reply.Failed) whole).usage(), is(nullValue()));
  }

  /** One was asked for: of several it is the first by its number, however they are listed. */
  @Test
  void ofSeveralChoices_itIsNumberNought() {
    Reply reply =
        read(
            "{\"choices\":[{\"index\":1,\"finish_reason\":\"stop\",\"message\":{\"content\":\"two\"}},"
                + "{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"content\":\"one\"}}]}");
    assertThat(((Reply.Answered) reply).raw(), is("one"));
  }
}
