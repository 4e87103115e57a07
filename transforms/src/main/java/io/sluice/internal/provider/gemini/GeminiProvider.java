package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.api.client.http.ByteArrayContent;
import com.google.api.client.http.HttpContent;
import com.google.api.client.util.escape.CharEscapers;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Tier;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.internal.prepare.Parameters;
import io.sluice.spi.BatchApi;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.Request;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Google's Gemini, by the key of its Developer API, and by Google's credentials at Vertex AI. */
public final class GeminiProvider implements ModelProvider {
  static final String KEY_HEADER = "x-goog-api-key";

  private static final Defaults DEFAULTS =
      new Defaults(
          "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY", KEY_HEADER, null);

  private static final HttpContent WORD =
      ByteArrayContent.fromString(
          "application/json; charset=utf-8",
          "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\"}]}]}");

  @Override
  public String kind() {
    return "gemini";
  }

  @Override
  public Defaults defaults() {
    return DEFAULTS;
  }

  @Override
  public List<String> ownFields() {
    return List.of(Vertex.PROJECT, Vertex.LOCATION, VertexBatches.BUCKET);
  }

  @Override
  public Defaults defaults(Map<String, String> own, @Nullable String baseUrl) {
    String project = own.get(Vertex.PROJECT);
    String location = own.get(Vertex.LOCATION);
    boolean vertex = project != null || location != null;
    if (!vertex) {
      return ModelProvider.super.defaults(own, baseUrl);
    }
    if (project == null) {
      throw new IllegalArgumentException(
          Vertex.PROJECT + ": is missing; expected the id of a Google Cloud project");
    }
    checkName(Vertex.PROJECT, project, "[A-Za-z0-9.:-]+", "the id of a Google Cloud project");
    if (location != null) {
      checkName(Vertex.LOCATION, location, "[a-z0-9-]+", "a location, such as us-central1");
    }
    return new Defaults(
        Vertex.address(project, location == null ? "global" : location, baseUrl),
        null,
        "Authorization",
        null);
  }

  private static void checkName(String field, String name, String form, String expected) {
    if (!name.matches(form)) {
      throw new IllegalArgumentException(
          field + ": expected " + expected + ", got \"" + name + "\"");
    }
  }

  @Override
  public @Nullable String credentialProblem(Provider provider) {
    return Vertex.credentialProblem(provider);
  }

  /** A model's resource name: {@code models/NAME} unless it names another collection. */
  static String resource(String model) {
    return model.contains("/") ? model : "models/" + model;
  }

  /** Where a method of a model is, after the base URL. */
  static String path(Provider provider, String model, String method) {
    String resource = Vertex.is(provider) ? Vertex.resource(model) : resource(model);
    return "/"
        + Arrays.stream(resource.split("/"))
            .map(CharEscapers::escapeUriPath)
            .collect(Collectors.joining("/"))
        + ":"
        + method;
  }

  /** Where an operation is, after the base URL. */
  static String path(Provider provider, String model, Operation operation) {
    return path(
        provider, model, operation == Operation.EMBED ? "batchEmbedContents" : "generateContent");
  }

  @Override
  public @Nullable String addressProblem(String baseUrl) {
    if (baseUrl.matches(".*/models(/.*)?")) {
      return "expected the URL before /models";
    }
    return baseUrl.matches(".*/openai/*")
        ? "expected the URL before /openai: that address is for kind: openai"
        : null;
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    Parameters checked = new Parameters(parameters);
    for (String spelled : new String[] {"systemInstruction", "system_instruction"}) {
      checked.reserved(spelled, "it is made from prompt.system");
    }
    checked.reserved("contents", "they are made from prompt.user");
    checked.reserved("content", "it is made from prompt.user");
    checked.conversation();
    if (Vertex.is(task.provider())) {
      vertex(task, parameters, checked);
    } else if (task.provider().settings().containsKey(VertexBatches.BUCKET)) {
      checked.problem(VertexBatches.BUCKET + ": belongs to provider.vertex; leave it out");
    }
    if (task.operation() == Operation.EMBED) {
      checked.embedding(task);
      checked.dimensions("Gemini", "outputDimensionality");
    } else {
      checked.reserved("max_tokens", "Gemini's name for it is maxOutputTokens");
      checked.reserved("max_completion_tokens", "Gemini's name for it is maxOutputTokens");
      chat(checked);
      for (String spelled : new String[] {"generationConfig", "generation_config"}) {
        Parameters config = checked.within(spelled);
        if (config != null) {
          chat(config);
        }
      }
    }
    return checked.problems();
  }

  private static void vertex(ModelTask task, ObjectNode parameters, Parameters checked) {
    if (task.operation() == Operation.EMBED) {
      checked.problem(
          "operation embed cannot be used with provider.vertex: use a key of the Developer API,"
              + " whose embeddings are of the same models");
    }
    String bucket = task.provider().settings().get(VertexBatches.BUCKET);
    if (task.delivery().batch() && (bucket == null || !GoogleStorage.isUri(bucket))) {
      checked.problem(
          VertexBatches.BUCKET
              + ": expected gs://BUCKET/PATH, where the files of batches at Vertex AI go, "
              + (bucket == null ? "got none" : "got \"" + bucket + "\""));
    }
    String location = Vertex.location(task.provider());
    boolean tier = task.provider().service().tier() == Tier.FLEX;
    if ((tier || Vertex.isFlex(parameters)) && !location.equals("global")) {
      checked.problem(
          (tier ? "provider.tier" : "parameters.serviceTier")
              + ": flex is served in the location global alone, got "
              + location
              + ": elsewhere it would be billed in full; set provider.vertex.location: global");
    }
  }

  private static void chat(Parameters checked) {
    checked.outputLimit("maxOutputTokens");
    checked.outputLimit("max_output_tokens");
    checked.within("thinkingConfig");
    checked.oneAnswer("candidateCount");
    checked.oneAnswer("candidate_count");
  }

  /** Outside of the location global, flex would be ignored and billed in full. */
  @Override
  public Set<Tier> tiers(Provider provider) {
    return Vertex.is(provider) && !Vertex.location(provider).equals("global")
        ? Set.of(Tier.PRIORITY)
        : Set.of(Tier.FLEX, Tier.PRIORITY);
  }

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    return new GeminiRequests(task, parameters, tokens(task.model()));
  }

  /** The encoding is not public: an estimate, which what answers say corrects. */
  @Override
  public TokenCounter tokens(String model) {
    return EncodedTokens.ofModel(model);
  }

  @Override
  public Caller open(Connection connection) {
    return GeminiCaller.create(Vertex.signed(connection));
  }

  @Override
  public List<String> models(Connection connection) throws CallFailedException {
    Connection signed = Vertex.signed(connection);
    try (ControlCalls calls = new ControlCalls(signed, Map.of(), GeminiErrors::classify)) {
      if (Vertex.is(connection.provider())) {
        // Models have no list there; to count a word's tokens costs nothing, and asks for all.
        calls.call(
            "POST", path(connection.provider(), connection.model(), "countTokens"), Map.of(), WORD);
        return List.of(connection.model());
      }
      return calls.names("/models", Map.of("pageSize", "1000"), "models", "name").stream()
          .map(name -> name.replaceFirst("^models/", ""))
          .toList();
    }
  }

  /**
   * As a conversation, the system text its first turn: that is what both doors take, with as many
   * tokens.
   */
  @Override
  public @Nullable Long countTokens(Connection connection, Request request)
      throws CallFailedException {
    Connection signed = Vertex.signed(connection);
    try (ControlCalls calls = new ControlCalls(signed, Map.of(), GeminiErrors::classify)) {
      JsonNode told =
          calls.post(
              path(connection.provider(), connection.model(), "countTokens"),
              GeminiRequests.conversation(request));
      JsonNode total = GeminiNames.field(told, "totalTokens");
      return total.canConvertToLong() && total.longValue() > 0 ? total.longValue() : null;
    }
  }

  @Override
  public boolean hasBatches() {
    return true;
  }

  @Override
  public BatchApi batches(Connection connection) {
    return Vertex.is(connection.provider())
        ? VertexBatches.open(Vertex.signed(connection))
        : GeminiBatches.open(connection);
  }

  @Override
  public String priceList(Provider provider) {
    return "google";
  }
}
