package io.sluice.internal.provider;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.http.RawServer;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.spi.ApiKey;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Breakage;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Answers, errors, embeddings, lists and results of batches of both wire formats, broken at random:
 * whatever comes is an end of its call that can be counted, judged and kept, in bounded time, and
 * never another document's or with the key in it. With {@code -Dsluice.fuzz.rounds=N} more of them,
 * and others each time.
 */
class HostileRepliesTest {
  private static final int ROUNDS = Breakage.rounds(400);

  /** Statuses without a body, which this server sends all the same. */
  private static final List<Integer> BODILESS = List.of(204, 304);

  private static final String KEY = "sk-test-0123456789-abcdef";
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final BatchIntent INTENT =
      new BatchIntent("intent1", Instant.parse("2026-11-24T12:00:00Z"), 3);

  private static final String USAGE =
      "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,\"input_tokens\":10,"
          + "\"output_tokens\":5,\"cache_read_input_tokens\":1,\"cache_creation_input_tokens\":1,"
          + "\"prompt_tokens_details\":{\"cached_tokens\":1}}";

  private static final List<String> BODIES =
      List.of(
          "{\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
              + "\"content\":\"{\\\"label\\\":\\\"a\\\"}\",\"refusal\":null},\"finish_reason\":\"stop\"}],"
              + USAGE
              + "}",
          "{\"id\":\"m1\",\"type\":\"message\",\"model\":\"m\",\"content\":[{\"type\":\"text\",\"text\":"
              + "\"{\\\"label\\\":\\\"a\\\"}\"}],\"stop_reason\":\"end_turn\","
              + USAGE
              + "}",
          "{\"object\":\"list\",\"data\":[{\"index\":0,\"embedding\":[0.5,1]},{\"index\":1,"
              + "\"embedding\":\"AAAAAA==\"}],\"model\":\"m\","
              + USAGE
              + "}",
          "{\"error\":{\"message\":\"Rate limit reached, try again in 1m5.2s\",\"type\":\"tokens\","
              + "\"code\":\"rate_limit_exceeded\"}}",
          "[{\"error\":{\"code\":429,\"message\":\"quota\",\"details\":[{\"retryDelay\":\"15s\"}]}}]",
          "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
          "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}",
          "{\"error\":{\"message\":\"Incorrect API key provided: "
              + KEY
              + "\",\"code\":\""
              + KEY
              + "\"}}",
          "<!DOCTYPE html><html><title>Sign in</title><p>Please</html>",
          "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n");

  private final Breakage breakage = new Breakage(KEY);
  private volatile byte[] answer = {};
  private RawServer server;

  @BeforeEach
  void start() throws IOException {
    server =
        new RawServer(
            talk -> {
              for (String got = talk.read(); got != null; got = talk.read()) {
                talk.socket().getOutputStream().write(answer);
                talk.socket().getOutputStream().flush();
                if (!new String(answer, StandardCharsets.ISO_8859_1).contains("content-length: ")) {
                  return;
                }
              }
            });
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Connection connection(String kind, Operation operation) {
    Provider provider =
        new Provider(
            kind,
            server.url(),
            KeySource.NONE,
            Provider.defaultAuthHeader(kind),
            Map.of(),
            Map.of());
    return new Connection(provider, operation, "m", ApiKey.of(KEY), TIMEOUT, 10);
  }

  private byte[] http(int status, String body) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Said\r\n");
    for (int i = breakage.upTo(4); i > 0; i--) {
      head.append(String.join(": ", breakage.header())).append("\r\n");
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    if (breakage.upTo(10) > 0) {
      head.append("content-length: ").append(bytes.length).append("\r\n");
    }
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[start.length + bytes.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(bytes, 0, all, start.length, bytes.length);
    if (breakage.upTo(20) == 0) {
      all[breakage.upTo(all.length)] = (byte) breakage.upTo(256);
    }
    return all;
  }

  private static final List<AnswerJudge> JUDGES =
      List.of(
          new AnswerJudge(Output.TEXT, Operation.CHAT),
          new AnswerJudge(
              new Output(OutputType.LABEL, List.of("a", "b"), null, false), Operation.CHAT),
          new AnswerJudge(
              new Output(
                  OutputType.JSON,
                  List.of(),
                  "{\"type\":\"object\",\"properties\":{\"label\":{\"type\":\"string\",\"pattern\":"
                      + "\"^(a+)+$\"}}}",
                  false),
              Operation.CHAT),
          new AnswerJudge(Output.TEXT, Operation.EMBED));

  private void settle(Reply reply) {
    if (breakage.settled(reply) instanceof Reply.Answered answered) {
      JUDGES.forEach(judge -> judge.judge(answered.raw()));
    }
  }

  @Test
  void repliesOneByOne() throws IOException {
    for (String kind : List.of("openai", "anthropic")) {
      try (Caller caller = Providers.of(kind).open(connection(kind, Operation.CHAT))) {
        for (int round = 0; round < ROUNDS; round++) {
          int status = breakage.upTo(12) == 0 ? breakage.one(BODILESS) : breakage.status();
          answer = http(status, breakage.of(breakage.one(BODIES)));
          try {
            settle(caller.call(new Request("00", "{\"model\":\"m\"}", 5, 10)));
          } catch (RuntimeException | Error e) {
            throw breakage.kept(kind, round, answer, e);
          }
        }
      }
    }
  }

  @Test
  void repliesToSeveralEmbeddings() throws IOException {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      requests.add(new Request("0" + i, "{\"model\":\"m\",\"input\":\"" + i + "\"}", i, 0));
    }
    try (Caller caller = Providers.of("openai").open(connection("openai", Operation.EMBED))) {
      for (int round = 0; round < ROUNDS; round++) {
        int status = breakage.upTo(4) == 0 ? breakage.status() : 200;
        answer = http(status, breakage.of(BODIES.get(2)));
        try {
          List<Reply> replies = caller.callPacked(requests);
          assertThat(replies, hasSize(3));
          replies.forEach(this::settle);
        } catch (RuntimeException | Error e) {
          throw breakage.kept("embeddings", round, answer, e);
        }
      }
    }
  }

  private String results() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      String body = breakage.one(BODIES);
      lines.append(
          breakage.one(
              List.of(
                  breakage.of(
                      "{\"custom_id\":\"r"
                          + i
                          + "\",\"response\":{\"status_code\":200,\"body\":"
                          + json(body)
                          + "}}"),
                  breakage.of(
                      "{\"custom_id\":\"r"
                          + i
                          + "\",\"error\":{\"code\":\"batch_expired\",\"message\":\""
                          + KEY
                          + "\"}}"),
                  breakage.of(
                      "{\"custom_id\":\"r"
                          + i
                          + "\",\"result\":{\"type\":\"succeeded\",\"message\":"
                          + json(body)
                          + "}}"),
                  breakage.of(
                      "{\"custom_id\":\"r"
                          + i
                          + "\",\"result\":{\"type\":\"errored\",\"error\":"
                          + json(body)
                          + "}}"))));
      lines.append('\n');
    }
    return lines.toString();
  }

  private static String json(String body) {
    return body.startsWith("{") || body.startsWith("[") ? body : "\"" + KEY + "\"";
  }

  @Test
  void batches() throws Exception {
    String batch =
        "{\"id\":\"b1\",\"status\":\"completed\",\"processing_status\":\"ended\",\"created_at\":1700000000,"
            + "\"expires_at\":1700000000,\"output_file_id\":\"f1\",\"results_url\":\"x\",\"request_counts\":"
            + "{\"total\":3,\"completed\":2,\"failed\":1,\"succeeded\":2,\"errored\":1},\"metadata\":"
            + "{\"sluice_intent\":\"intent1\"},\"errors\":{\"data\":[{\"code\":\"x\",\"message\":\"y\",\"line\":2}]}}";
    for (String kind : List.of("openai", "anthropic")) {
      try (BatchClient client =
          BatchClient.open(connection(kind, Operation.CHAT), time -> {}, new Random(1))) {
        for (int round = 0; round < ROUNDS / 4; round++) {
          try {
            answer = http(200, breakage.of(batch));
            BatchStatus status = client.poll("b1");
            status.counts().finished();
            answer = http(200, results());
            List<ResultLine> lines = new ArrayList<>();
            client.results(INTENT, status, lines::add);
            lines.forEach(line -> settle(line.reply()));
            answer =
                http(
                    200, breakage.of("{\"has_more\":true,\"data\":[" + batch + "," + batch + "]}"));
            client.findOrphans(INTENT, id -> false);
          } catch (BatchException e) {
            assertThat(String.valueOf(e.getMessage()).contains(KEY), is(false));
          } catch (RuntimeException | Error e) {
            throw breakage.kept(kind, round, answer, e);
          }
        }
      }
    }
  }
}
