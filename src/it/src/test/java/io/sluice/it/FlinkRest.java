package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Flink's REST interface, as curl would use it. */
final class FlinkRest {
  /** The figures that a job shows on Flink's page, without their namespace. */
  static final Set<String> METRICS =
      Set.of(
          "documentsAnswered",
          "servedFromLedger",
          "deadLetters",
          "callsSent",
          "rateLimited",
          "inputTokens",
          "cachedInputTokens",
          "outputTokens",
          "costMicroUsd",
          "latencyMs",
          "latencyMsP95",
          "latencyMsP99",
          "latencyMsSum",
          "utilisationPercent");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_LOOKS = 1_800;

  private final String base;
  private final HttpClient client = HttpClient.newHttpClient();

  FlinkRest(String address) {
    this.base = "http://" + address;
  }

  /** The id of the jar. */
  String upload(Path jar) throws Exception {
    String boundary = "sluice-it-boundary";
    byte[] head =
        ("--"
                + boundary
                + "\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\""
                + jar.getFileName()
                + "\"\r\nContent-Type: application/x-java-archive\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
    byte[] tail = ("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/jars/upload"))
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(
                BodyPublishers.concat(
                    BodyPublishers.ofByteArray(head),
                    BodyPublishers.ofFile(jar),
                    BodyPublishers.ofByteArray(tail)))
            .build();
    String file = send(request, 200).path("filename").asText();
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /** The id of the job. */
  String run(String jar, List<String> flags, int parallelism, @Nullable String savepoint)
      throws Exception {
    return send(submission(jar, flags, parallelism, savepoint), 200).path("jobid").asText();
  }

  /** Why a job was not taken. */
  String refusal(String jar, List<String> flags) throws Exception {
    return send(submission(jar, flags, 1, null), 400, 500).path("errors").toString();
  }

  String refusalOfSavepoint(String jar, List<String> flags, String savepoint) throws Exception {
    return send(submission(jar, flags, 1, savepoint), 400, 500).path("errors").toString();
  }

  private HttpRequest submission(
      String jar, List<String> flags, int parallelism, @Nullable String savepoint) {
    ObjectNode body = JSON.createObjectNode().put("parallelism", parallelism);
    flags.forEach(body.putArray("programArgsList")::add);
    if (savepoint != null) {
      body.put("savepointPath", savepoint);
    }
    return post("/jars/" + jar + "/run", body);
  }

  /**
   * Stops a job with a savepoint, and says where that is. Flink declines one while a task ends by
   * itself, and the job goes on: it is asked again, as a person would.
   */
  String stop(String job, Path directory) throws Exception {
    JsonNode status = savepoint(job, directory);
    for (int again = 0; again < 3 && status.toString().contains("task is closing"); again++) {
      await(() -> get("/jobs/" + job), answer -> answer.path("state").asText().equals("RUNNING"));
      status = savepoint(job, directory);
    }
    String location = status.path("operation").path("location").asText();
    assertThat(status.toString(), location.isEmpty(), is(false));
    awaitState(job, "FINISHED");
    return location;
  }

  private JsonNode savepoint(String job, Path directory) throws Exception {
    ObjectNode body = JSON.createObjectNode().put("targetDirectory", directory.toString());
    String trigger = send(post("/jobs/" + job + "/stop", body), 202).path("request-id").asText();
    return await(
        () -> get("/jobs/" + job + "/savepoints/" + trigger),
        answer -> answer.path("status").path("id").asText().equals("COMPLETED"));
  }

  void cancel(String job) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/jobs/" + job + "?mode=cancel"))
            .method("PATCH", BodyPublishers.noBody())
            .build();
    send(request, 202);
    awaitState(job, "CANCELED");
  }

  boolean isRunning(String job) {
    String state = state(job);
    return state.equals("RUNNING") || state.equals("CREATED") || state.equals("INITIALIZING");
  }

  private String state(String job) {
    return get("/jobs/" + job).path("state").asText();
  }

  void awaitState(String job, String state) throws InterruptedException {
    Set<String> ends = Set.of("FINISHED", "FAILED", "CANCELED");
    JsonNode seen =
        await(() -> get("/jobs/" + job), answer -> ends.contains(answer.path("state").asText()));
    assertThat(exceptions(job), seen.path("state").asText(), is(state));
  }

  /** The only job of the cluster. */
  String job() {
    return get("/jobs").path("jobs").path(0).path("id").asText();
  }

  /** Waits for a checkpoint that began after this call. */
  void awaitCheckpoint(String job) throws InterruptedException {
    String path = "/jobs/" + job + "/checkpoints";
    long triggered = get(path).path("counts").path("total").asLong();
    await(
        () -> get(path),
        answer -> answer.path("latest").path("completed").path("id").asLong() > triggered);
  }

  /** How often a job was restored from a checkpoint or a savepoint. */
  int restored(String job) {
    return get("/jobs/" + job + "/checkpoints").path("counts").path("restored").asInt();
  }

  String exceptions(String job) {
    return get("/jobs/" + job + "/exceptions").path("root-exception").asText("");
  }

  /** The stage's figures, summed over its subtasks, once one of them is above zero. */
  Map<String, Long> awaitMetrics(String job, String name) throws InterruptedException {
    Map<String, Long> found = new TreeMap<>();
    await(
        () -> {
          found.clear();
          found.putAll(metrics(job));
          return JSON.createObjectNode();
        },
        nothing -> found.getOrDefault(name, 0L) > 0);
    return found;
  }

  private Map<String, Long> metrics(String job) {
    Map<String, Long> sums = new TreeMap<>();
    String path = "/jobs/" + job + "/vertices/" + callStage(job).path("id").asText();
    List<String> names = new ArrayList<>();
    for (JsonNode metric : get(path + "/metrics")) {
      String id = metric.path("id").asText();
      if (METRICS.stream().anyMatch(known -> id.endsWith(".sluice_" + known))) {
        names.add(id);
      }
    }
    for (JsonNode metric : get(path + "/metrics?get=" + String.join(",", names))) {
      String id = metric.path("id").asText();
      sums.merge(
          id.substring(id.lastIndexOf("sluice_") + "sluice_".length()),
          metric.path("value").asLong(),
          Long::sum);
    }
    return sums;
  }

  /** How many chunks of documents each TaskManager has been given to ask. */
  Map<String, Long> rowsByTaskManager(String job) {
    Map<String, Long> rows = new TreeMap<>();
    String stage = callStage(job).path("id").asText();
    for (JsonNode subtask : get("/jobs/" + job + "/vertices/" + stage).path("subtasks")) {
      rows.merge(
          subtask.path("taskmanager-id").asText(),
          subtask.path("metrics").path("read-records").asLong(),
          Long::sum);
    }
    return rows;
  }

  private JsonNode callStage(String job) {
    for (JsonNode vertex : get("/jobs/" + job).path("vertices")) {
      if (vertex.path("name").asText().contains("AskModel/AskModel/Call")) {
        return vertex;
      }
    }
    throw new AssertionError("the job has no stage that calls");
  }

  JsonNode get(String path) {
    try {
      return send(
          HttpRequest.newBuilder(URI.create(base + path.replace(" ", "%20"))).GET().build(), 200);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private HttpRequest post(String path, ObjectNode body) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body.toString()))
        .build();
  }

  private JsonNode send(HttpRequest request, Integer... expected)
      throws IOException, InterruptedException {
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(
        request.uri() + " answered " + response.statusCode() + " " + response.body(),
        List.of(expected).contains(response.statusCode()),
        is(true));
    return JSON.readTree(response.body());
  }

  /** A cluster has no other way to tell than to be asked again. */
  private static JsonNode await(Supplier<JsonNode> look, Predicate<JsonNode> enough)
      throws InterruptedException {
    JsonNode seen = look.get();
    for (int i = 0; i < MOST_LOOKS && !enough.test(seen); i++) {
      Thread.sleep(100);
      seen = look.get();
    }
    assertThat("in time: " + seen, enough.test(seen), is(true));
    return seen;
  }
}
