package io.sluice.simulate.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.sluice.simulate.batches.BatchApi;
import io.sluice.simulate.batches.BatchJob;
import io.sluice.simulate.batches.BatchJob.Item;
import io.sluice.simulate.batches.BatchJob.Outcome;
import io.sluice.simulate.batches.BatchJob.Phase;
import io.sluice.simulate.batches.BatchJob.Refusal;
import io.sluice.simulate.batches.BatchJob.Result;
import io.sluice.simulate.batches.BatchStore;
import io.sluice.simulate.wire.Reply;
import io.sluice.simulate.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Bedrock's batch inference, and as much of S3 as it needs: objects are put, got and deleted below
 * {@code /s3/BUCKET}, whoever asks. A job of fewer than 100 records is refused after it was
 * created; a creation that is repeated with its token creates nothing; a request that a job did not
 * get to has no line among the results. Thread-safe.
 */
public final class BedrockBatchApi extends BatchApi {
  static final String JOBS = "/model-invocation-job";
  static final String OBJECTS = "/s3/";

  private static final int LEAST_RECORDS = 100;
  private static final int MOST_RECORDS = 50_000;
  private static final String ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/";
  private static final Duration LIFE = Duration.ofHours(24);

  private final Wire wire;
  private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
  private final Map<String, BatchJob> byToken = new ConcurrentHashMap<>();

  /** Jobs by where their results are: S3 does not know Bedrock's accounts. */
  private final Map<String, BatchJob> byResults = new ConcurrentHashMap<>();

  public BedrockBatchApi(BatchStore store, Wire wire, Predicate<String> noCredit) {
    super(store, wire, noCredit);
    this.wire = wire;
  }

  @Override
  public Sent route(HttpExchange exchange, String key, byte[] body) {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    if (path.startsWith(OBJECTS)) {
      return object(method, path.substring(OBJECTS.length()), body);
    }
    if (path.equals(JOBS + "s")) {
      return list(key, query(exchange));
    }
    if (path.equals(JOBS)) {
      return create(key, body);
    }
    boolean stops = method.equals("POST") && path.endsWith("/stop");
    String named = stops ? path.substring(0, path.length() - "/stop".length()) : path;
    String id = named.substring(named.lastIndexOf('/') + 1);
    if (!stops) {
      return look(key, id);
    }
    Sent cancelled = cancelled(key, id);
    return cancelled.reply().status() == 200
        ? Sent.whole(Reply.json(200, JSON.createObjectNode()))
        : cancelled;
  }

  private Sent object(String method, String name, byte[] body) {
    switch (method) {
      case "PUT" -> {
        objects.put(name, body);
        return Sent.whole(new Reply(200, "application/xml", "", Map.of("ETag", "\"1\"")));
      }
      case "DELETE" -> {
        objects.remove(name);
        return Sent.whole(new Reply(204, "application/xml", ""));
      }
      default -> {
        BatchJob job = byResults.get(name);
        List<Result> results = job == null ? null : settled(job).results();
        if (job != null && results != null) {
          return download(job, lines(results));
        }
        byte[] bytes = objects.get(name);
        return Sent.whole(
            bytes == null
                ? new Reply(
                    404,
                    "application/xml",
                    "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist."
                        + "</Message></Error>")
                : new Reply(
                    200, "application/octet-stream", new String(bytes, StandardCharsets.UTF_8)));
      }
    }
  }

  /** The same job, over where its time is. */
  private BatchJob settled(BatchJob job) {
    BatchJob now = store.get(job.key, job.id);
    return now == null ? job : now;
  }

  private static String lines(List<Result> results) {
    StringBuilder text = new StringBuilder();
    for (Result result : results) {
      Reply reply = result.reply();
      if (reply == null) {
        continue;
      }
      ObjectNode line = JSON.createObjectNode().put("recordId", result.item().customId());
      line.set("modelInput", parse(result.item().body()));
      if (result.outcome() == Outcome.ANSWERED) {
        line.set("modelOutput", parse(reply.body()));
      } else {
        line.putObject("error")
            .put("errorCode", reply.status())
            .put("errorMessage", parse(reply.body()).path("message").asText("failed"));
      }
      text.append(line).append('\n');
    }
    return text.toString();
  }

  private Sent create(String key, byte[] body) {
    JsonNode asked = parse(new String(body, StandardCharsets.UTF_8));
    String token = asked.path("clientRequestToken").asText("");
    BatchJob before = token.isEmpty() ? null : byToken.get(key + " " + token);
    if (before != null) {
      return Sent.whole(Reply.json(200, show(before)));
    }
    String problem = problem(asked);
    if (problem != null) {
      return Sent.whole(BedrockWire.error(400, "ValidationException", problem));
    }
    List<Item> items = new ArrayList<>();
    List<Refusal> refusals = new ArrayList<>();
    String input =
        name(asked.path("inputDataConfig").path("s3InputDataConfig").path("s3Uri").asText());
    byte[] records = objects.get(input);
    if (records == null) {
      refusals.add(new Refusal("failed", "The input in S3 could not be read: " + input, 0));
    } else {
      read(asked, new String(records, StandardCharsets.UTF_8), items, refusals);
    }
    BatchJob job = store.create("", key, asked, items, refusals, false);
    byToken.put(key + " " + token, job);
    String output =
        name(asked.path("outputDataConfig").path("s3OutputDataConfig").path("s3Uri").asText());
    String file = input.substring(input.lastIndexOf('/') + 1);
    byResults.put(output.replaceAll("/+$", "") + "/" + job.id + "/" + file + ".out", job);
    return created(job);
  }

  private static @Nullable String problem(JsonNode asked) {
    if (!asked.path("jobName").asText("").matches("[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9+.-]){0,63}")) {
      return "jobName: failed to satisfy constraint";
    }
    return asked.path("roleArn").asText("").startsWith("arn:")
        ? asked.path("modelId").asText("").isEmpty() ? "modelId must not be null" : null
        : "roleArn: failed to satisfy constraint";
  }

  private static String name(String uri) {
    return uri.replaceFirst("^s3://", "");
  }

  private void read(JsonNode asked, String text, List<Item> items, List<Refusal> refusals) {
    String model = asked.path("modelId").asText();
    boolean converses = asked.path("modelInvocationType").asText("").equals("Converse");
    for (String line : text.split("\n")) {
      JsonNode record = parse(line);
      JsonNode input = record.path("modelInput");
      if (!input.isObject()) {
        refusals.add(new Refusal("failed", "A record has no modelInput", 0));
        return;
      }
      ObjectNode whole = BedrockWire.ofModel(model, converses ? "converse" : "invoke", input);
      items.add(
          new Item(
              record.path("recordId").asText(""),
              whole,
              input.toString(),
              wire.inputTokens(whole)));
    }
    if (items.size() < LEAST_RECORDS || items.size() > MOST_RECORDS) {
      refusals.add(
          new Refusal(
              "failed",
              "The number of records must be from 100 to 50000, but is " + items.size(),
              0));
    }
  }

  private Sent list(String key, Map<String, String> query) {
    if (store.strikesLook()) {
      return Sent.whole(serverError());
    }
    List<BatchJob> named = new ArrayList<>();
    String part = query.getOrDefault("nameContains", "");
    for (BatchJob job : store.list(key)) {
      if (job.asked.path("jobName").asText().contains(part)) {
        named.add(job);
      }
    }
    int from = Integer.parseInt(query.getOrDefault("nextToken", "0"));
    int to = from + Integer.parseInt(query.getOrDefault("maxResults", "100"));
    ObjectNode out = JSON.createObjectNode();
    ArrayNode page = out.putArray("invocationJobSummaries");
    named
        .subList(Math.min(from, named.size()), Math.min(to, named.size()))
        .forEach(job -> page.add(show(job)));
    if (to < named.size()) {
      out.put("nextToken", String.valueOf(to));
    }
    return Sent.whole(Reply.json(200, out));
  }

  @Override
  public ObjectNode show(BatchJob job) {
    ObjectNode out = JSON.createObjectNode().put("jobArn", ARN + job.id);
    for (String field :
        List.of(
            "jobName",
            "modelId",
            "clientRequestToken",
            "roleArn",
            "modelInvocationType",
            "inputDataConfig",
            "outputDataConfig")) {
      out.set(field, job.asked.path(field));
    }
    String status = status(job);
    out.put("status", status);
    if (status.equals("Failed")) {
      out.put("message", job.refusals().get(0).message());
    }
    boolean over = job.results() != null;
    out.put("submitTime", job.createdAt.toString());
    out.put("lastModifiedTime", job.createdAt.toString());
    out.put("jobExpirationTime", job.createdAt.plus(LIFE).toString());
    long done = job.count(Outcome.ANSWERED) + job.count(Outcome.FAILED);
    out.put("totalRecordCount", job.items.size());
    out.put("processedRecordCount", over ? done : job.reached(store.now()));
    out.put("successRecordCount", job.count(Outcome.ANSWERED));
    out.put("errorRecordCount", job.count(Outcome.FAILED));
    return out;
  }

  private String status(BatchJob job) {
    Phase phase = job.phase(store.now());
    return switch (phase) {
      case VALIDATING -> "Validating";
      case REFUSED -> "Failed";
      case WORKING, WRITING -> "InProgress";
      case ENDED -> job.count(Outcome.EXPIRED) > 0 ? "PartiallyCompleted" : "Completed";
      case CANCELLING -> "Stopping";
      case CANCELLED -> "Stopped";
    };
  }

  @Override
  public Reply noCredit() {
    return BedrockWire.error(
        403, "AccessDeniedException", "Model access is denied due to INVALID_PAYMENT_INSTRUMENT");
  }

  @Override
  public Reply notFound(String what) {
    return BedrockWire.error(404, "ResourceNotFoundException", "There is no " + what);
  }

  @Override
  public Reply serverError() {
    return BedrockWire.error(500, "InternalServerException", "The server has an error.");
  }
}
