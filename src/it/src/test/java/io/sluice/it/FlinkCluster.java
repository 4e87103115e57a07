package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A real standalone cluster of two TaskManagers, by {@code scripts/flink-cluster}. */
final class FlinkCluster implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final int port;
  private final HttpClient client = HttpClient.newHttpClient();

  /**
   * @param flags of the script's start, more than its place and port
   */
  FlinkCluster(Path directory, String... flags) throws Exception {
    this.directory = directory;
    try (ServerSocket free = new ServerSocket(0)) {
      this.port = free.getLocalPort();
    }
    script("start", flags);
  }

  /** The processes, by name. */
  Map<String, Long> processes() throws IOException {
    Map<String, Long> pids = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory.resolve("pids"))) {
      for (Path file : files.toList()) {
        pids.put(file.getFileName().toString(), Long.parseLong(Files.readString(file).strip()));
      }
    }
    return pids;
  }

  /** What a process has written into its log. */
  List<String> log(String process) throws IOException {
    return Files.readAllLines(directory.resolve("logs/" + process + ".log"));
  }

  FlinkRest rest() {
    return new FlinkRest(master());
  }

  /** The TaskManagers that it was started with. */
  Set<String> taskManagers() {
    return Set.of("taskmanager-1", "taskmanager-2");
  }

  String master() {
    return "localhost:" + port;
  }

  /** Kill -9 of the TaskManager that calls the model. */
  void killTheCaller() throws Exception {
    String worker = caller();
    long pid = Long.parseLong(Files.readString(directory.resolve("pids/" + worker)).strip());
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  private String caller() throws Exception {
    String job = get("/jobs").path("jobs").path(0).path("id").asText();
    String worker = "";
    long most = -1;
    for (JsonNode vertex : get("/jobs/" + job).path("vertices")) {
      if (!vertex.path("name").asText().contains("AskModel/AskModel/Call")) {
        continue;
      }
      String path = "/jobs/" + job + "/vertices/" + vertex.path("id").asText();
      for (JsonNode subtask : get(path).path("subtasks")) {
        long records = subtask.path("metrics").path("read-records").asLong();
        if (records > most) {
          most = records;
          worker = subtask.path("taskmanager-id").asText();
        }
      }
    }
    assertThat("a worker calls", worker.isEmpty(), is(false));
    return worker;
  }

  private JsonNode get(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + master() + path)).GET().build();
    return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private void script(String verb, String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of("../../scripts/flink-cluster").toAbsolutePath().normalize().toString());
    command.addAll(List.of(verb, "--port=" + port, "--dir=" + directory));
    command.addAll(List.of(flags));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Path.of(directory + "-" + verb + ".log").toFile());
    // What is softly reachable goes when room for classes is short; here, with each collection.
    builder.environment().put("JAVA_TOOL_OPTIONS", "-XX:SoftRefLRUPolicyMSPerMB=0");
    Process process = builder.start();
    int code = process.waitFor();
    assertThat(Files.readString(Path.of(directory + "-" + verb + ".log")), code, is(0));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    script("stop");
  }
}
