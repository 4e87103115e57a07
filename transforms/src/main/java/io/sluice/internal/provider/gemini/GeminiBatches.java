package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.FileContent;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.Bounded;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.GivenIds;
import io.sluice.internal.http.NoAnswer;
import io.sluice.spi.BatchApi;
import io.sluice.spi.BatchFormat;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchLimits;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.BatchProblem;
import io.sluice.spi.BatchStatus.Counts;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/**
 * Gemini's batches (guide and API reference, batchGenerateContent). A small batch is part of the
 * call that creates it; a larger one is a file, uploaded first. Creation cannot be repeated; the
 * intent is the display name. A batch can be called a success before its results are there, and one
 * that expired has none at all.
 */
final class GeminiBatches implements BatchApi {
  private static final String BATCHES = "/batches";
  private static final String WHAT = "The batch's request";
  private static final String NAME = "sluice-";
  private static final String INLINE = "inline:";

  /** Guide to the Batch API: a file of up to 2 GB; how many requests it has is not limited. */
  private static final BatchLimits LIMITS = new BatchLimits(100_000, 1_900_000_000, Long.MAX_VALUE);

  /** Inline requests and all their results are one body each: of the 20 MB, a part. */
  private static final long MAX_INLINE_BYTES = 4_000_000;

  private static final int MAX_INLINE_REQUESTS = 500;

  /** Guide to the Batch API: pending or running for longer, it expires. */
  private static final Duration LIFE = Duration.ofHours(48);

  private static final String HEAD = "{\"key\":\"";
  private static final String MIDDLE = "\",\"request\":";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ControlCalls calls;

  /** At the server's root: files go up and down beside the API's own path. */
  private final ControlCalls files;

  private final String createPath;
  private final boolean embeds;
  private final String basePath;
  private final String authority;

  private GeminiBatches(
      ControlCalls calls,
      ControlCalls files,
      String createPath,
      boolean embeds,
      URI base,
      String basePath) {
    this.calls = calls;
    this.files = files;
    this.createPath = createPath;
    this.embeds = embeds;
    this.basePath = basePath;
    this.authority = String.valueOf(base.getRawAuthority());
  }

  static GeminiBatches open(Connection connection) {
    boolean embeds = connection.operation() == Operation.EMBED;
    Provider provider = connection.provider();
    URI base = URI.create(provider.baseUrl().replaceAll("/+$", ""));
    String basePath = base.getRawPath() == null ? "" : base.getRawPath();
    Provider root = provider.withBaseUrl(base.getScheme() + "://" + base.getRawAuthority());
    return new GeminiBatches(
        new ControlCalls(connection, Map.of(), GeminiErrors::classify),
        new ControlCalls(connection.withProvider(root), Map.of(), GeminiErrors::classify),
        GeminiProvider.path(
            provider,
            connection.model(),
            embeds ? "asyncBatchEmbedContent" : "batchGenerateContent"),
        embeds,
        base,
        basePath);
  }

  @Override
  public String path() {
    return createPath;
  }

  /** Lines of a file; requests within the call are made of them. */
  @Override
  public BatchFormat format() {
    return new BatchFormat("", "\n", "\n", this::line);
  }

  /** A text to embed is alone in its call's list. */
  private String line(String customId, Request request) {
    String body = embeds ? GeminiEmbeddings.only(request) : request.body();
    return HEAD + customId + MIDDLE + body + "}";
  }

  @Override
  public BatchLimits limits() {
    return LIMITS;
  }

  private static boolean isInline(PackedBatch batch) {
    return batch.bytes() <= MAX_INLINE_BYTES && batch.requests() <= MAX_INLINE_REQUESTS;
  }

  /** A resumable upload, in one piece (API reference, media.upload). */
  @Override
  public @Nullable String upload(PackedBatch batch) throws CallFailedException {
    if (isInline(batch)) {
      return null;
    }
    ObjectNode about = JSON.createObjectNode();
    about.putObject("file").put("display_name", NAME + batch.intentId());
    ControlCalls.Answered begun =
        files.ask(
            "POST",
            "/upload" + basePath + "/files",
            Map.of(),
            Map.of(
                "X-Goog-Upload-Protocol", "resumable",
                "X-Goog-Upload-Command", "start",
                "X-Goog-Upload-Header-Content-Length", String.valueOf(batch.bytes()),
                "X-Goog-Upload-Header-Content-Type", "application/jsonl"),
            json(about));
    String to = begun.header("x-goog-upload-url");
    JsonNode uploaded =
        files
            .ask(
                "POST",
                underRoot(to),
                Map.of(),
                Map.of("X-Goog-Upload-Offset", "0", "X-Goog-Upload-Command", "upload, finalize"),
                new FileContent("application/jsonl", batch.file().toFile()))
            .body();
    String name = uploaded.path("file").path("name").asText(uploaded.path("name").asText(""));
    if (!GivenIds.isOne(name)) {
      throw NoAnswer.thrown("An upload of a batch's file was answered without the file's name");
    }
    return name;
  }

  /** The path and query of an upload's URL: the key goes to no other host. */
  private String underRoot(String url) throws CallFailedException {
    try {
      URI uri = URI.create(url);
      if (authority.equalsIgnoreCase(uri.getRawAuthority())) {
        return uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
      }
    } catch (IllegalArgumentException e) {
      throw NoAnswer.thrown("An upload of a batch's file was answered with a URL that is none");
    }
    throw NoAnswer.thrown("An upload of a batch's file was sent to another host than " + authority);
  }

  private static ByteArrayContent json(ObjectNode body) {
    return ByteArrayContent.fromString("application/json; charset=utf-8", body.toString());
  }

  @Override
  public BatchStatus create(BatchIntent intent, PackedBatch batch, @Nullable String fileId)
      throws CallFailedException {
    String head = "{\"batch\":{\"display_name\":\"" + NAME + intent.id() + "\",\"input_config\":";
    String input =
        fileId == null
            ? "{\"requests\":{\"requests\":[" + inline(batch) + "]}}"
            : JSON.createObjectNode().put("file_name", fileId).toString();
    return status(calls.post(createPath, head + input + "}}"));
  }

  /** The lines of the file as requests of a call, their bodies as they are. */
  private static String inline(PackedBatch batch) {
    List<String> requests = new ArrayList<>(batch.requests());
    try {
      for (String line : Files.readAllLines(batch.file(), StandardCharsets.UTF_8)) {
        int middle = line.indexOf(MIDDLE);
        requests.add(
            "{\"request\":"
                + line.substring(middle + MIDDLE.length(), line.length() - 1)
                + ",\"metadata\":{\"key\":\""
                + line.substring(HEAD.length(), middle)
                + "\"}}");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A batch's own file could not be read", e);
    }
    return String.join(",", requests);
  }

  /** A file that was just uploaded can be unknown, or not active, for a moment. */
  @Override
  public boolean isPassing(Reply.Failed refusal, @Nullable String fileId) {
    Integer status = refusal.status();
    String message = refusal.message().toLowerCase(Locale.ROOT);
    return status != null
        && (status == 400 || status == 403 || status == 404)
        && fileId != null
        && (message.contains(fileId.toLowerCase(Locale.ROOT)) || message.contains("active state"));
  }

  @Override
  public BatchStatus poll(String batchId) throws CallFailedException {
    return status(calls.call("GET", BATCHES + "/" + GivenIds.inPath(batchId), Map.of(), null));
  }

  /** The answer to cancelling is empty: the state is looked up. */
  @Override
  public BatchStatus cancel(String batchId) throws CallFailedException {
    JsonNode answer = calls.post(BATCHES + "/" + GivenIds.inPath(batchId) + ":cancel", "{}");
    return answer.isObject() && !answer.isEmpty() ? status(answer) : poll(batchId);
  }

  /** There is no filter, so that all of an account's batches are looked through. */
  @Override
  public Page list(BatchIntent intent, @Nullable String after) throws CallFailedException {
    Map<String, String> query =
        after == null ? Map.of("pageSize", "100") : Map.of("pageSize", "100", "pageToken", after);
    JsonNode page = calls.page(BATCHES, query);
    List<Listed> batches = new ArrayList<>();
    JsonNode listed = page.has("operations") ? page.path("operations") : page.path("batches");
    for (JsonNode batch : listed) {
      String name = GeminiNames.field(about(batch), "displayName").asText("");
      boolean own = CustomIds.isName(NAME + intent.id(), name);
      batches.add(new Listed(status(batch), own ? Owner.INTENT : Owner.OTHER));
    }
    String next = GeminiNames.field(page, "nextPageToken").asText("");
    return new Page(batches, next.isEmpty() ? null : next);
  }

  /** What is within a batch is so by whatever name it was asked for. */
  @Override
  public List<String> resultFiles(BatchIntent intent, BatchStatus ended) {
    return ended.resultFiles().stream()
        .map(file -> file.startsWith(INLINE) ? INLINE + ended.id() : file)
        .toList();
  }

  @Override
  public void download(String file, BodyReader reader) throws CallFailedException {
    if (!file.startsWith(INLINE)) {
      files.download(
          "/download" + basePath + "/" + GivenIds.inPath(file) + ":download?alt=media", reader);
      return;
    }
    String name = BATCHES + "/" + GivenIds.inPath(file.substring(INLINE.length()));
    StringBuilder lines = new StringBuilder();
    for (JsonNode result : inlined(calls.call("GET", name, Map.of(), null))) {
      lines.append(result).append('\n');
    }
    try {
      reader.read(new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw NoAnswer.thrown(
          "The results within GET " + name + " could not be read: " + e.getMessage());
    }
  }

  /** The results that are part of a batch; missing where they are in a file or not there yet. */
  private static JsonNode inlined(JsonNode batch) {
    JsonNode embedded = GeminiNames.field(output(batch), "inlinedEmbedContentResponses");
    JsonNode responses =
        embedded.isMissingNode() ? GeminiNames.field(output(batch), "inlinedResponses") : embedded;
    JsonNode within = GeminiNames.field(responses, "inlinedResponses");
    return responses.isObject() && within.isContainerNode() ? list(within) : list(responses);
  }

  /** One result alone can come without its list. */
  private static JsonNode list(JsonNode responses) {
    boolean isOne = responses.path("response").isObject() || responses.path("error").isObject();
    return isOne ? JSON.createArrayNode().add(responses) : responses;
  }

  @Override
  public String customId(JsonNode line) {
    String key = line.path("key").asText("");
    return key.isEmpty() ? line.path("metadata").path("key").asText("") : key;
  }

  @Override
  public Reply reply(JsonNode line) {
    if (line.path("response").isObject()) {
      return GeminiAnswers.read(
          line.path("response"), embeds ? Operation.EMBED : Operation.CHAT, Place.inBatch(WHAT));
    }
    JsonNode error = line.path("error").isObject() ? line.path("error") : line.path("status");
    if (!error.isObject()) {
      return NoAnswer.unreadable(
          WHAT + " came back without a response or an error", null, RateHeaders.NONE);
    }
    int status = GeminiErrors.status(error);
    if (status == GeminiErrors.CANCELLED) {
      // Seen in batches that went well otherwise: the line alone was given up.
      return NoAnswer.inBatch(WHAT, "cancelled", error.path("message").asText(""));
    }
    ObjectNode envelope = JSON.createObjectNode();
    envelope.set("error", error);
    return GeminiErrors.classify(status, new HeaderGroup(), envelope.toString(), WHAT);
  }

  @Override
  public void delete(String fileId) throws CallFailedException {
    calls.call("DELETE", "/" + GivenIds.inPath(fileId), Map.of(), null);
  }

  @Override
  public void close() {
    calls.close();
    files.close();
  }

  /** A batch is shown as a long-running operation or bare. */
  private static JsonNode about(JsonNode batch) {
    return batch.path("metadata").isObject() ? batch.path("metadata") : batch;
  }

  private static JsonNode output(JsonNode batch) {
    JsonNode response = batch.path("response");
    return response.isObject() && !response.isEmpty() ? response : about(batch).path("output");
  }

  private static BatchStatus status(JsonNode batch) {
    JsonNode about = about(batch);
    String name = about.path("name").asText(batch.path("name").asText(""));
    String id = batch.path("name").asText(name).replaceFirst("^batches/", "");
    JsonNode stats = GeminiNames.field(about, "batchStats");
    Counts counts =
        new Counts(
            count(stats, "requestCount"),
            count(stats, "successfulRequestCount"),
            count(stats, "failedRequestCount"),
            0,
            0);
    List<String> results = resultFiles(batch, id);
    Instant created = Bounded.instant(GeminiNames.field(about, "createTime"));
    State state = state(batch, about, results);
    return new BatchStatus(
        id,
        CustomIds.intentOf(NAME, GeminiNames.field(about, "displayName").asText("")),
        state,
        counts,
        problems(batch.path("error")),
        created,
        created == null ? null : created.plus(LIFE),
        null,
        state.isEnded() ? results : List.of());
  }

  private static State state(JsonNode batch, JsonNode about, List<String> results) {
    String state = about.path("state").asText("").toUpperCase(Locale.ROOT);
    return switch (state.replaceFirst("^(BATCH|JOB)_STATE_", "")) {
      case "PENDING", "QUEUED" -> State.VALIDATING;
      case "RUNNING", "UPDATING", "PAUSED" -> State.IN_PROGRESS;
      // Also before its results are there, or where they never come.
      case "SUCCEEDED", "PARTIALLY_SUCCEEDED" -> State.COMPLETED;
      // What has results has run in part, and is paid for.
      case "FAILED" -> results.isEmpty() ? State.FAILED : State.EXPIRED;
      case "CANCELLING" -> State.CANCELLING;
      case "CANCELLED" -> State.CANCELLED;
      case "EXPIRED" -> State.EXPIRED;
      default ->
          batch.path("done").asBoolean(false) && batch.path("error").isObject()
              ? State.FAILED
              : State.UNKNOWN;
    };
  }

  private static List<String> resultFiles(JsonNode batch, String id) {
    String file = GeminiNames.field(output(batch), "responsesFile").asText("");
    if (!file.isEmpty()) {
      return List.of(file);
    }
    return inlined(batch).isArray() ? List.of(INLINE + id) : List.of();
  }

  private static List<BatchProblem> problems(JsonNode error) {
    return error.isObject() && !error.isEmpty()
        ? List.of(
            new BatchProblem(error.path("code").asText(""), error.path("message").asText(""), null))
        : List.of();
  }

  /** 64 bits wide, and so a text in this JSON. */
  private static long count(JsonNode stats, String name) {
    return Bounded.count(LongNode.valueOf(GeminiNames.field(stats, name).asLong(0)));
  }
}
