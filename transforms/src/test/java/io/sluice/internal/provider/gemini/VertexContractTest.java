package io.sluice.internal.provider.gemini;

import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchRig;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.ScriptedServer;
import java.util.List;
import java.util.Map;

/** The door of Vertex: the same bodies and answers at another address, batches through a bucket. */
class VertexContractTest extends GeminiContractTest {
  static final String BASE = "/v1/projects/acme/locations/global";
  static final String JOBS = BASE + "/batchPredictionJobs";
  static final String OBJECTS = "/storage/v1/b/pail/o";

  @Override
  protected String basePath() {
    return BASE;
  }

  @Override
  protected boolean supportsEmbeddings() {
    return false;
  }

  @Override
  protected String route(Operation operation) {
    return "POST " + basePath() + "/publishers/google/models/m-1:generateContent";
  }

  @Override
  protected Map<String, String> settings() {
    return Map.of("batch.gcsUri", "gs://pail/in/here");
  }

  @Override
  protected void acceptUploads(ScriptedServer server) {
    server.on(
        "POST /upload" + OBJECTS + "?name=in/here/sluice-intent1.jsonl&uploadType=media",
        200,
        "{}");
    server.on("DELETE " + OBJECTS + "/in%2Fhere%2Fsluice-intent1.jsonl", 200, "");
    server.on(
        "GET " + OBJECTS + "?prefix=in/here/sluice-intent1-results/",
        200,
        "{\"items\":[{\"name\":\"in/here/sluice-intent1-results/b1/predictions.jsonl\"},"
            + "{\"name\":\"in/here/sluice-intent1-results/b1/incremental_predictions.jsonl\"},"
            + "{\"name\":\"in/here/sluice-intent2-results/b1/predictions.jsonl\"},"
            + "{\"name\":\"in/here/sluice-intent1-results/b1/manifest\"}]}");
  }

  @Override
  protected BatchRoutes batchRoutes() {
    return new BatchRoutes(
        "POST " + JOBS, "GET " + JOBS + "?filter=displayName%3D%22sluice-intent1%22&pageSize=100");
  }

  @Override
  protected String pollRoute(String id) {
    return "GET " + JOBS + "/" + id;
  }

  @Override
  protected String cancelRoute(String id) {
    return "POST " + JOBS + "/" + id + ":cancel";
  }

  @Override
  protected String resultsRoute(String id) {
    return "GET "
        + OBJECTS
        + "/in%2Fhere%2Fsluice-intent1-results%2F"
        + id
        + "%2Fpredictions.jsonl?alt=media";
  }

  private static String jobState(State state) {
    return switch (state) {
      case VALIDATING -> "JOB_STATE_QUEUED";
      case IN_PROGRESS -> "JOB_STATE_RUNNING";
      case CANCELLING -> "JOB_STATE_CANCELLING";
      case FINALIZING, COMPLETED -> "JOB_STATE_SUCCEEDED";
      case FAILED -> "JOB_STATE_FAILED";
      case EXPIRED -> "JOB_STATE_EXPIRED";
      case CANCELLED -> "JOB_STATE_CANCELLED";
      case UNKNOWN -> "JOB_STATE_PONDERING";
    };
  }

  @Override
  protected String shown(Shown batch) {
    return "{\"name\":\"projects/7/locations/global/batchPredictionJobs/"
        + batch.id()
        + "\",\"displayName\":\""
        + (batch.own() ? "sluice-intent1" : "another")
        + "\",\"state\":\""
        + jobState(batch.state())
        + "\",\"createTime\":\""
        + BatchRig.NOW
        + "\",\"completionStats\":{\"incompleteCount\":\""
        + batch.requests()
        + "\"}"
        + (batch.state().isEnded()
            ? ",\"outputInfo\":{\"gcsOutputDirectory\":\"gs://pail/out/" + batch.id() + "\"}"
            : "")
        + "}";
  }

  @Override
  protected String listed(List<Shown> batches) {
    return "{\"batchPredictionJobs\":["
        + String.join(",", batches.stream().map(this::shown).toList())
        + "]}";
  }

  private static String line(String customId, String status, String rest) {
    return "{\"custom_id\":\""
        + customId
        + "\",\"request\":{\"contents\":[]},\"status\":\""
        + status
        + "\""
        + rest
        + "}";
  }

  @Override
  protected String answeredLine(String customId, String text, Usage usage) {
    return line(customId, "", ",\"response\":" + answer(text, usage));
  }

  @Override
  protected String notAnAnswerLine(String customId, NotAnAnswer way) {
    return line(customId, "", ",\"response\":" + notAnAnswer(way));
  }

  @Override
  protected String expiredLine(String customId) {
    return line(customId, "The job expired before this request", ",\"response\":{}");
  }

  @Override
  protected String refusedLine(String customId) {
    return line(
        customId,
        "Bad Request: {\\\"error\\\":{\\\"code\\\":400,\\\"status\\\":\\\"INVALID_ARGUMENT\\\","
            + "\\\"message\\\":\\\"Please use a valid role\\\"}}",
        ",\"response\":{}");
  }
}
