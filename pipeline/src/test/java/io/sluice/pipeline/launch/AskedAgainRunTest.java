package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole jobs at a model that answers right only when it is told what was wrong. */
class AskedAgainRunTest {
  private static final int DOCUMENTS = 20;

  @TempDir Path directory;

  /** Says one thing until it is shown that answer with some words about it, then another. */
  private record Model(String wrong, String right, String words, AtomicInteger calls) {
    void answer(HttpExchange exchange) throws IOException {
      try (exchange;
          InputStream in = exchange.getRequestBody()) {
        JsonNode messages = JobRig.JSON.readTree(in).path("messages");
        int count = messages.size();
        boolean isTold =
            count > 2
                && messages.path(count - 2).path("role").asText().equals("assistant")
                && messages.path(count - 2).path("content").asText().equals(wrong)
                && messages.path(count - 1).path("role").asText().equals("user")
                && messages.path(count - 1).path("content").asText().contains(words);
        ObjectNode out = JobRig.JSON.createObjectNode().put("model", "gpt-4o-mini");
        ObjectNode choice = out.putArray("choices").addObject().put("finish_reason", "stop");
        choice.putObject("message").put("role", "assistant").put("content", isTold ? right : wrong);
        out.putObject("usage")
            .put("prompt_tokens", 20)
            .put("completion_tokens", 5)
            .put("total_tokens", 25);
        calls.incrementAndGet();
        byte[] body = out.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("content-type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  private static void replace(JobRig rig, String what, String by) throws IOException {
    Path file = rig.directory.resolve("task.yaml");
    Files.writeString(file, Files.readString(file).replaceFirst("(?m)" + what, by));
  }

  private static String schema(String field) {
    return "output: {type: json, schema: {type: object, properties: {code: "
        + field
        + "}, required: [code]}}";
  }

  private static void checkTold(JobRig rig, boolean isTold, JsonNode right) throws IOException {
    assertThat(rig.printed(), rig.run(), is(isTold ? 0 : 4));
    assertThat(rig.rows("results"), aMapWithSize(isTold ? DOCUMENTS : 0));
    rig.rows("results").values().forEach(row -> assertThat(row.path("output"), is(right)));
    rig.rows("dead-letter")
        .values()
        .forEach(row -> assertThat(row.at("/error/kind").asText(), is("invalid_output")));
    assertThat(rig.summary().path("documents").asInt(), is(DOCUMENTS));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "output: {type: label, labels: [bug, praise]} | `It is a complaint` | bug | `bug\npraise`",
        "{enum: [red, green]} | {\"code\":\"blue\"} | {\"code\":\"red\"} | /code",
        "{type: string, pattern: '^[A-Z]{2}[0-9]{4}$'} | {\"code\":\"ab12\"}"
            + " | {\"code\":\"AB1234\"} | ^[A-Z]{2}[0-9]{4}$",
        "{type: integer, minimum: 10} | {\"code\":3} | {\"code\":12} | /code",
        "{type: string} | {\"kode\":\"a\"} | {\"code\":\"a\"} | code",
        "{type: string} | no JSON at all | {\"code\":\"a\"} | JSON",
      })
  void inRealTime_allAreAnswered_andNoneWhereItIsNotTold(
      String output, String wrong, String right, String words) throws IOException {
    Model model = new Model(wrong, right, words, new AtomicInteger());
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    server.setExecutor(threads);
    server.createContext("/", model::answer);
    server.start();
    JsonNode said =
        right.startsWith("{")
            ? JobRig.JSON.readTree(right)
            : JobRig.JSON.getNodeFactory().textNode(right);
    for (boolean isTold : new boolean[] {true, false}) {
      Path own = Files.createDirectories(directory.resolve("told-" + isTold));
      try (JobRig rig = new JobRig(own, "").documents(DOCUMENTS, DOCUMENTS)) {
        replace(rig, ":" + rig.port() + "/", ":" + server.getAddress().getPort() + "/");
        replace(
            rig,
            "^output: .*$",
            java.util.regex.Matcher.quoteReplacement(
                output.startsWith("output") ? output : schema(output)));
        replace(
            rig,
            "^retry: .*$",
            "retry: {maxAttempts: 3, timeout: 20s, withReason: " + isTold + "}");
        model.calls().set(0);
        checkTold(rig, isTold, said);
        assertThat(model.calls().get(), is(DOCUMENTS * (isTold ? 2 : 3)));
      }
    }
    server.stop(0);
    threads.shutdownNow();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void inBatches_itIsAskedInTheNextOne(boolean isLabel, boolean isTold) throws IOException {
    try (JobRig rig = new JobRig(directory, "stubborn=1", 0.2).documents(DOCUMENTS, DOCUMENTS)) {
      if (!isLabel) {
        replace(rig, "^output: .*$", schema("{type: integer}"));
      }
      replace(
          rig, "^retry: .*$", "retry: {maxAttempts: 2, timeout: 20s, withReason: " + isTold + "}");
      replace(rig, "\\{kind: openai,", "{mode: batch, kind: openai,");
      replace(rig, "^document: .*$", "batch: {poll: 200ms}");
      assertThat(rig.printed(), rig.run(), is(isTold ? 0 : 4));
      assertThat(rig.rows("results"), aMapWithSize(isTold ? DOCUMENTS : 0));
      assertThat(rig.rows("dead-letter"), aMapWithSize(isTold ? 0 : DOCUMENTS));
      assertThat(rig.books("billed"), is(2L * DOCUMENTS));
      rig.rows("results")
          .values()
          .forEach(row -> assertThat(row.path("servedBy").asText(), is("batch")));
    }
  }

  @Test
  void aStubbornModel_isPaidOnce_forAllRuns() throws IOException {
    try (JobRig rig = new JobRig(directory, "stubborn=1").documents(DOCUMENTS, DOCUMENTS)) {
      assertThat(rig.printed(), rig.run(), is(0));
      assertThat(rig.rows("results"), aMapWithSize(DOCUMENTS));
      long billed = rig.books("billed");
      assertThat(billed, is(2L * DOCUMENTS));
      assertThat(rig.run(), is(0));
      assertThat(rig.books("billed"), is(billed));
      assertThat(rig.summary().path("servedFromLedger").asInt(), is(DOCUMENTS));
    }
  }
}
