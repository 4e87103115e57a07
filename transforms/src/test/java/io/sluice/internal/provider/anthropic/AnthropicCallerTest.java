package io.sluice.internal.provider.anthropic;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.http.ApiKeys;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.internal.http.hints.Told;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnthropicCallerTest {
  private static final String KEY = "secret-key-123";
  private static final Request REQUEST = new Request("00", "{\"model\":\"m\"}", 5, 10);
  private static final String ANSWER =
      """
      {"type":"message","model":"m-1","content":[
        {"type":"thinking","thinking":"hm"},{"type":"text","text":"hé"},
        {"type":"new_kind","text":"no"},{"type":"text","text":"llo"}],
       "stop_reason":"end_turn",
       "usage":{"input_tokens":50,"cache_creation_input_tokens":7,"cache_read_input_tokens":4096,
        "output_tokens":12}}
      """;

  private HttpServer server;
  private volatile int status = 200;
  private volatile String body = "";
  private volatile @Nullable Headers received;
  private volatile String uri = "";
  private final Map<String, String> headers = new LinkedHashMap<>();

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          received = exchange.getRequestHeaders();
          uri = exchange.getRequestURI().toString();
          headers.forEach(exchange.getResponseHeaders()::set);
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Reply call(Provider provider) {
    try (AnthropicCaller caller =
        AnthropicCaller.create(
            new Connection(
                provider,
                Operation.CHAT,
                "m",
                ApiKeys.resolve(new KeySource("KEY", null), name -> KEY),
                Duration.ofSeconds(20),
                8))) {
      return caller.call(REQUEST);
    }
  }

  private String baseUrl() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  private Reply call() {
    return call(new Provider("anthropic", baseUrl() + "/", KeySource.NONE));
  }

  private Reply.Failed fails() {
    return (Reply.Failed) call();
  }

  private @Nullable String received(String name) {
    Headers all = received;
    return all == null ? null : all.getFirst(name);
  }

  @Test
  void answer_isItsBlocksOfText_andAllInputCounts() {
    body = ANSWER;
    Reply.Answered answer = (Reply.Answered) call();
    assertThat(answer.raw(), is("héllo"));
    assertThat(answer.model(), is("m-1"));
    assertThat(answer.finishReason(), is("end_turn"));
    assertThat(answer.usage(), is(new Usage(4153, 4096, 12, 7)));
    assertThat(answer.headers(), is(RateHeaders.NONE));
  }

  @Test
  void request_carriesKeyAndVersion() {
    body = ANSWER;
    call();
    assertThat(uri, is("/v1/messages"));
    assertThat(received("x-api-key"), is(KEY));
    assertThat(received("anthropic-version"), is("2023-06-01"));
    assertThat(received("Authorization"), is(nullValue()));
    assertThat(received("Content-Type"), containsString("application/json"));
  }

  @Test
  void ownHeadersAndQuery_winOverTheDefaults() {
    body = ANSWER;
    call(
        new Provider(
            "anthropic",
            baseUrl() + "/proxy",
            KeySource.NONE,
            "Authorization",
            Map.of("anthropic-version", "2099-01-01", "anthropic-beta", "a,b", "User-Agent", "me"),
            Map.of("team", "a b&c")));
    assertThat(uri, is("/proxy/v1/messages?team=a%20b%26c"));
    assertThat(received("Authorization"), is("Bearer " + KEY));
    assertThat(received("x-api-key"), is(nullValue()));
    assertThat(received("anthropic-version"), is("2099-01-01"));
    assertThat(received("anthropic-beta"), is("a,b"));
    assertThat(received("User-Agent"), is("me"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          429|{"type":"error","error":{"type":"rate_limit_error","message":"x"}}|RATE_LIMITED|RATE|true
          429|{"error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}|ACCOUNT|ACCOUNT|false
          429|{"error":{"type":"rate_limit_error","message":"You have reached your API usage limits"}}|ACCOUNT|ACCOUNT|false
          429|<html>slow down</html>|RATE_LIMITED|RATE|true
          400|{"error":{"type":"invalid_request_error","message":"You have reached your specified workspace API usage limits"}}|ACCOUNT|ACCOUNT|false
          400|{"error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}|ACCOUNT|ACCOUNT|false
          402|{"error":{"type":"billing_error","message":"x"}}|ACCOUNT|ACCOUNT|false
          403|{"error":{"type":"billing_error","message":"x"}}|ACCOUNT|ACCOUNT|false
          401|{"error":{"type":"authentication_error","message":"x"}}|ACCOUNT|ACCOUNT|false
          403|{"error":{"type":"permission_error","message":"x"}}|ACCOUNT|ACCOUNT|false
          404|{"error":{"type":"not_found_error","message":"model: m"}}|ACCOUNT|ACCOUNT|false
          404|<html>nothing here</html>|ACCOUNT|ACCOUNT|false
          400|{"error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}|TOO_LARGE|ROW|false
          400|{"error":{"type":"invalid_request_error","message":"temperature: not allowed"}}|BAD_REQUEST|ROW|false
          422|{"error":{"type":"invalid_request_error","message":"x"}}|BAD_REQUEST|ROW|false
          413|{"error":{"type":"request_too_large","message":"x"}}|TOO_LARGE|ROW|false
          408||SERVER_ERROR|ROW|true
          409|{"error":{"type":"conflict_error","message":"x"}}|SERVER_ERROR|ROW|true
          500|{"error":{"type":"api_error","message":"x"}}|SERVER_ERROR|ROW|true
          502|<html>Bad Gateway</html>|SERVER_ERROR|ROW|true
          503|{}|SERVER_ERROR|LOAD|true
          504|{"error":{"type":"timeout_error","message":"x"}}|TIMEOUT|LOAD|true
          529|{"error":{"type":"overloaded_error","message":"x"}}|SERVER_ERROR|LOAD|true
          529||SERVER_ERROR|LOAD|true
          500|{"error":{"type":"overloaded_error","message":"x"}}|SERVER_ERROR|LOAD|true
          418|{"error":{"type":"new_error","message":"x"}}|BAD_REQUEST|ROW|false
          """)
  void errors_areToldApart(
      int given, @Nullable String text, ErrorKind kind, Scope scope, boolean retryable) {
    status = given;
    body = text == null ? "" : text;
    Reply.Failed failed = fails();
    assertThat(failed.kind(), is(kind));
    assertThat(failed.scope(), is(scope));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.status(), is(given));
    assertThat(
        failed.billing(), is(given == 504 || given == 502 ? Billing.UNKNOWN : Billing.NOT_BILLED));
  }

  @Test
  void error_isNamedByItsDetailOrType() {
    status = 429;
    body = "{\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}";
    assertThat(fails().code(), is("rate_limit_error"));
    assertThat(fails().message(), containsString("was answered 429: slow"));
    body = "{\"error\":{\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}";
    assertThat(fails().code(), is("enforced_spend_limit_reached"));
    assertThat(fails().message(), containsString("spending limit"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"content":[{"type":"text","text":"half"}],"stop_reason":"max_tokens"}|TRUNCATED|false|BILLED|raise max_tokens
          {"content":[],"stop_reason":"max_tokens"}|TRUNCATED|false|BILLED|raise max_tokens
          {"content":[{"type":"text","text":"half"}],"stop_reason":"model_context_window_exceeded"}|TRUNCATED|false|BILLED|shorten
          {"content":[],"stop_reason":"refusal","stop_details":{"explanation":"not that"}}|REFUSAL|false|BILLED|not that
          {"content":[],"stop_reason":"refusal","stop_details":null}|REFUSAL|false|BILLED|refused
          {"content":[{"type":"tool_use","input":{}}],"stop_reason":"tool_use"}|INVALID_OUTPUT|false|BILLED|tool
          {"content":[{"type":"text","text":"x"}],"stop_reason":"pause_turn"}|INVALID_OUTPUT|false|BILLED|tool
          {"content":[{"type":"thinking","thinking":"x"}],"stop_reason":"end_turn"}|INVALID_OUTPUT|true|BILLED|empty
          {"content":[]}|INVALID_OUTPUT|true|BILLED|empty
          {"content":null}|SERVER_ERROR|true|UNKNOWN|without content
          {}|SERVER_ERROR|true|UNKNOWN|without content
          {"type":"error","error":{"type":"api_error","message":"oops"}}|SERVER_ERROR|true|UNKNOWN|oops
          {"content":[{"ty|SERVER_ERROR|true|UNKNOWN|not JSON
          """)
  void answersThatAreNone(
      String text, ErrorKind kind, boolean retryable, Billing billing, String message) {
    body = text;
    Reply.Failed failed = fails();
    assertThat(failed.kind(), is(kind));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.billing(), is(billing));
    assertThat(failed.message(), containsString(message));
  }

  @Test
  void unknownStopReasons_areNoAnswers_andWhatCameIsKept() {
    body = "{\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\"stop_reason\":\"new_reason\"}";
    Reply.Failed failed = fails();
    assertThat(failed.message(), containsString("new_reason"));
    assertThat(failed.retryable(), is(true));
    assertThat(failed.raw(), is("x"));
    assertThat(failed.usage(), is(nullValue()));
  }

  private void limit(String what, long limit, long remaining) {
    headers.put("anthropic-ratelimit-" + what + "-limit", String.valueOf(limit));
    headers.put("anthropic-ratelimit-" + what + "-remaining", String.valueOf(remaining));
  }

  private RateHeaders rates() {
    body = ANSWER;
    return call().headers();
  }

  @Test
  void tokenLimit_isTheInputs_andTheScarcerLimitsShareIsLeft() {
    limit("requests", 50, 49);
    assertThat(rates(), is(new RateHeaders(50, 49, -1, -1)));
    limit("tokens", 60_000, 60_000);
    assertThat(rates(), is(new RateHeaders(50, 49, 60_000, 60_000)));
    limit("input-tokens", 50_000, 20_000);
    assertThat(rates(), is(new RateHeaders(50, 49, 50_000, 20_000)));
    limit("output-tokens", 10_000, 1_000);
    assertThat(rates(), is(new RateHeaders(50, 49, 50_000, 5_000)));
    limit("tokens", 60_000, 0);
    assertThat(rates(), is(new RateHeaders(50, 49, 50_000, 0)));
  }

  @Test
  void outputLimitAlone_limitsNothing_andRubbishIsAbsent() {
    limit("output-tokens", 10_000, 1_000);
    headers.put("anthropic-ratelimit-requests-limit", "many");
    assertThat(rates(), is(RateHeaders.NONE));
  }

  private static @Nullable Duration hint(String... namesAndValues) {
    List<String> given = new ArrayList<>(List.of("Date", "Thu, 21 Aug 2025 12:40:00 GMT"));
    given.addAll(List.of(namesAndValues));
    return Told.hint(AnswerHeaders.of(given.toArray(new String[0])), "");
  }

  @Test
  void resets_countByTheServersClock_whereALimitIsUsedUp() {
    String left = "anthropic-ratelimit-input-tokens-remaining";
    String reset = "anthropic-ratelimit-input-tokens-reset";
    String at = "2025-08-21T12:40:59Z";
    assertThat(hint(left, "3000", reset, at), is(nullValue()));
    assertThat(hint(left, "0", reset, at), is(Duration.ofSeconds(59)));
    assertThat(hint(left, "0", reset, "2025-08-21T12:39:59Z"), is(Duration.ZERO));
    assertThat(hint(left, "0", reset, "rubbish"), is(nullValue()));
    assertThat(hint(left, "0", reset, at, "retry-after", "7"), is(Duration.ofSeconds(7)));
    assertThat(
        "the longest",
        hint(
            left,
            "0",
            reset,
            at,
            "anthropic-ratelimit-requests-remaining",
            "0",
            "anthropic-ratelimit-requests-reset",
            "2025-08-21T12:40:01Z"),
        is(Duration.ofSeconds(59)));
  }

  @Test
  void retryAfter_isObeyed_andADayIsNoRateLimit() {
    status = 429;
    assertThat(fails().retryAfter(), is(nullValue()));
    headers.put("retry-after", "7");
    assertThat(fails().retryAfter(), is(Duration.ofSeconds(7)));
    headers.put("retry-after", "86400");
    assertThat(fails().kind(), is(ErrorKind.ACCOUNT));
  }

  @Test
  void serverVerdict_overridesTheStatus() {
    status = 529;
    headers.put("x-should-retry", "false");
    assertThat(fails().retryable(), is(false));
  }

  @Test
  void keyIsScrubbedFromMessages() {
    status = 401;
    body = "{\"error\":{\"message\":\"invalid x-api-key " + KEY + "\"}}";
    assertThat(fails().toString(), not(containsString(KEY)));
  }

  @Test
  void anErrorThatStatesItsUsage_wasBilled() {
    status = 500;
    body =
        "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"},"
            + "\"usage\":{\"input_tokens\":7,\"output_tokens\":3}}";
    Reply.Failed failed = fails();
    assertThat(failed.billing(), is(Billing.BILLED));
    assertThat(failed.usage(), is(new Usage(7, 0, 3)));
  }

  @Test
  void nobodyListens_nothingWasBilled() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Reply.Failed failed =
        (Reply.Failed) call(new Provider("anthropic", "http://localhost:" + port, KeySource.NONE));
    assertThat(failed.kind(), is(ErrorKind.TRANSPORT));
    assertThat(failed.billing(), is(Billing.NOT_BILLED));
  }
}
