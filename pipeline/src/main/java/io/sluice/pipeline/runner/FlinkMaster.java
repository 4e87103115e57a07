package io.sluice.pipeline.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.pipeline.flags.UsageException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A Flink cluster by its REST API (Flink's documentation, REST API). Thread-safe. */
public final class FlinkMaster {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long POLL_MILLIS = 200;

  private final String address;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * @param address {@code HOST:PORT}, or a URL
   */
  public FlinkMaster(String address) {
    this.address = address.contains("://") ? address : "http://" + address;
  }

  /**
   * Makes sure that the cluster is there, has room, and is not at work on this job already.
   *
   * @throws UsageException if it cannot take the job
   */
  public void check(String jobName) {
    JsonNode overview;
    try {
      overview = get("/overview");
      checkFree(jobName, "");
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageException(
          "--flinkMaster: no Flink cluster answers at "
              + address
              + " ("
              + reason(e)
              + "); start it, or see scripts/flink-cluster --help for one on this machine");
    }
    if (overview.path("slots-available").asInt() == 0) {
      throw new UsageException(
          "--flinkMaster: the cluster at "
              + address
              + " has no free slot ("
              + overview.path("taskmanagers").asInt()
              + " TaskManagers, "
              + overview.path("slots-total").asInt()
              + " slots); add workers or end other jobs");
    }
  }

  /** Java's client has no words for a connection that is refused. */
  private static String reason(Exception e) {
    return e instanceof ConnectException
        ? "no connection"
        : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /**
   * Makes sure that the cluster is not at work on this job already.
   *
   * @param but the id of a job that may run: the one that is about to be submitted, again
   * @throws UsageException if it is
   */
  public void checkFree(String jobName, String but) throws IOException {
    List<String> running = running(jobName);
    running.remove(but);
    if (!running.isEmpty()) {
      throw new UsageException(
          "--output: the cluster at "
              + address
              + " is writing to it already (Flink job "
              + running.get(0)
              + "); wait for it with sluice status --watch, or cancel it there");
    }
  }

  /** The ids of the jobs of a name that have not ended. */
  List<String> running(String jobName) throws IOException {
    List<String> ids = new ArrayList<>();
    for (JsonNode job : get("/jobs/overview").path("jobs")) {
      if (job.path("name").asText().equals(jobName) && job.path("end-time").asLong() < 0) {
        ids.add(job.path("jid").asText());
      }
    }
    return ids;
  }

  /**
   * Cancels the running jobs of a name, and waits for their end.
   *
   * @return whether they have ended in time
   */
  public boolean cancel(String jobName, Duration atMost) throws IOException, InterruptedException {
    for (String id : running(jobName)) {
      send(
          request("/jobs/" + id + "?mode=cancel")
              .method("PATCH", HttpRequest.BodyPublishers.noBody()));
    }
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!running(jobName).isEmpty()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return true;
  }

  private JsonNode get(String path) throws IOException {
    return JSON.readTree(send(request(path).GET()));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address + path)).timeout(TIMEOUT);
  }

  private String send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() / 100 != 2) {
        throw new IOException("answered " + response.statusCode());
      }
      return response.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
