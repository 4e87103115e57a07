package io.sluice.internal.http;

import static io.sluice.internal.http.RawServer.answer;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.http.RawServer.Script;
import io.sluice.internal.http.hints.Told;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server does on the wire, and that it costs its own call at most. */
@Timeout(60)
class HostileServerTest {
  private static final String KEY = "sk-test-0123456789-abcdef";
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(400);

  private @Nullable RawServer server;

  @AfterEach
  void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  private RawServer serve(Script script) throws IOException {
    RawServer made = new RawServer(script);
    server = made;
    return made;
  }

  /** Answers are their bodies, failures their status. */
  private static Endpoint endpoint(RawServer to, Duration timeout) {
    return new Endpoint(
        to.connection(KEY, timeout),
        "/x",
        Map.of(),
        (status, headers, body, what) ->
            status == 200
                ? new Reply.Answered(body, "m", "stop", null, RateHeaders.NONE)
                : ErrorVerdict.ofStatus(status)
                    .toReply(ErrorReply.of(status, headers, what, body, "")));
  }

  private static Reply post(Endpoint endpoint, String body) {
    return endpoint.post(
        body,
        (status, headers, text, what) ->
            status == 200
                ? new Reply.Answered(text, "m", "stop", null, RateHeaders.NONE)
                : ErrorVerdict.ofStatus(status)
                    .toReply(ErrorReply.of(status, headers, what, text, "")));
  }

  private static String raw(Reply reply) {
    return reply instanceof Reply.Answered answered ? answered.raw() : reply.toString();
  }

  /** The answer to a text that is asked again where the connection alone was to blame. */
  private static String asked(Endpoint endpoint, String text) {
    Reply reply = post(endpoint, text);
    if (reply instanceof Reply.Failed failed) {
      assertThat(failed.scope(), is(Reply.Scope.CONNECTION));
      assertThat(failed.billing(), is(Billing.UNKNOWN));
      reply = post(endpoint, text);
    }
    return raw(reply);
  }

  private static String bodyOf(String request) {
    return request.substring(request.indexOf("\r\n\r\n") + 4);
  }

  // An answer belongs to its request.

  @Test
  void anAnswerTooMany_shiftsNoOther() throws IOException {
    RawServer to =
        serve(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                talk.write(answer("to " + bodyOf(got)) + answer("too many"));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      for (int i = 0; i < 5; i++) {
        assertThat(raw(post(endpoint, "d" + i)), is("to d" + i));
      }
    }
    assertThat(to.connections(), is(5));
  }

  @Test
  void anAnswerThatComesBeforeItsRequest_isNobodys() throws Exception {
    CountDownLatch written = new CountDownLatch(1);
    RawServer to =
        serve(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                talk.write(answer("to " + bodyOf(got)));
                if (talk.number() == 1) {
                  talk.write(answer("too early"));
                  written.countDown();
                }
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(raw(post(endpoint, "d0")), is("to d0"));
      written.await();
      assertThat(raw(post(endpoint, "d1")), is("to d1"));
      // A server that did this once is not trusted with kept connections.
      assertThat(raw(post(endpoint, "d2")), is("to d2"));
    }
    assertThat(to.connections(), is(3));
  }

  /** It may come once the next request is on its way. */
  @ParameterizedTest
  @ValueSource(ints = {204, 304, 999})
  void aBodyBehindAStatusWithoutOne_isNobodysAnswer(int status) throws IOException {
    RawServer to =
        serve(
            talk -> {
              String first = String.valueOf(talk.read());
              talk.write(
                  bodyOf(first).equals("d0")
                      ? "HTTP/1.1 " + status + " Said\r\ncontent-length: 0\r\n\r\n"
                      : answer("to " + bodyOf(first)));
              if (talk.read() != null) {
                talk.write(answer("too many"));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      post(endpoint, "d0");
      assertThat(raw(post(endpoint, "d1")), is("to d1"));
    }
  }

  /** The second answer is the first one's shadow; that shows when the real one comes behind it. */
  @Test
  void anAnswerThatAnotherOneFollows_isAskedForAgain() throws IOException {
    RawServer to =
        serve(
            talk -> {
              String first = String.valueOf(talk.read());
              talk.write(answer("to " + bodyOf(first)));
              String second = talk.read();
              if (second != null) {
                talk.write(answer("a shadow") + answer("to " + bodyOf(second)));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(raw(post(endpoint, "d0")), is("to d0"));
      assertThat(asked(endpoint, "d1"), is("to d1"));
    }
  }

  @Test
  void aShadowThatSaysThatItsConnectionCloses_isAskedForAgain() throws IOException {
    RawServer to =
        serve(
            talk -> {
              String first = String.valueOf(talk.read());
              talk.write(answer("to " + bodyOf(first)));
              String second = talk.read();
              if (second != null) {
                talk.write(
                    answer(200, "connection: close\r\n", "a shadow")
                        + answer("to " + bodyOf(second)));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(raw(post(endpoint, "d0")), is("to d0"));
      assertThat(asked(endpoint, "d1"), is("to d1"));
    }
  }

  @Test
  void aShadowWhileAnotherConnectionIsFoundOut_isAskedForAgain() throws Exception {
    CountDownLatch isOut = new CountDownLatch(1);
    CountDownLatch isFoundOut = new CountDownLatch(1);
    RawServer to =
        serve(
            talk -> {
              String first = String.valueOf(talk.read());
              String whole = answer("to " + bodyOf(first));
              talk.write(talk.number() == 2 ? whole + answer("too many") : whole);
              String second = talk.read();
              if (second != null) {
                isOut.countDown();
                isFoundOut.await();
                talk.write(answer("a shadow") + answer("to " + bodyOf(second)));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(raw(post(endpoint, "d0")), is("to d0"));
      CompletableFuture<String> shadowed =
          CompletableFuture.supplyAsync(() -> asked(endpoint, "d1"));
      isOut.await();
      assertThat(raw(post(endpoint, "d2")), is("to d2"));
      isFoundOut.countDown();
      assertThat(shadowed.get(), is("to d1"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Request-Id", "x-client-request-id"})
  void anEchoOfAnothersRequestId_isNotOurAnswer(String header) throws IOException {
    String[] before = {"sluice-of-nobody"};
    RawServer to =
        serve(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                String id = got.substring(got.indexOf(OURS), got.indexOf('\r', got.indexOf(OURS)));
                String echoed = talk.number() == 1 ? before[0] : id;
                before[0] = id;
                talk.write(answer(200, header + ": " + echoed + "\r\n", "on " + talk.number()));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(asked(endpoint, "d0"), is("on 2"));
    }
  }

  private static final String OURS = "sluice-";

  @Test
  void aProvidersOwnRequestId_isNone() throws IOException {
    RawServer to =
        serve(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                talk.write(answer(200, "x-request-id: req_1\r\n", "on " + talk.number()));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      post(endpoint, "d0");
      assertThat(raw(post(endpoint, "d1")), is("on 1"));
    }
  }

  // A kept connection that was closed.

  @Test
  void aKeptConnectionThatWasClosed_isItsConnections() throws IOException {
    RawServer to =
        serve(
            talk -> {
              talk.write(answer("to " + bodyOf(String.valueOf(talk.read()))));
              // Not one byte to the next.
              talk.read();
              talk.socket().setSoLinger(true, 0);
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      for (int i = 0; i < 4; i++) {
        assertThat(asked(endpoint, "d" + i), is("to d" + i));
      }
    }
  }

  @Test
  void whoClosesBehindEachAnswer_isFoundOutByTheFirst() throws Exception {
    Semaphore closed = new Semaphore(0);
    RawServer to =
        serve(
            talk -> {
              talk.write(answer("to " + bodyOf(String.valueOf(talk.read()))));
              talk.socket().close();
              closed.release();
            });
    int unheard = 0;
    try (Endpoint endpoint = endpoint(to, LONG)) {
      for (int i = 0; i < 20; i++) {
        Reply reply = post(endpoint, "d" + i);
        if (reply instanceof Reply.Failed failed) {
          assertThat(failed.scope(), is(Reply.Scope.CONNECTION));
          unheard++;
          reply = post(endpoint, "d" + i);
        }
        assertThat(raw(reply), is("to d" + i));
        closed.acquire();
      }
    }
    assertThat(unheard, is(lessThanOrEqualTo(1)));
  }

  /** Who closes before all of a request has come has not read it, and bills nothing. */
  @Test
  void aKeptConnectionThatClosesWhileARequestIsSent_isNoCall() throws IOException {
    String large = "d".repeat(8 << 20);
    RawServer to =
        serve(
            talk -> {
              String first = String.valueOf(talk.read());
              talk.write(answer("to " + bodyOf(first).length()));
              if (talk.number() == 1) {
                talk.socket().getInputStream().readNBytes(1000);
                talk.socket().setSoLinger(true, 0);
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(raw(post(endpoint, "d0")), is("to 2"));
      assertThat(raw(post(endpoint, large)), is("to " + large.length()));
    }
  }

  @Test
  void aNewConnectionThatIsClosed_isAnAttempt() throws IOException {
    RawServer to = serve(talk -> talk.read());
    try (Endpoint endpoint = endpoint(to, LONG)) {
      Reply.Failed failed = (Reply.Failed) post(endpoint, "d0");
      assertThat(failed.kind(), is(ErrorKind.TRANSPORT));
      assertThat(failed.billing(), is(Billing.UNKNOWN));
    }
    assertThat(to.requests(), is(1));
  }

  @Test
  void aKeptConnectionThatBreaksWithinItsAnswer_isAnAttempt() throws IOException {
    RawServer to =
        serve(
            talk -> {
              talk.write(answer("to " + bodyOf(String.valueOf(talk.read()))));
              talk.read();
              talk.write("HTTP/1.1 200 OK\r\ncontent-le");
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      post(endpoint, "d0");
      Reply.Failed failed = (Reply.Failed) post(endpoint, "d1");
      assertThat(failed.billing(), is(Billing.UNKNOWN));
    }
    assertThat(to.requests(), is(2));
  }

  /** It is there, as one that says 500 is, and unlike one that closes without a word. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/9.9 999 \r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: none\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: y\r\n"
      })
  void aServerThatSaysWhatIsNoHttp_breaks(String said) throws IOException {
    // More than are borne with of any of them.
    RawServer to =
        serve(
            talk -> {
              talk.read();
              talk.write(said.repeat(20_000));
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      Reply.Failed failed = (Reply.Failed) post(endpoint, "d0");
      assertThat(failed.message(), failed.kind(), is(ErrorKind.SERVER_ERROR));
      assertThat(failed.billing(), is(Billing.UNKNOWN));
      assertThat(failed.retryable(), is(true));
    }
  }

  // One deadline.

  static Stream<Script> withoutAnEnd() {
    return Stream.of(
        // Nothing at all.
        talk -> Thread.sleep(60_000),
        // The head, drop by drop.
        talk -> talk.drip("HTTP/1.1 200 OK\r\nx: ", "y"),
        // Headers without an end.
        talk -> talk.drip("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
        // Interim answers without an end, slowly.
        talk -> talk.drip("", "HTTP/1.1 102 Processing\r\n\r\n"),
        // A body of a length that never comes.
        talk -> talk.drip("HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n", " "),
        // Chunks without an end, as the answer and as an error.
        talk -> talk.drip("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        talk ->
            talk.drip(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;",
                "an extension that goes on"));
  }

  @ParameterizedTest
  @MethodSource("withoutAnEnd")
  void aCallEnds(Script script) throws IOException {
    RawServer to = serve(script);
    try (Endpoint endpoint = endpoint(to, SHORT)) {
      Reply.Failed failed = (Reply.Failed) post(endpoint, "d0");
      assertThat(failed.toString(), failed.kind(), is(ErrorKind.TIMEOUT));
      assertThat(failed.message(), containsString("within 400 ms"));
    }
  }

  @Test
  void anErrorWhosePageDoesNotEnd_timesOut() throws IOException {
    RawServer to =
        serve(
            talk ->
                talk.drip("HTTP/1.1 500 Oh\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n \r\n"));
    try (Endpoint endpoint = endpoint(to, SHORT)) {
      assertThat(((Reply.Failed) post(endpoint, "d0")).kind(), is(ErrorKind.TIMEOUT));
    }
  }

  @Test
  void aHandshakeThatNeverComes_timesOut() throws IOException {
    RawServer to = serve(talk -> Thread.sleep(60_000));
    Provider provider =
        new Provider(
            "openai",
            "https://127.0.0.1:" + to.port(),
            KeySource.NONE,
            "Authorization",
            Map.of(),
            Map.of());
    Connection connection = new Connection(provider, Operation.CHAT, "m", null, SHORT, 10);
    try (Endpoint endpoint = new Endpoint(connection, "/x", Map.of(), (s, h, b, w) -> ANSWER)) {
      assertThat(((Reply.Failed) post(endpoint, "d0")).kind(), is(ErrorKind.TIMEOUT));
    }
  }

  private static final Reply ANSWER = new Reply.Answered("x", "m", "stop", null, RateHeaders.NONE);

  // Bounds.

  static Stream<String> withoutBounds() {
    return Stream.of(
        "HTTP/1.1 200 OK\r\nx: " + "y".repeat(1 << 20) + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" + "x: y\r\n".repeat(10_000) + "\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000),
        "\r\n".repeat(10_000),
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        "HTTP/9.9 999 \r\n\r\n",
        "SSH-2.0-OpenSSH\r\n");
  }

  @ParameterizedTest
  @MethodSource("withoutBounds")
  void whatNoServerSays_isAFailureOfItsCall(String said) throws IOException {
    RawServer to =
        serve(
            talk -> {
              talk.read();
              talk.write(said);
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(post(endpoint, "d0"), instanceOf(Reply.Failed.class));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205, 304, 101, 199, 600, 999})
  void aStatusWithoutABody_isAFailureOfItsCall(int status) throws IOException {
    RawServer to =
        serve(
            talk -> {
              talk.read();
              talk.write("HTTP/1.1 " + status + " Said\r\n\r\n");
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      assertThat(post(endpoint, "d0"), instanceOf(Reply.Failed.class));
    }
  }

  /** What a parser does with what it is given must not end more than the call. */
  @Test
  void aReaderThatBreaks_isAFailureOfItsCall() throws IOException {
    RawServer to =
        serve(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                talk.write(answer("x"));
              }
            });
    List<Endpoint.Wire> broken =
        List.of(
            (status, headers, body, what) -> {
              throw new ArithmeticException("Seconds out of range");
            },
            (status, headers, body, what) -> {
              throw new StackOverflowError();
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      for (Endpoint.Wire wire : broken) {
        Reply.Failed failed = (Reply.Failed) endpoint.post("d0", wire);
        assertThat(failed.kind(), is(ErrorKind.SERVER_ERROR));
        assertThat(failed.billing(), is(Billing.UNKNOWN));
      }
    }
  }

  // The key.

  @Test
  void theKeyIsTakenOut_beforeAnythingReadsTheAnswer() throws IOException {
    RawServer to =
        serve(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                int status = bodyOf(got).equals("error") ? 400 : 200;
                talk.write(answer(status, "x-said: " + KEY + "\r\n", "say " + KEY + " and " + KEY));
              }
            });
    try (Endpoint endpoint = endpoint(to, LONG)) {
      for (String how : List.of("answer", "error")) {
        Reply reply =
            endpoint.post(
                how,
                (status, headers, body, what) ->
                    new Reply.Answered(
                        body + Told.header(headers, "x-said"),
                        "m",
                        "stop",
                        null,
                        RateHeaders.NONE));
        assertThat(raw(reply), is("say *** and ******"));
      }
    }
  }
}
