package io.sluice.internal.provider.openai;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.sun.net.httpserver.HttpServer;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.http.ApiKeys;
import io.sluice.spi.Caller;
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
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiCallerTest {
  private static final String KEY = "secret-key-123";
  private static final Request REQUEST = new Request("00", "{\"model\":\"m\"}", 5, 10);

  private HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
  private volatile int status = 200;
  private volatile String body = "";
  private final Map<String, String> headers = new LinkedHashMap<>();
  private volatile @Nullable String authorization;
  private volatile String uri = "";
  private volatile Map<String, List<String>> received = Map.of();

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          ports.add(exchange.getRemoteAddress().getPort());
          uri = exchange.getRequestURI().toString();
          received = Map.copyOf(exchange.getRequestHeaders());
          authorization = exchange.getRequestHeaders().getFirst("Authorization");
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
    threads.shutdownNow();
  }

  private static Caller caller(int port, Duration timeout, Operation operation) {
    return caller(
        new Provider("openai", "http://localhost:" + port + "/v1/", KeySource.NONE),
        timeout,
        operation);
  }

  private static Caller caller(Provider provider, Duration timeout, Operation operation) {
    return new OpenAiProvider()
        .open(
            new Connection(
                provider,
                operation,
                "m",
                ApiKeys.resolve(new KeySource("KEY", null), name -> KEY),
                timeout,
                8));
  }

  private Reply call(Operation operation) {
    try (Caller caller = caller(server.getAddress().getPort(), Duration.ofSeconds(20), operation)) {
      return caller.call(REQUEST);
    }
  }

  private Reply.Failed fails() {
    return (Reply.Failed) call(Operation.CHAT);
  }

  private static String chat(String content, String finish) {
    return "{\"model\":\"m-1\",\"choices\":[{\"finish_reason\":\""
        + finish
        + "\",\"message\":{\"content\":"
        + content
        + "}}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,"
        + "\"prompt_tokens_details\":{\"cached_tokens\":4}}}";
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 202, 203, 206})
  void anAnswerUnderAnotherNumber_isOne(int number) {
    status = number;
    body = chat("\"fine\"", "stop");
    assertThat(((Reply.Answered) call(Operation.CHAT)).raw(), is("fine"));
  }

  @Test
  void answer() {
    body = chat("\"héllo\"", "stop");
    headers.put("x-ratelimit-limit-requests", "500");
    headers.put("x-ratelimit-remaining-requests", "499");
    Reply.Answered answer = (Reply.Answered) call(Operation.CHAT);
    assertThat(answer.raw(), is("héllo"));
    assertThat(answer.model(), is("m-1"));
    assertThat(answer.usage(), is(new Usage(7, 4, 3)));
    assertThat(answer.headers(), is(new RateHeaders(500, 499, -1, -1)));
    assertThat(authorization, is("Bearer " + KEY));
  }

  @ParameterizedTest
  @CsvSource({
    "/openai/deployments/D,2024-10-21,/openai/deployments/D/chat/completions?api-version=2024-10-21",
    "/openai/v1/,,/openai/v1/chat/completions"
  })
  void azure_hasTheKeyInItsOwnHeader_andItsVersionInTheQuery(
      String base, @Nullable String version, String expected) {
    body = chat("\"x\"", "stop");
    Provider azure =
        new Provider(
            "openai",
            "http://localhost:" + server.getAddress().getPort() + base,
            KeySource.NONE,
            "api-key",
            Map.of("OpenAI-Project", "p"),
            version == null ? Map.of() : Map.of("api-version", version));
    try (Caller caller = caller(azure, Duration.ofSeconds(20), Operation.CHAT)) {
      assertThat(((Reply.Answered) caller.call(REQUEST)).raw(), is("x"));
    }
    assertThat(uri, is(expected));
    assertThat(authorization, is(nullValue()));
    assertThat(received.get("Api-key"), is(List.of(KEY)));
    assertThat(received.get("Openai-project"), is(List.of("p")));
  }

  @Test
  void embedding_asNumbersOrBase64() {
    body = "{\"data\":[{\"index\":1,\"embedding\":[9]},{\"index\":0,\"embedding\":[1.0,-2.0]}]}";
    assertThat(((Reply.Answered) call(Operation.EMBED)).raw(), is("AACAPwAAAMA="));
    body = "{\"data\":[{\"index\":0,\"embedding\":\"AACAPwAAAMA=\"}]}";
    assertThat(((Reply.Answered) call(Operation.EMBED)).raw(), is("AACAPwAAAMA="));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          429|{"error":{"code":"rate_limit_exceeded","type":"requests","message":"Please try again in 120ms"}}|RATE_LIMITED|RATE|true
          429|{"error":{"code":"slow_down","type":"rate_limit_error","message":"x"}}|RATE_LIMITED|RATE|true
          429|{"error":{"code":"429","message":"have exceeded token rate limit, retry after 7 seconds"}}|RATE_LIMITED|RATE|true
          429|{"error":{"code":"429","message":"retry after 86400 seconds"}}|ACCOUNT|ACCOUNT|false
          429|{"error":{"code":"rate_limit_exceeded","message":"Request too large for m: Limit 30000, Requested 30062"}}|TOO_LARGE|ROW|false
          429|{"error":{"type":"insufficient_quota","message":"x"}}|ACCOUNT|ACCOUNT|false
          429|{"error":{"code":"billing_hard_limit_reached","message":"x"}}|ACCOUNT|ACCOUNT|false
          429|{"error":{"code":"429","type":"budget_exceeded","message":"Budget has been exceeded! Current cost: 10.51"}}|ACCOUNT|ACCOUNT|false
          400|{"error":{"code":"400","type":null,"message":"Budget has been exceeded! Current cost: 14"}}|ACCOUNT|ACCOUNT|false
          400|{"error":"/chat/completions: Invalid model name passed in model=x. Call `/v1/models`"}|ACCOUNT|ACCOUNT|false
          429|<html>slow down</html>|RATE_LIMITED|RATE|true
          401|{"error":{"code":"invalid_api_key","message":"x"}}|ACCOUNT|ACCOUNT|false
          402|{}|ACCOUNT|ACCOUNT|false
          403|{"error":{"code":"unsupported_country_region_territory","message":"x"}}|ACCOUNT|ACCOUNT|false
          403|{"error":{"code":403,"message":"x","metadata":{"reasons":["violence"],"flagged_input":"y","provider_name":"z"}}}|CONTENT_FILTER|ROW|false
          403|{"error":{"code":403,"message":"x","metadata":{"limit_source":"openrouter_key_limit"}}}|ACCOUNT|ACCOUNT|false
          404|{"error":{"code":"model_not_found","message":"x"}}|ACCOUNT|ACCOUNT|false
          404|<html>nothing here</html>|ACCOUNT|ACCOUNT|false
          400|{"error":{"code":"context_length_exceeded","message":"x"}}|TOO_LARGE|ROW|false
          400|{"error":{"message":"This model's maximum context length is 8 tokens","code":400,"type":"BadRequestError"}}|TOO_LARGE|ROW|false
          400|{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"},"message":"x"}}|CONTENT_FILTER|ROW|false
          400|{"error":{"code":"invalid_prompt","message":"x"}}|CONTENT_FILTER|ROW|false
          400|{"error":{"code":"unsupported_parameter","message":"x"}}|BAD_REQUEST|ROW|false
          422|{"object":"error","message":"bare envelope","code":422}|BAD_REQUEST|ROW|false
          413|too large|TOO_LARGE|ROW|false
          408||SERVER_ERROR|ROW|true
          409||SERVER_ERROR|ROW|true
          500|{"error":{"message":"x","type":"server_error"}}|SERVER_ERROR|ROW|true
          502|<html>Bad Gateway</html>|SERVER_ERROR|ROW|true
          503|{"error":{"message":"Slow Down"}}|SERVER_ERROR|LOAD|true
          504|{}|TIMEOUT|LOAD|true
          529|{"error":{"type":"overloaded_error","message":"x"}}|SERVER_ERROR|LOAD|true
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
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"choices":[]}|SERVER_ERROR|true|UNKNOWN
          {"error":{"message":"oops"}}|SERVER_ERROR|true|UNKNOWN
          {"choices":[{"mess|SERVER_ERROR|true|UNKNOWN
          not json|SERVER_ERROR|true|UNKNOWN
          {"choices":[{"finish_reason":"length","message":{"content":"half"}}]}|TRUNCATED|false|BILLED
          {"choices":[{"finish_reason":"content_filter","message":{"content":null}}]}|CONTENT_FILTER|false|BILLED
          {"choices":[{"finish_reason":"stop","message":{"content":null,"refusal":"I cannot"}}]}|REFUSAL|false|BILLED
          {"choices":[{"finish_reason":"tool_calls","message":{"content":null}}]}|INVALID_OUTPUT|false|BILLED
          {"choices":[{"finish_reason":"abort","message":{"content":"x"}}]}|SERVER_ERROR|true|UNKNOWN
          {"choices":[{"finish_reason":"stop","message":{"content":""}}]}|INVALID_OUTPUT|true|BILLED
          """)
  void answersThatAreNone(String text, ErrorKind kind, boolean retryable, Billing billing) {
    body = text;
    Reply.Failed failed = fails();
    assertThat(failed.kind(), is(kind));
    assertThat(failed.retryable(), is(retryable));
    assertThat(failed.billing(), is(billing));
  }

  @Test
  void aPaymentRequiredThatNamesAWait_isOnlyAWait() {
    status = 402;
    body = "{\"error\":{\"code\":402,\"message\":\"in-flight budget\"}}";
    assertThat(fails().scope(), is(Scope.ACCOUNT));
    headers.put("retry-after", "3");
    assertThat(fails().scope(), is(Scope.RATE));
    assertThat(fails().retryAfter(), is(Duration.ofSeconds(3)));
  }

  @Test
  void hints_areObeyedInTheirOrder() {
    status = 429;
    body = "{\"error\":{\"message\":\"Please try again in 120ms\"}}";
    assertThat(fails().retryAfter(), is(Duration.ofMillis(120)));
    headers.put("retry-after", "2");
    assertThat(fails().retryAfter(), is(Duration.ofSeconds(2)));
    headers.put("retry-after-ms", "350");
    assertThat(fails().retryAfter(), is(Duration.ofMillis(350)));
    headers.clear();
    body = "{}";
    headers.put("x-ratelimit-remaining-tokens", "0");
    headers.put("x-ratelimit-reset-tokens", "1m0.5s");
    assertThat(fails().retryAfter(), is(Duration.ofMillis(60_500)));
    headers.clear();
    headers.put("retry-after", "rubbish");
    assertThat(fails().retryAfter(), is(nullValue()));
  }

  @Test
  void serverVerdict_overridesTheStatus() {
    status = 500;
    headers.put("x-should-retry", "false");
    assertThat(fails().retryable(), is(false));
  }

  @Test
  void anErrorThatStatesItsUsage_wasBilled() {
    status = 500;
    body =
        "{\"error\":{\"type\":\"server_error\",\"message\":\"x\"},"
            + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}";
    assertThat(fails().billing(), is(Billing.BILLED));
    assertThat(fails().usage(), is(new Usage(7, 0, 3)));
  }

  @Test
  void aGatewayThatLostTheAnswer_mayHaveBeenBilled() {
    status = 502;
    body = "<html>Bad Gateway</html>";
    assertThat(fails().billing(), is(Billing.UNKNOWN));
    body = "{\"error\":{\"type\":\"server_error\",\"message\":\"x\"}}";
    assertThat("the API's own word", fails().billing(), is(Billing.NOT_BILLED));
    status = 503;
    body = "<html>Unavailable</html>";
    assertThat(fails().billing(), is(Billing.NOT_BILLED));
  }

  @Test
  void keyIsScrubbedFromMessages() {
    status = 401;
    body = "{\"error\":{\"message\":\"Incorrect API key provided: " + KEY + "\"}}";
    assertThat(fails().toString(), not(containsString(KEY)));
    assertThat(
        ApiKeys.resolve(new KeySource("K", null), name -> KEY).toString(),
        not(containsString(KEY)));
  }

  @Test
  void connectionsAreReused() throws InterruptedException {
    body = chat("\"x\"", "stop");
    try (Caller caller =
        caller(server.getAddress().getPort(), Duration.ofSeconds(20), Operation.CHAT)) {
      CountDownLatch done = new CountDownLatch(8);
      for (int thread = 0; thread < 8; thread++) {
        threads.execute(
            () -> {
              for (int i = 0; i < 50; i++) {
                caller.call(REQUEST);
              }
              done.countDown();
            });
      }
      done.await();
    }
    assertThat(ports.size(), is(lessThanOrEqualTo(8)));
  }

  /** Answers one connection with these bytes, then closes it or leaves it open. */
  private Reply.Failed raw(String answer, boolean close) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      threads.execute(
          () -> {
            try {
              Socket peer = socket.accept();
              peer.getInputStream().read(new byte[4096]);
              peer.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
              peer.getOutputStream().flush();
              if (close) {
                peer.close();
              }
            } catch (IOException e) {
              // The test's end closes the socket.
            }
          });
      Duration timeout = close ? Duration.ofSeconds(20) : Duration.ofMillis(200);
      try (Caller caller = caller(socket.getLocalPort(), timeout, Operation.CHAT)) {
        return (Reply.Failed) caller.call(REQUEST);
      }
    }
  }

  @Test
  void brokenConnections_mayHaveBeenBilled() throws IOException {
    Reply.Failed closed = raw("", true);
    assertThat(closed.kind(), is(ErrorKind.TRANSPORT));
    assertThat(closed.billing(), is(Billing.UNKNOWN));
    Reply.Failed half = raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\"", true);
    assertThat(half.kind(), is(ErrorKind.TRANSPORT));
    assertThat(half.retryable(), is(true));
  }

  @Test
  void hangingCalls_timeOut() throws IOException {
    Reply.Failed silent = raw("", false);
    assertThat(silent.kind(), is(ErrorKind.TIMEOUT));
    assertThat(silent.scope(), is(Scope.LOAD));
    Reply.Failed stuck = raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\"", false);
    assertThat(stuck.kind(), is(ErrorKind.TIMEOUT));
    assertThat(stuck.billing(), is(Billing.UNKNOWN));
  }

  @Test
  void nobodyListens_nothingWasBilled() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (Caller caller = caller(port, Duration.ofSeconds(5), Operation.CHAT)) {
      Reply.Failed failed = (Reply.Failed) caller.call(REQUEST);
      assertThat(failed.kind(), is(ErrorKind.TRANSPORT));
      assertThat(failed.billing(), is(Billing.NOT_BILLED));
    }
  }
}
