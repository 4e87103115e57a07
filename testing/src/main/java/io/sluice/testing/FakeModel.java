package io.sluice.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * A model that says what a test wants: a server on this machine that speaks OpenAI's chat
 * completions and embeddings. The pipeline under test is the real one, with its limits and retries;
 * only who is asked is another. Batches are not spoken.
 *
 * <pre>{@code
 * try (FakeModel model = FakeModel.answering(prompt -> prompt.contains("late") ? "delivery" : "praise")) {
 *   ModelTask task = ModelTask.of("topics", model.provider(), "any", new ModelTask.Prompt(null, "{{text}}"));
 *   …
 *   pipeline.run().waitUntilFinish();
 *   assertThat(model.prompts(), hasItem("My parcel is late"));
 * }
 * }</pre>
 *
 * <p>Thread-safe. The function is called by several threads at once; an exception of it is a 400
 * with its message, and so a dead letter.
 */
public final class FakeModel implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Function<String, FakeReply> replies;
  private final HttpServer server;
  private final ExecutorService threads;
  private final List<String> prompts = new CopyOnWriteArrayList<>();

  private FakeModel(Function<String, FakeReply> replies) {
    this.replies = replies;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot listen on a free port of this machine", e);
    }
    threads =
        Executors.newCachedThreadPool(
            runnable -> {
              Thread thread = new Thread(runnable, "fake-model");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /**
   * A model whose answers are a function of the prompt.
   *
   * @param answers from what {@code prompt.user} is for a document; texts, labels, or JSON as text
   */
  public static FakeModel answering(Function<String, String> answers) {
    return new FakeModel(prompt -> FakeReply.text(answers.apply(prompt)));
  }

  /** A model that also fails, or embeds. */
  public static FakeModel replying(Function<String, FakeReply> replies) {
    return new FakeModel(replies);
  }

  /** To be given to the task under test. It needs no key. */
  public ModelTask.Provider provider() {
    InetSocketAddress address = server.getAddress();
    return ModelTask.Provider.of(
        "openai", "http://localhost:" + address.getPort() + "/v1", KeySource.NONE);
  }

  /** What it was asked up to now, in the order in which it came, each time that it came. */
  public List<String> prompts() {
    return List.copyOf(prompts);
  }

  /** Ends it; a pipeline that still runs finds nobody. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode request = JSON.readTree(exchange.getRequestBody());
      String path = exchange.getRequestURI().getPath();
      if (path.endsWith("/chat/completions")) {
        send(exchange, completion(request));
      } else if (path.endsWith("/embeddings")) {
        send(exchange, embeddings(request));
      } else {
        send(
            exchange, Response.of(FakeReply.failure(404, "The fake model does not speak " + path)));
      }
    }
  }

  /** What goes over the wire. */
  private record Response(FakeReply reply, ObjectNode body) {
    static Response of(FakeReply failure) {
      ObjectNode body = NODES.objectNode();
      body.putObject("error").set("message", failure.content());
      return new Response(failure, body);
    }
  }

  private FakeReply ask(String prompt) {
    prompts.add(prompt);
    try {
      return replies.apply(prompt);
    } catch (RuntimeException e) {
      return FakeReply.failure(400, "The fake model's function has failed: " + e);
    }
  }

  private Response completion(JsonNode request) {
    JsonNode messages = request.path("messages");
    String prompt = messages.path(messages.size() - 1).path("content").asText();
    FakeReply reply = ask(prompt);
    if (!reply.isAnswer()) {
      return Response.of(reply);
    }
    ObjectNode body = NODES.objectNode();
    body.put("object", "chat.completion").set("model", request.path("model"));
    ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
    choice
        .put("finish_reason", reply.finishReason())
        .putObject("message")
        .put("role", "assistant")
        .set("content", reply.content());
    usage(body, words(messages.toString()), words(reply.content().asText()));
    return new Response(reply, body);
  }

  private Response embeddings(JsonNode request) {
    JsonNode input = request.path("input");
    List<String> texts = new ArrayList<>();
    if (input.isArray()) {
      for (Iterator<JsonNode> each = input.elements(); each.hasNext(); ) {
        texts.add(each.next().asText());
      }
    } else {
      texts.add(input.asText());
    }
    ObjectNode body = NODES.objectNode();
    body.put("object", "list").set("model", request.path("model"));
    ArrayNode data = body.putArray("data");
    long words = 0;
    FakeReply last = FakeReply.vector();
    for (String text : texts) {
      last = ask(text);
      if (!last.isAnswer()) {
        return Response.of(last);
      }
      data.addObject().put("index", data.size() - 1).set("embedding", last.content());
      words += words(text);
    }
    usage(body, words, 0);
    return new Response(last, body);
  }

  private static long words(String text) {
    return text.isBlank() ? 1 : text.strip().split("\\s+").length;
  }

  private static void usage(ObjectNode body, long in, long out) {
    body.putObject("usage")
        .put("prompt_tokens", in)
        .put("completion_tokens", out)
        .put("total_tokens", in + out);
  }

  private static void send(HttpExchange exchange, Response response) throws IOException {
    byte[] body = JSON.writeValueAsBytes(response.body());
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    response.reply().headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(response.reply().status(), body.length);
    exchange.getResponseBody().write(body);
  }
}
