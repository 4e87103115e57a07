package io.sluice.internal.provider;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.engine.Replies;
import io.sluice.internal.http.RawServer;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.spi.ApiKey;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private static final int USUAL = 400;
  private static final int ROUNDS = Integer.getInteger("sluice.fuzz.rounds", USUAL);
  private static final long SEED = ROUNDS == USUAL ? 20_261_127 : System.nanoTime();
  private static final String KEY = "sk-test-0123456789-abcdef";
  private static final ObjectMapper JSON = new ObjectMapper();
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

  private static final List<String> HEADERS =
      List.of(
          "retry-after: 5",
          "retry-after: Fri, 31 Dec 9999 23:59:59 GMT",
          "retry-after: 999999999",
          "retry-after-ms: 1e300",
          "x-ratelimit-remaining-requests: 0",
          "x-ratelimit-reset-requests: 1m5.2s",
          "x-ratelimit-limit-tokens: -9223372036854775808",
          "anthropic-ratelimit-requests-reset: +999999999-12-31T23:59:59Z",
          "anthropic-ratelimit-requests-remaining: 0",
          "x-ratelimit-reset: 1764201600000",
          "date: Thu, 01 Jan 1970 00:00:00 GMT",
          "x-should-retry: true",
          "x-request-id: " + KEY,
          "content-encoding: gzip",
          "content-type: text/event-stream",
          "keep-alive: timeout=-5",
          "set-cookie: a=b");

  private static final int[] STATUSES = {
    200, 200, 200, 200, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529,
    204, 302, 304, 418, 599
  };

  private static final List<String> LIES =
      List.of(
          "-1",
          "0",
          "1e17",
          "1e400",
          "-1e400",
          "99999999999999999999",
          "1.5",
          "null",
          "true",
          "[]",
          "{}",
          "\"\"",
          "\"x\"",
          "\"\\ud83d\"",
          "\"\\u0000\"",
          "\"NaN\"",
          "[[[[]]]]");

  private final Random random = new Random(SEED);
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

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** A body with some of its values replaced, then perhaps some of its bytes. */
  private String broken(String body) {
    String text = body;
    try {
      JsonNode tree = JSON.readTree(body);
      for (int i = random.nextInt(4); i > 0; i--) {
        lie(tree);
      }
      text = tree.toString();
    } catch (IOException e) {
      // No JSON before anything was done to it.
    }
    StringBuilder bytes = new StringBuilder(text);
    for (int i = random.nextInt(8) - 5; i > 0 && bytes.length() > 0; i--) {
      int at = random.nextInt(bytes.length());
      switch (random.nextInt(4)) {
        case 0 -> bytes.deleteCharAt(at);
        case 1 -> bytes.insert(at, (char) random.nextInt(0x100));
        case 2 -> bytes.setCharAt(at, one(List.of('<', '[', '{', '"', '\\', '\ud83d', '\n', '9')));
        default -> bytes.setLength(at);
      }
    }
    return random.nextInt(60) == 0
        ? one(List.of("[", "<", "{\"a\":", "\"")).repeat(20_000)
        : bytes.toString();
  }

  private void lie(JsonNode node) throws IOException {
    JsonNode lie = JSON.readTree(one(LIES));
    if (node instanceof ObjectNode object && !object.isEmpty()) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      String name = one(names);
      if (object.get(name).isContainerNode() && random.nextInt(4) > 0) {
        lie(object.get(name));
      } else if (random.nextInt(5) == 0) {
        object.remove(name);
      } else {
        object.set(name, lie);
      }
    } else if (node instanceof ArrayNode array && !array.isEmpty()) {
      int at = random.nextInt(array.size());
      if (array.get(at).isContainerNode() && random.nextInt(4) > 0) {
        lie(array.get(at));
      } else {
        array.set(at, lie);
      }
    }
  }

  private byte[] http(int status, String body) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Said\r\n");
    for (int i = random.nextInt(4); i > 0; i--) {
      head.append(one(HEADERS)).append("\r\n");
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(10) > 0) {
      head.append("content-length: ").append(bytes.length).append("\r\n");
    }
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[start.length + bytes.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(bytes, 0, all, start.length, bytes.length);
    if (random.nextInt(20) == 0) {
      all[random.nextInt(all.length)] = (byte) random.nextInt();
    }
    return all;
  }

  private void kept(String what, int round, Throwable thrown) throws IOException {
    Path file = Files.write(Files.createTempFile("reply-", ".txt"), answer);
    throw new AssertionError(
        what + ", round " + round + " of seed " + SEED + ", kept in " + file, thrown);
  }

  private static final Price PRICE =
      new Price(
          new BigDecimal("0.15"),
          new BigDecimal("0.075"),
          new BigDecimal("0.6"),
          null,
          null,
          null,
          null);

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

  /** What the engine does with a reply, as far as it needs no engine. */
  private static void settle(Reply reply) {
    Reply bounded = Replies.bounded(reply);
    Usage usage =
        bounded instanceof Reply.Answered answered
            ? answered.usage()
            : ((Reply.Failed) bounded).usage();
    if (usage != null && PRICE.cost(usage).signum() < 0) {
      throw new AssertionError("A negative cost: " + bounded);
    }
    if (bounded instanceof Reply.Answered answered) {
      JUDGES.forEach(judge -> judge.judge(answered.raw()));
    } else {
      Duration wait = ((Reply.Failed) bounded).retryAfter();
      if (wait != null && wait.toNanos() < 0) {
        throw new AssertionError("A negative wait: " + bounded);
      }
    }
    String shown = bounded.toString();
    // A letter of it may have been broken: then it is no key.
    if (shown.contains(KEY)) {
      throw new AssertionError("The key is in " + shown);
    }
  }

  @Test
  void repliesOneByOne() throws IOException {
    for (String kind : List.of("openai", "anthropic")) {
      try (Caller caller = Providers.of(kind).open(connection(kind, Operation.CHAT))) {
        for (int round = 0; round < ROUNDS; round++) {
          answer = http(STATUSES[random.nextInt(STATUSES.length)], broken(one(BODIES)));
          try {
            settle(caller.call(new Request("00", "{\"model\":\"m\"}", 5, 10)));
          } catch (RuntimeException | Error e) {
            kept(kind, round, e);
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
        int status = random.nextInt(4) == 0 ? STATUSES[random.nextInt(STATUSES.length)] : 200;
        answer = http(status, broken(BODIES.get(2)));
        try {
          List<Reply> replies = caller.callPacked(requests);
          assertThat(replies, hasSize(3));
          replies.forEach(HostileRepliesTest::settle);
        } catch (RuntimeException | Error e) {
          kept("embeddings", round, e);
        }
      }
    }
  }

  private String results() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      String body = one(BODIES);
      lines.append(
          one(
              List.of(
                  broken(
                      "{\"custom_id\":\"r"
                          + i
                          + "\",\"response\":{\"status_code\":200,\"body\":"
                          + json(body)
                          + "}}"),
                  broken(
                      "{\"custom_id\":\"r"
                          + i
                          + "\",\"error\":{\"code\":\"batch_expired\",\"message\":\""
                          + KEY
                          + "\"}}"),
                  broken(
                      "{\"custom_id\":\"r"
                          + i
                          + "\",\"result\":{\"type\":\"succeeded\",\"message\":"
                          + json(body)
                          + "}}"),
                  broken(
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
            answer = http(200, broken(batch));
            BatchStatus status = client.poll("b1");
            status.counts().finished();
            answer = http(200, results());
            List<ResultLine> lines = new ArrayList<>();
            client.results(INTENT, status, lines::add);
            lines.forEach(line -> settle(line.reply()));
            answer =
                http(200, broken("{\"has_more\":true,\"data\":[" + batch + "," + batch + "]}"));
            client.findOrphans(INTENT, id -> false);
          } catch (BatchException e) {
            assertThat(String.valueOf(e.getMessage()).contains(KEY), is(false));
          } catch (RuntimeException | Error e) {
            kept(kind, round, e);
          }
        }
      }
    }
  }
}
