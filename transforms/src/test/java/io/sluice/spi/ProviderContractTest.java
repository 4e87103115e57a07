package io.sluice.spi;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.prepare.RequestBuilder;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import io.sluice.spi.ScriptedServer.Answer;
import io.sluice.spi.ScriptedServer.Arrival;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is expected of every provider, over real HTTP: a subclass says what its server answers, and
 * with {@code supportsX} what it has not. What is special about a provider is tested beside it.
 */
public abstract class ProviderContractTest extends BatchContract {
  protected static final String KEY = "secret-key-123";
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"topic\":{\"type\":\"string\"}},"
          + "\"required\":[\"topic\"],\"additionalProperties\":false}";

  protected ScriptedServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = new ScriptedServer();
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  /** A task that the provider takes, of its usual operation. */
  protected ModelTask task() {
    return ModelTask.of("contract", provider(server.url()), "m-1", new Prompt(null, "{{text}}"));
  }

  protected final Provider provider(String address) {
    return new Provider(kind(), supportsServer() ? address + basePath() : "", KeySource.NONE)
        .withSettings(settings())
        .withService(service());
  }

  private ModelProvider tested() {
    return Providers.of(kind());
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Request request(ModelTask task) {
    return new RequestBuilder(task).build(json("{\"text\":\"some text\"}"));
  }

  private ModelTask embedding() {
    return task().withOperation(Operation.EMBED).withOutput(Output.TEXT);
  }

  private Caller open(ModelTask task, Duration timeout) {
    return tested()
        .open(
            new Connection(
                task.provider(), task.operation(), task.model(), ApiKey.of(KEY), timeout, 4));
  }

  private Reply call(ModelTask task) {
    try (Caller caller = open(task, Duration.ofSeconds(20))) {
      return caller.call(request(task));
    }
  }

  private Reply answered(Answer answer) {
    assumeTrue(supportsServer());
    server.nowOn(route(Operation.CHAT), answer);
    Reply reply = call(task());
    assertThat("the key is in no reply", reply.toString(), not(containsString(KEY)));
    return reply;
  }

  private Reply.Failed fails(Answer answer) {
    Reply reply = answered(answer);
    assertThat(reply, is(instanceOf(Reply.Failed.class)));
    return (Reply.Failed) reply;
  }

  @Test
  void kind_isFoundAndPlain() {
    assertThat(Providers.kinds(), hasItem(kind()));
    assertThat(tested().kind(), is(kind()));
    assertThat(kind(), matchesPattern("[a-z0-9-]+"));
    assertThat(tested().runsInProcess(), is(!supportsServer()));
    assertThat(tested().unavailable(), is(nullValue()));
  }

  @Test
  void defaults_areAnAddressAndAKey_orNeither() {
    ModelProvider.Defaults defaults = tested().defaults();
    assertThat(defaults.baseUrl().isEmpty(), is(!supportsServer()));
    assertThat(defaults.keyVariable() == null, is(!supportsServer()));
    assertThat(tested().addressProblem(defaults.baseUrl()), is(nullValue()));
    assertThat(tested().priceList(provider("http://localhost")).isBlank(), is(false));
  }

  @Test
  void requests_areEqualTextForEqualQuestions_andHoldTheDocument() {
    Request one = request(task());
    Request same = request(task());
    assertThat(one, is(same));
    assertThat(one.body(), containsString("some text"));
    assertThat(
        "the model is in the body or in the path",
        json(one.body()).path("model").asText().equals(task().model())
            || (supportsServer() && route(Operation.CHAT).contains(task().model())),
        is(true));
    assertThat(one.body(), not(containsString(KEY)));
    assertThat(one.inputTokens(), is(greaterThan(0L)));
    Request other =
        new RequestBuilder(task()).build(json("{\"text\":\"another \\\"text\\\" \\u20ac\"}"));
    assertThat(other.fingerprint(), is(not(one.fingerprint())));
  }

  @Test
  void tokens_growWithTheText_andACutFits() {
    TokenCounter tokens = tested().tokens(task().model());
    assertThat(tokens.count(""), is(0L));
    String text = "some words 😀 and more ".repeat(50);
    assertThat(tokens.count(text), is(greaterThan(tokens.count("some words"))));
    assertThat(tokens.chatTokens("a", text), is(greaterThan(tokens.chatTokens(null, "a"))));
    for (long most : new long[] {1, 5, 100}) {
      assertThat(tokens.count(tokens.cut(text, most)), is(lessThanOrEqualTo(most)));
      assertThat(text.startsWith(tokens.cut(text, most)), is(true));
    }
  }

  @Test
  void schema_isSent_andNoPartOfTheFingerprint() {
    assumeTrue(supportsSchemas());
    Request plain = request(task());
    Request structured = request(task().withOutput(Output.ofJson(SCHEMA)));
    // A schema may be a text within the JSON.
    assertThat(structured.body().replace("\\\"", "\""), containsString("\"topic\""));
    assertThat(structured.fingerprint(), is(plain.fingerprint()));
  }

  @Test
  void operationsThatThereAreNot_areRefusedBeforeAnythingIsSent() {
    assumeFalse(supportsEmbeddings());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new RequestBuilder(embedding()));
    assertThat(e.getMessage(), containsString("embed"));
  }

  @Test
  void answer_isItsTextAndUsage_andTheKeyIsInAHeaderAlone() {
    assumeTrue(supportsServer());
    Usage usage = new Usage(7, 0, 3);
    Reply.Answered reply = (Reply.Answered) answered(new Answer(200, answer("héllo", usage)));
    assertThat(reply.raw(), is("héllo"));
    assertThat(reply.model(), is("m-1"));
    assertThat(reply.usage(), is(usage));
    assertThat(reply.headers(), is(RateHeaders.NONE));
    ScriptedServer.Received received = server.received().get(0);
    assertThat(received.headers().toString(), containsString(KEY));
    assertThat(received.body(), not(containsString(KEY)));
    assertThat(received.uri(), not(containsString(KEY)));
    assertThat(received.body(), is(request(task()).body()));
  }

  @ParameterizedTest
  @EnumSource(Trouble.class)
  void trouble_isTakenForWhatItIs(Trouble trouble) {
    assumeTrue(supportsServer());
    Answer answer = trouble(trouble, "some words, with the key " + KEY);
    Reply.Failed failed = fails(answer);
    assertThat(failed.kind(), is(trouble.kind));
    assertThat(failed.scope(), is(trouble.scope));
    assertThat(failed.retryable(), is(trouble.retryable));
    assertThat(failed.billing(), is(trouble.billing));
    assertThat(failed.status(), is(answer.status()));
    assertThat(failed.message(), containsString(String.valueOf(answer.status())));
  }

  /** What stands between, or an error of the server's own, speaks no JSON. */
  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 408, 413, 425, 429, 499, 500, 502, 503, 504, 529})
  void trouble_isToldByItsStatus_whateverTheBody(int status) {
    for (String body : List.of("", "<html>some words " + KEY + "</html>", "{\"error\":", "[1]")) {
      Reply.Failed failed = fails(new Answer(status, body));
      assertThat(failed.status(), is(status));
      assertThat(
          status + body,
          failed.retryable(),
          is(List.of(408, 425, 429, 499).contains(status) || status >= 500));
      assertThat(failed.scope() == Scope.RATE, is(status == 429));
    }
    Reply.Failed half = fails(new Answer(status, "{\"error\":{}}").arriving(Arrival.HALF));
    assertThat("the status says enough", half.status(), is(status));
  }

  @ParameterizedTest
  @EnumSource(NotAnAnswer.class)
  void answerThatIsNone_isPaidFor(NotAnAnswer way) {
    assumeTrue(supportsServer() && supports(way));
    Reply.Failed failed = fails(new Answer(200, notAnAnswer(way)));
    assertThat(failed.kind(), is(way.kind));
    assertThat(failed.retryable(), is(way.retryable));
    assertThat(failed.scope(), is(Scope.ROW));
    assertThat(failed.billing(), is(Billing.BILLED));
    assertThat(failed.usage(), is(new Usage(7, 0, 3)));
    if (way == NotAnAnswer.CUT || way == NotAnAnswer.BROKEN_OFF) {
      assertThat("what came is kept", failed.raw(), is("half"));
    }
    if (way == NotAnAnswer.BROKEN_OFF) {
      // Which is not paid for a third time.
      assertThat(failed.code(), is("no_answer"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "not json",
        "{}",
        "[]",
        "null",
        "\"text\"",
        "{\"error\":{\"message\":\"oops\"}}"
      })
  void bodyThatIsNoAnswer_mayHaveBeenPaidFor_andIsAskedAgain(String body) {
    Reply.Failed failed = fails(new Answer(200, body));
    assertThat(failed.kind(), is(ErrorKind.SERVER_ERROR));
    assertThat(failed.retryable(), is(true));
    assertThat(failed.billing(), is(Billing.UNKNOWN));
  }

  @Test
  void bodyCutWithoutASign_isNoAnswer() {
    assumeTrue(supportsServer());
    String whole = answer("a long answer ".repeat(20), new Usage(7, 0, 3));
    Reply.Failed failed = fails(new Answer(200, whole).arriving(Arrival.HALF_UNNOTICED));
    assertThat(failed.retryable(), is(true));
    assertThat(failed.billing(), is(Billing.UNKNOWN));
  }

  @ParameterizedTest
  @EnumSource(
      value = Arrival.class,
      names = {"HALF", "DROPPED"})
  void connectionThatBreaks_mayHaveBeenPaidFor(Arrival arrival) {
    assumeTrue(supportsServer());
    String whole = answer("an answer", new Usage(7, 0, 3));
    Reply.Failed failed = fails(new Answer(200, whole).arriving(arrival));
    assertThat(failed.kind(), is(ErrorKind.TRANSPORT));
    assertThat(failed.retryable(), is(true));
    assertThat(failed.scope(), is(Scope.ROW));
    assertThat(failed.billing(), is(Billing.UNKNOWN));
  }

  @Test
  void serverThatHangs_isOverloaded() {
    assumeTrue(supportsServer());
    server.on(route(Operation.CHAT), 200, "", Arrival.HANGING);
    try (Caller caller = open(task(), Duration.ofMillis(300))) {
      Reply.Failed failed = (Reply.Failed) caller.call(request(task()));
      assertThat(failed.kind(), is(ErrorKind.TIMEOUT));
      assertThat(failed.scope(), is(Scope.LOAD));
      assertThat(failed.retryable(), is(true));
      assertThat(failed.billing(), is(Billing.UNKNOWN));
    }
  }

  @Test
  void nobodyListens_nothingWasPaidFor() throws IOException {
    assumeTrue(supportsServer());
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    ModelTask task =
        ModelTask.of(
            "contract", provider("http://localhost:" + port), "m-1", new Prompt(null, "{{text}}"));
    Reply.Failed failed = (Reply.Failed) call(task);
    assertThat(failed.kind(), is(ErrorKind.TRANSPORT));
    assertThat(failed.retryable(), is(true));
    assertThat(failed.billing(), is(Billing.NOT_BILLED));
  }

  @Test
  void redirect_isNotFollowed_soThatTheKeyGoesNowhereElse() throws IOException {
    assumeTrue(supportsServer());
    try (ScriptedServer elsewhere = new ScriptedServer()) {
      Reply.Failed failed =
          fails(new Answer(307, "").withHeaders(Map.of("Location", elsewhere.url() + "/x")));
      assertThat(failed.status(), is(307));
      assertThat(elsewhere.received(), is(empty()));
    }
  }

  @Test
  void wait_isReadFromRetryAfter() {
    assumeTrue(supportsServer());
    Answer limited = trouble(Trouble.RATE_LIMITED, "slow down");
    assertThat(fails(limited).retryAfter(), is(nullValue()));
    assertThat(
        fails(limited.withHeaders(Map.of("Retry-After", "7"))).retryAfter(),
        is(Duration.ofSeconds(7)));
    assertThat(
        fails(limited.withHeaders(Map.of("Retry-After", "0.5"))).retryAfter(),
        is(Duration.ofMillis(500)));
    assertThat(
        fails(limited.withHeaders(Map.of("Retry-After", "rubbish"))).retryAfter(), is(nullValue()));
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            Instant.now().plusSeconds(3_000).atZone(ZoneOffset.UTC));
    Duration until = fails(limited.withHeaders(Map.of("Retry-After", date))).retryAfter();
    assertThat(until != null && until.toSeconds() > 0 && until.toSeconds() <= 3_000, is(true));
    Reply.Failed day = fails(limited.withHeaders(Map.of("Retry-After", "86400")));
    assertThat("a day is no rate limit", day.scope(), is(Scope.ACCOUNT));
  }

  @Test
  void rateHeaders_areRead_withAnswersAndWithRefusals() {
    assumeTrue(supportsServer() && supportsRateHeaders());
    RateHeaders stated = new RateHeaders(500, 499, 10_000, 9_000);
    Answer right = new Answer(200, answer("x", new Usage(7, 0, 3)));
    assertThat(answered(right.withHeaders(rateHeaders())).headers(), is(stated));
    assertThat(
        fails(trouble(Trouble.RATE_LIMITED, "x").withHeaders(rateHeaders())).headers(), is(stated));
  }

  private static String base64(float... vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : vector) {
      bytes.putFloat(value);
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  @Test
  void embedding_isItsVector() {
    assumeTrue(supportsServer() && supportsEmbeddings());
    List<float @Nullable []> one = new ArrayList<>();
    one.add(new float[] {1, -2});
    server.on(route(Operation.EMBED), 200, embeddings(one, 5));
    Reply.Answered reply = (Reply.Answered) call(embedding());
    assertThat(reply.raw(), is(base64(1, -2)));
    assertThat(reply.usage(), is(new Usage(5, 0, 0)));
  }

  @Test
  void embeddingsOfOneCall_keepTheirOrder_andOneThatIsMissingIsItsOwn() {
    assumeTrue(supportsServer() && supportsEmbeddings());
    try (Caller caller = open(embedding(), Duration.ofSeconds(20))) {
      assumeTrue(caller.packs().requests() > 1);
      List<float @Nullable []> two = new ArrayList<>();
      two.add(new float[] {1, -2});
      two.add(null);
      two.add(new float[] {3, 4});
      server.on(route(Operation.EMBED), 200, embeddings(two, 30));
      Request request = request(embedding());
      List<Reply> replies = caller.callPacked(List.of(request, request, request));
      assertThat(((Reply.Answered) replies.get(0)).raw(), is(base64(1, -2)));
      assertThat(((Reply.Failed) replies.get(1)).retryable(), is(true));
      assertThat(((Reply.Answered) replies.get(2)).raw(), is(base64(3, 4)));
      server.nowOn(route(Operation.EMBED), trouble(Trouble.BROKEN, "x"));
      List<Reply> failures = caller.callPacked(List.of(request, request));
      assertThat(failures.size(), is(2));
      assertThat(failures.get(1), is(instanceOf(Reply.Failed.class)));
    }
  }
}
