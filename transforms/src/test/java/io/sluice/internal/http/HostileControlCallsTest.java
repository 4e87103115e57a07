package io.sluice.internal.http;

import static io.sluice.internal.http.RawServer.answer;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.internal.http.RawServer.Script;
import io.sluice.spi.CallFailedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server says of batches and their results, and that it costs its own call at most. */
@Timeout(60)
class HostileControlCallsTest {
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

  private static ControlCalls calls(RawServer to, Duration timeout) {
    return new ControlCalls(
        to.connection(KEY, timeout),
        Map.of(),
        (status, headers, body, what) ->
            ErrorVerdict.ofStatus(status).toReply(ErrorReply.of(status, headers, what, body, "")));
  }

  @Test
  void resultsThatComeByteByByte_timeOut() throws IOException {
    RawServer to =
        serve(talk -> talk.drip("HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n", "x"));
    try (ControlCalls calls = calls(to, SHORT)) {
      calls.download("/x", in -> in.readAllBytes());
      throw new AssertionError("It ended");
    } catch (CallFailedException e) {
      assertThat(e.failure().kind(), is(ErrorKind.TIMEOUT));
    }
  }

  @Test
  void aKeyInThePath_isShownNowhere() throws Exception {
    RawServer to =
        serve(
            talk -> {
              talk.read();
              talk.write("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
            });
    try (ControlCalls calls = calls(to, LONG)) {
      CallFailedException e =
          assertThrows(CallFailedException.class, () -> calls.page("/" + KEY + "/x", Map.of()));
      assertThat(e.failure().message(), containsString("/***/x was answered 404"));
    }
  }

  @Test
  void resultsAreReadWithoutTheKey() throws Exception {
    RawServer to =
        serve(
            talk -> {
              talk.read();
              talk.write(answer("{\"a\":\"" + KEY + "\"}\n{\"b\":1}"));
            });
    String[] read = {""};
    try (ControlCalls calls = calls(to, LONG)) {
      calls.download("/x", in -> read[0] = new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    assertThat(read[0], is("{\"a\":\"***\"}\n{\"b\":1}"));
  }

  @Test
  void aListWithTheKeyInIt_isReadWithoutIt() throws Exception {
    RawServer to =
        serve(
            talk -> {
              talk.read();
              talk.write(answer("{\"id\":\"batch_" + KEY + "\"}"));
            });
    try (ControlCalls calls = calls(to, LONG)) {
      assertThat(
          calls.call("GET", "/x", Map.of(), null).toString(), not(containsString("0123456789")));
    }
  }

  /** Ids and the tokens of pages are the server's own words: each is asked about as it is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "b%zz",
        "b%",
        "b%2",
        "%%41",
        "\ud800",
        "b\udc00x",
        "b c",
        "b\n\u0000",
        "[::",
        "b|^`{"
      })
  void anIdThatNoUrlCanHave_isAskedAbout_andThrowsNothing(String id) throws Exception {
    RawServer to =
        serve(
            talk -> {
              while (talk.read() != null) {
                talk.write(answer("{\"data\":[]}"));
              }
            });
    try (ControlCalls calls = calls(to, LONG)) {
      assertThat(calls.page("/batches/" + id, Map.of("after", id), "data").isObject(), is(true));
      calls.download("/files/" + id + "/content", InputStream::readAllBytes);
    }
  }
}
