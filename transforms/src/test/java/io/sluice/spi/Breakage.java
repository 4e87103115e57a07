package io.sluice.spi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.engine.Replies;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Breaks what a server says, at random, the same way in every build. With {@code
 * -Dsluice.fuzz.rounds=N} more often, and otherwise each time.
 */
public final class Breakage {
  private static final Integer ROUNDS = Integer.getInteger("sluice.fuzz.rounds");
  private static final ObjectMapper JSON = new ObjectMapper();

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
          "\"1e999999999\"",
          "\"9999-12-31T23:59:59Z\"",
          "\"../../x\"",
          "[[[[]]]]");

  private static final List<String> HEADERS =
      List.of(
          "retry-after: 5",
          "retry-after: Fri, 31 Dec 9999 23:59:59 GMT",
          "retry-after: 999999999",
          "retry-after-ms: 1e300",
          "x-ratelimit-remaining-requests: 0",
          "x-ratelimit-reset-requests: 1m5.2s",
          "x-ratelimit-limit-tokens: -9223372036854775808",
          "x-ratelimit-limit-req-minute: 0",
          "anthropic-ratelimit-requests-reset: +999999999-12-31T23:59:59Z",
          "anthropic-ratelimit-requests-remaining: 0",
          "x-ratelimit-reset: 1764201600000",
          "date: Thu, 01 Jan 1970 00:00:00 GMT",
          "x-should-retry: true",
          "x-amzn-errortype: ThrottlingException:x",
          "content-encoding: gzip",
          "content-type: text/event-stream",
          "keep-alive: timeout=-5",
          "set-cookie: a=b");

  private static final int[] STATUSES = {
    200, 200, 200, 200, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529,
    302, 418, 599
  };

  private static final Price PRICE =
      new Price(
          new BigDecimal("0.15"),
          new BigDecimal("0.075"),
          new BigDecimal("0.6"),
          null,
          null,
          null,
          null);

  private final long seed = ROUNDS == null ? 20_261_127 : System.nanoTime();
  private final Random random = new Random(seed);
  private final String key;

  /**
   * @param key what nothing that is read may show
   */
  public Breakage(String key) {
    this.key = key;
  }

  /** How often, for what a build does so often; {@code HostileRepliesTest} does it 400 times. */
  public static int rounds(int usual) {
    return ROUNDS == null ? usual : Math.max(1, Math.toIntExact((long) usual * ROUNDS / 400));
  }

  /** Zero to a bound, which it is not. */
  public int upTo(int bound) {
    return random.nextInt(bound);
  }

  public <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** A status, of which a fifth are 200. */
  public int status() {
    return STATUSES[random.nextInt(STATUSES.length)];
  }

  /** A name and a value. */
  public String[] header() {
    return (random.nextInt(10) == 0 ? "x-request-id: " + key : one(HEADERS)).split(": ", 2);
  }

  /** A body with some of its values replaced, then perhaps some of its letters. */
  public String of(String body) {
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
    StringBuilder letters = new StringBuilder(text);
    for (int i = random.nextInt(8) - 5; i > 0 && letters.length() > 0; i--) {
      int at = random.nextInt(letters.length());
      switch (random.nextInt(4)) {
        case 0 -> letters.deleteCharAt(at);
        case 1 -> letters.insert(at, (char) random.nextInt(0x100));
        case 2 ->
            letters.setCharAt(at, one(List.of('<', '[', '{', '"', '\\', '\ud83d', '\n', '9')));
        default -> letters.setLength(at);
      }
    }
    return random.nextInt(60) == 0
        ? one(List.of("[", "<", "{\"a\":", "\"")).repeat(20_000)
        : letters.toString();
  }

  private void lie(JsonNode node) throws IOException {
    JsonNode lie = random.nextInt(10) == 0 ? JSON.valueToTree(key) : JSON.readTree(one(LIES));
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
      } else if (random.nextInt(8) == 0) {
        array.add(array.get(at).deepCopy());
      } else {
        array.set(at, lie);
      }
    }
  }

  /** What the engine does with a reply, as far as it needs no engine. */
  public Reply settled(Reply reply) {
    Reply bounded = Replies.bounded(reply);
    Usage usage =
        bounded instanceof Reply.Answered answered
            ? answered.usage()
            : ((Reply.Failed) bounded).usage();
    if (usage != null && PRICE.cost(usage).signum() < 0) {
      throw new AssertionError("A negative cost: " + bounded);
    }
    if (bounded instanceof Reply.Failed failed) {
      Duration wait = failed.retryAfter();
      if (wait != null && wait.toNanos() < 0) {
        throw new AssertionError("A negative wait: " + bounded);
      }
    }
    shown(bounded.toString());
    return bounded;
  }

  /** What is shown has no key in it; one of which a letter was broken is none. */
  public void shown(String text) {
    if (text.contains(key)) {
      throw new AssertionError("The key is in " + text);
    }
  }

  /**
   * Keeps what broke a reader.
   *
   * @return what the test fails with
   */
  public AssertionError kept(String what, int round, byte[] answer, Throwable thrown)
      throws IOException {
    Path file = Files.write(Files.createTempFile("reply-", ".txt"), answer);
    return new AssertionError(
        what + ", round " + round + " of seed " + seed + ", kept in " + file, thrown);
  }

  /** {@link #kept} of a text. */
  public AssertionError kept(String what, int round, String answer, Throwable thrown)
      throws IOException {
    return kept(what, round, answer.getBytes(StandardCharsets.UTF_8), thrown);
  }
}
