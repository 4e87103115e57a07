package io.sluice.internal.provider.gemini;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.ApiKey;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Request;
import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Date;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VertexTest {
  private static final String ROUTE =
      "POST " + VertexContractTest.BASE + "/publishers/google/models/m-1:generateContent";
  private static final String ANSWER =
      "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"yes\"}]},\"finishReason\":\"STOP\"}],"
          + "\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":1,"
          + "\"trafficType\":\"ON_DEMAND\"}}";

  private ScriptedServer server;

  @BeforeEach
  void start() throws IOException {
    server = new ScriptedServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static ModelProvider.Defaults at(Map<String, String> own, String baseUrl) {
    return Providers.of("gemini").defaults(own, baseUrl);
  }

  private static String address(String location) {
    return Vertex.address("acme", location, null);
  }

  @Test
  void address_isTheLocations() {
    assertThat(
        address("us-central1"),
        is("https://us-central1-aiplatform.googleapis.com/v1/projects/acme/locations/us-central1"));
    assertThat(
        address("global"),
        is("https://aiplatform.googleapis.com/v1/projects/acme/locations/global"));
    assertThat(
        address("eu"),
        is("https://aiplatform.eu.rep.googleapis.com/v1/projects/acme/locations/eu"));
  }

  @Test
  void address_ofAnotherServer_hasTheProjectBehindIt_once() {
    Map<String, String> own = Map.of(Vertex.PROJECT, "acme", Vertex.LOCATION, "l");
    for (String baseUrl : List.of("http://h/x", "http://h/x/", "http://h/x/v1")) {
      assertThat(at(own, baseUrl).baseUrl(), is("http://h/x/v1/projects/acme/locations/l"));
    }
    String whole = "http://h/v1beta1/projects/other/locations/l";
    assertThat(at(own, whole).baseUrl(), is(whole));
    assertThat("no key's variable is looked at", at(own, whole).keyVariable(), is(nullValue()));
    assertThat(at(Map.of(), "http://h/x").baseUrl(), is("http://h/x"));
  }

  @Test
  void locationWithoutAProject_isAMistake() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> at(Map.of(Vertex.LOCATION, "l"), "http://h"));
    assertThat(e.getMessage(), containsString("provider.vertex.project"));
  }

  private ModelTask task(String location) {
    return ModelTask.of(
        "t",
        new Provider("gemini", Vertex.address("acme", location, server.url()), KeySource.NONE),
        "m-1",
        new Prompt(null, "{{text}}"));
  }

  private static List<String> problems(ModelTask task) {
    return RequestBuilder.validate(task);
  }

  @Test
  void whatVertexHasNot_isRefused_withWhatWouldWork() {
    assertThat(
        problems(task("global").withOperation(Operation.EMBED)),
        hasItem(containsString("Developer API")));
    assertThat(
        problems(task("us-central1").withParameters("{\"serviceTier\":\"flex\"}")),
        hasItem(containsString("location: global")));
    assertThat(
        problems(task("global").withParameters("{\"serviceTier\":\"flex\"}")), is(List.of()));
    ModelTask batch = task("global").withDelivery(Delivery.BATCH);
    assertThat(problems(batch), hasItem(containsString("batch.gcsUri: expected gs://BUCKET/PATH")));
  }

  private Connection connection(ApiKey key) {
    ModelTask task = task("global");
    return new Connection(task.provider(), task.operation(), "m-1", key, Duration.ofSeconds(20), 4);
  }

  private Reply call(ApiKey key, String body) {
    try (Caller caller = Providers.of("gemini").open(connection(key))) {
      return caller.call(new Request("00", body, 1, 1));
    }
  }

  @Test
  void tier_isInHeaders_andNotInTheBody() {
    server.on(ROUTE, 200, ANSWER);
    call(ApiKey.of("a-token"), "{\"contents\":[],\"service_tier\":\"flex\"}");
    call(ApiKey.of("a-token"), "{\"contents\":[]}");
    ScriptedServer.Received flex = server.received().get(0);
    assertThat(flex.body(), is("{\"contents\":[]}"));
    String name = "X-vertex-ai-llm-shared-request-type";
    assertThat(flex.headers().get(name), is(List.of("flex")));
    assertThat(server.received().get(1).headers().get(name), is(nullValue()));
    assertThat(flex.headers().get("Authorization"), is(List.of("Bearer a-token")));
  }

  /** Tokens as Google gives them: each for no time at all, or a failure. */
  private static final class Tokens extends GoogleCredentials {
    private static final long serialVersionUID = 1L;
    private final transient Deque<String> tokens;

    Tokens(String... tokens) {
      this.tokens = new ArrayDeque<>(List.of(tokens));
    }

    @Override
    public AccessToken refreshAccessToken() throws IOException {
      String next = tokens.isEmpty() ? "" : tokens.removeFirst();
      if (next.isEmpty()) {
        throw new IOException("refused with a-body-that-is-secret");
      }
      return new AccessToken(next, new Date(0));
    }
  }

  @Test
  void token_thatHasRunOut_isReplaced_andIsInNoReply() {
    ApiKey key = GoogleTokens.of(new Tokens("first-token-of-all", "second-token-of-all")).key();
    server.on(ROUTE, 200, ANSWER);
    server.on(
        ROUTE,
        new Answer(400, "{\"error\":{\"message\":\"first-token-of-all? second-token-of-all?\"}}"));
    assertThat(((Reply.Answered) call(key, "{}")).raw(), is("yes"));
    Reply.Failed failed = (Reply.Failed) call(key, "{}");
    assertThat(
        server.received().stream().map(one -> one.headers().get("Authorization")).toList(),
        is(List.of(List.of("Bearer first-token-of-all"), List.of("Bearer second-token-of-all"))));
    assertThat(failed.toString(), not(containsString("token-of-all")));
  }

  @Test
  void token_thatCannotBeHadNow_costsNothing_andIsTriedAgain() {
    Reply.Failed failed = (Reply.Failed) call(GoogleTokens.of(new Tokens()).key(), "{}");
    assertThat(failed.kind(), is(ErrorKind.TRANSPORT));
    assertThat(failed.retryable(), is(true));
    assertThat(failed.billing(), is(Billing.NOT_BILLED));
    assertThat(failed.message(), not(containsString("secret")));
    assertThat(server.received(), is(List.of()));
  }

  @Test
  void token_thatWillNeverBeHad_isTheAccounts() {
    ApiKey none =
        ApiKey.ofTokens(
            () -> {
              throw new IllegalStateException("no more");
            });
    Reply.Failed failed = (Reply.Failed) call(none, "{}");
    assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
    assertThat(failed.message(), containsString("was not sent: no more"));
    ApiKey later =
        ApiKey.ofTokens(
            () -> {
              throw new UncheckedIOException(new IOException("later"));
            });
    assertThat(((Reply.Failed) call(later, "{}")).kind(), is(ErrorKind.TRANSPORT));
  }

  @Test
  void sharedCapacity_isARefusalWithoutAWait_andWithoutAnAccount() {
    server.on(
        ROUTE,
        429,
        "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"Resource exhausted."
            + " Please try again later.\"}}");
    Reply.Failed failed = (Reply.Failed) call(ApiKey.of("a-token"), "{}");
    assertThat(failed.kind(), is(ErrorKind.RATE_LIMITED));
    assertThat(failed.retryable(), is(true));
    assertThat(failed.retryAfter(), is(nullValue()));
  }

  @Test
  void key_isTried_byCountingAWord() throws Exception {
    server.on(
        "POST " + VertexContractTest.BASE + "/publishers/google/models/m-1:countTokens",
        200,
        "{\"totalTokens\":1}");
    assertThat(Providers.of("gemini").models(connection(ApiKey.of("a-token"))), is(List.of("m-1")));
  }
}
