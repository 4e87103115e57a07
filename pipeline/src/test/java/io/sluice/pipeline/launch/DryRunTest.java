package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import io.sluice.pipeline.flags.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dry run checks what a run would be stopped by, and asks no model. */
class DryRunTest {
  @TempDir Path directory;
  private final List<String> asked = new ArrayList<>();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          boolean good =
              "Bearer good".equals(exchange.getRequestHeaders().getFirst("Authorization"))
                  || "good".equals(exchange.getRequestHeaders().getFirst("x-api-key"));
          boolean list = exchange.getRequestURI().getPath().equals("/v1/models");
          String body =
              !list
                  ? "not here"
                  : good
                      ? "{\"data\": [{\"id\": \"small\"}]}"
                      : "{\"error\": {\"message\": \"no\"}}";
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(!list ? 404 : good ? 200 : 401, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    Files.writeString(directory.resolve("d.csv"), "id,body\n" + "1,the bill\n".repeat(3));
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private int run(String kind, String model, String key, String more, String... flags)
      throws IOException {
    String url =
        "http://127.0.0.1:" + server.getAddress().getPort() + (kind.equals("openai") ? "/v1" : "");
    Files.writeString(directory.resolve("key"), key);
    Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: dry
        provider: {kind: %s, baseUrl: "%s", apiKeyFile: "%s"}
        model: %s
        parameters: {max_tokens: 5}
        %s
        """
            .formatted(kind, url, directory.resolve("key"), model, more));
    List<String> args =
        new ArrayList<>(
            List.of(
                "--task=" + directory.resolve("task.yaml"),
                "--output=" + directory.resolve("out")));
    args.addAll(List.of(flags));
    if (args.stream().noneMatch(arg -> arg.startsWith("--input="))) {
      args.add("--input=" + directory.resolve("d.csv"));
    }
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Run(to, to).run(args);
  }

  private static final String PROMPT = "prompt: {user: \"{{body}}\"}";

  private String said() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aKeyThatIsTaken_isSaid_andNoModelIsAsked(String kind) throws Exception {
    assertThat(run(kind, "small", "good", PROMPT, "--dryRun"), is(0));
    assertThat(
        said(),
        allOf(
            containsString("the columns of 1 file"),
            containsString("Key: taken"),
            not(containsString("is not among"))));
    assertThat(asked.size(), is(1));
    assertThat(asked.get(0), containsString("GET /v1/models"));
    assertThat(Files.exists(directory.resolve("out")), is(false));
  }

  @Test
  void aModelThatIsNotListed_isSaid() throws Exception {
    assertThat(run("openai", "large", "good", PROMPT, "--dryRun"), is(0));
    assertThat(said(), containsString("the model large is not among the 1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void aKeyThatIsRefused_endsAsTheRunWould(String kind) throws Exception {
    assertThat(run(kind, "small", "bad", PROMPT, "--dryRun"), is(5));
    assertThat(said(), containsString("Key: refused"));
  }

  @Test
  void aProviderThatIsNotThere_endsAsTheRunWould() throws Exception {
    server.stop(0);
    assertThat(run("openai", "small", "good", PROMPT, "--dryRun"), is(5));
    assertThat(said(), containsString("Key: the provider cannot be reached"));
  }

  @Test
  void aServerWithoutSuchACall_isSaid_andNoMistake() throws Exception {
    server.removeContext("/");
    assertThat(run("openai", "small", "good", PROMPT, "--dryRun"), is(0));
    assertThat(said(), containsString("Key: cannot be checked here"));
  }

  @Test
  void offline_asksNobody_andNeedsNoKey() throws Exception {
    assertThat(run("openai", "small", "", PROMPT, "--dryRun=offline"), is(0));
    assertThat(asked.size(), is(0));
    assertThat(said(), containsString("Not checked: the key"));
  }

  @Test
  void aKeyThatIsMissing_isNamed() {
    UsageException e =
        assertThrows(UsageException.class, () -> run("openai", "small", "", PROMPT, "--dryRun"));
    assertThat(e.getMessage(), containsString("is empty"));
  }

  @Test
  void aColumnThatNoFileHas_isNamedWithThoseThatThereAre() {
    UsageException e =
        assertThrows(
            UsageException.class,
            () -> run("openai", "small", "good", "prompt: {user: \"{{text}}\"}", "--dryRun"));
    assertThat(e.getMessage(), allOf(containsString("'text'"), containsString("id, body")));
    assertThat(asked.size(), is(0));
  }

  @Test
  void aColumnThatALaterFileLacks_isNamedWithTheFile() throws Exception {
    Path good = directory.resolve("a.csv");
    Path bad = directory.resolve("b.csv");
    Files.writeString(good, "id,body\n" + "1,the bill\n".repeat(2_000));
    Files.writeString(bad, "id,text\n2,the bill\n");
    UsageException e =
        assertThrows(
            UsageException.class,
            () -> run("openai", "small", "good", PROMPT, "--input=" + good + "," + bad));
    assertThat(e.getMessage(), allOf(containsString("b.csv"), containsString("'body'")));
    assertThat(asked.size(), is(0));
  }

  @Test
  void sectionsAndPathsOfOptionalColumns_areNoMistake() throws Exception {
    assertThat(
        run(
            "openai",
            "small",
            "good",
            "prompt: {user: \"{{#id}}{{.}}{{/id}}{{^id}}none{{/id}} {{body}}\"}",
            "--dryRun"),
        is(0));
  }

  @Test
  void jsonWithoutTheField_isNoRunEither() throws Exception {
    Path json = directory.resolve("d.jsonl");
    Files.writeString(json, "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"b\"}\n");
    UsageException e =
        assertThrows(
            UsageException.class, () -> run("openai", "small", "good", PROMPT, "--input=" + json));
    assertThat(
        e.getMessage(),
        allOf(containsString("none of 2 documents can be asked"), containsString("'body'")));
  }
}
