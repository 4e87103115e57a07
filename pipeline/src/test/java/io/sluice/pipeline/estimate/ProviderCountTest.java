package io.sluice.pipeline.estimate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Estimates that go by what a provider counts for nothing. */
class ProviderCountTest {
  private static final int DOCUMENTS = 30;

  @TempDir Path directory;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;
  private int status = 200;
  private int good = Integer.MAX_VALUE;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().getPath());
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] body = "{\"totalTokens\": 1000}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(asked.size() > good ? status : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private String estimate(String kind, String model, String... more) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), "some-key\n");
    Path task =
        Files.writeString(
            directory.resolve("task.yaml"),
            """
            name: counted
            provider: {kind: %s, baseUrl: "http://localhost:%d/v1beta", apiKeyFile: "%s"}
            model: %s
            prompt: {system: "Be short.", user: "{{text}}"}
            """
                .formatted(kind, server.getAddress().getPort(), key, model));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      lines.add("{\"id\": \"d%d\", \"text\": \"number %d\"}".formatted(i, 10 + i));
    }
    Path input = Files.write(directory.resolve("documents.jsonl"), lines);
    List<String> args = new ArrayList<>(List.of("--task=" + task, "--input=" + input));
    args.addAll(List.of(more));
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertThat(new Estimate(to, to).run(args), is(0));
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void tenDocumentsAreCounted_andTheRestGoesByThem() throws IOException {
    String page = estimate("gemini", "gemini-2.5-flash", "--countTokens");
    assertThat(page, containsString("Tokens: 30,000 in (as the provider counts 10 documents)"));
    assertThat(asked.size(), is(10));
    assertThat(asked.get(0), is("/v1beta/models/gemini-2.5-flash:countTokens"));
    assertThat(bodies.get(0), containsString("\"Be short.\""));
    assertThat(bodies.get(0), containsString("\"number "));
    assertThat(bodies.get(0), not(containsString("system_instruction")));
  }

  @Test
  void withoutTheFlag_nothingIsSent() throws IOException {
    String page = estimate("gemini", "gemini-2.5-flash");
    assertThat(page, containsString("(estimated: this model has no public tokenizer)"));
    assertThat(asked.size(), is(0));
  }

  @Test
  void aServerWithoutIt_leavesTheEstimate_andIsAskedOnce() throws IOException {
    status = 404;
    good = 0;
    String page = estimate("gemini", "gemini-2.5-flash", "--countTokens");
    assertThat(page, containsString("--countTokens: the estimate stays: "));
    assertThat(page, containsString("(estimated: this model has no public tokenizer)"));
    assertThat(asked.size(), is(1));
  }

  @Test
  void whatIsCountedBeforeAnError_isGoneBy() throws IOException {
    status = 429;
    good = 3;
    String page = estimate("gemini", "gemini-2.5-flash", "--countTokens");
    assertThat(page, containsString("--countTokens: ended early: "));
    assertThat(page, containsString("30,000 in (as the provider counts 3 documents)"));
    assertThat(asked.size(), is(4));
  }

  @Test
  void whereNothingIsEstimated_orNobodyCounts_itIsSaid() throws IOException {
    assertThat(
        estimate("openai", "gpt-4o-mini", "--countTokens"),
        containsString("--countTokens: not needed"));
    assertThat(
        estimate("anthropic", "claude-haiku-4-5", "--countTokens"),
        containsString("--countTokens: the provider has no count of tokens that costs nothing"));
    assertThat(asked.size(), is(0));
  }
}
