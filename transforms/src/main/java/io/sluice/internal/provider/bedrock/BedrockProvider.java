package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.internal.http.ApiKeys.Environment;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.EncodedTokens;
import io.sluice.internal.prepare.Parameters;
import io.sluice.spi.BatchApi;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.ModelProvider;
import io.sluice.spi.PrefixCache;
import io.sluice.spi.QuotaTokens;
import io.sluice.spi.RequestWriter;
import io.sluice.spi.TokenCounter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Amazon Bedrock, by a Bedrock key or by AWS credentials. */
public final class BedrockProvider implements ModelProvider {
  private static final String KEY = "AWS_BEARER_TOKEN_BEDROCK";
  private static final String WEIGHT = "quota.outputWeight";
  private static final BigDecimal CACHE_WRITE = new BigDecimal("1.25");

  private static final Defaults DEFAULTS =
      new Defaults(BedrockPlaces.runtime(BedrockPlaces.USUAL_REGION), KEY, "Authorization", null);

  private static final Pattern ROLE_ARN =
      Pattern.compile("arn:aws[a-z-]*:iam::[0-9]{1,12}:role/[\\w+=,.@/-]+");

  private final Environment env;

  public BedrockProvider() {
    this(System::getenv);
  }

  BedrockProvider(Environment env) {
    this.env = env;
  }

  @Override
  public String kind() {
    return "bedrock";
  }

  @Override
  public Defaults defaults() {
    return DEFAULTS;
  }

  @Override
  public List<String> ownFields() {
    return List.of(BedrockPlaces.REGION, WEIGHT, BedrockBatches.S3_URI, BedrockBatches.ROLE);
  }

  /** The address of a region, and the key's variable where it is set: otherwise AWS signs. */
  @Override
  public Defaults defaults(Map<String, String> own, @Nullable String baseUrl) {
    String region = BedrockPlaces.named(own.get(BedrockPlaces.REGION), env);
    String key = env.get(KEY);
    return new Defaults(
        baseUrl != null ? baseUrl : region == null ? "" : BedrockPlaces.runtime(region),
        baseUrl != null || key == null || key.isBlank() ? null : KEY,
        DEFAULTS.authHeader(),
        null);
  }

  @Override
  public @Nullable String credentialProblem(Provider provider) {
    // S3 takes no key of Bedrock's.
    return provider.key().equals(KeySource.NONE)
            || provider.settings().containsKey(BedrockBatches.S3_URI)
        ? BedrockSigners.problem()
        : null;
  }

  @Override
  public @Nullable String addressProblem(String baseUrl) {
    return baseUrl.matches(".*/model(/.*)?") ? "expected the URL before /model" : null;
  }

  @Override
  public List<String> problems(ModelTask task, ObjectNode parameters) {
    Parameters checked = new Parameters(parameters);
    place(task.provider(), checked);
    if (task.delivery().batch()) {
      batches(task, checked);
    }
    checked.conversation();
    if (task.operation() == Operation.EMBED) {
      checked.embedding(task);
      // An ARN may stand for any model; an id is MAKER.MODEL.
      String model = task.model().toLowerCase(Locale.ROOT);
      if (!model.startsWith("arn:") && model.contains(".") && !model.contains("embed")) {
        checked.problem(
            "operation embed cannot be used with model "
                + task.model()
                + ": name one of Titan's or Cohere's, such as amazon.titan-embed-text-v2:0");
      }
      checked.outputLimit("dimensions");
      checked.outputLimit("output_dimension");
      for (String name : new String[] {"inputText", "texts"}) {
        checked.reserved(name, "it is made from prompt.user");
      }
    } else {
      chat(parameters, checked);
    }
    return checked.problems();
  }

  private static void place(Provider provider, Parameters checked) {
    String region = provider.settings().get(BedrockPlaces.REGION);
    if (region != null && !BedrockPlaces.isRegion(region)) {
      checked.problem(
          BedrockPlaces.REGION + ": expected a region, such as us-east-1, got \"" + region + "\"");
    } else if (provider.baseUrl().isEmpty()) {
      checked.problem(
          BedrockPlaces.REGION
              + ": is missing; name the region, such as us-east-1, here or with AWS_REGION");
    }
    String weight = provider.settings().get(WEIGHT);
    if (weight != null && !weight.matches("[1-9][0-9]{0,2}")) {
      checked.problem(
          WEIGHT
              + ": expected how often an output token counts, a whole number from 1 to 999, got \""
              + weight
              + "\"");
    }
  }

  private static void batches(ModelTask task, Parameters checked) {
    String uri = task.provider().settings().get(BedrockBatches.S3_URI);
    if (uri == null || !BedrockStorage.isPlace(uri)) {
      checked.problem(
          BedrockBatches.S3_URI
              + (uri == null ? ": is missing; " : ": got \"" + uri + "\", ")
              + "expected where requests and results of batches are, such as s3://BUCKET/PREFIX");
    }
    String role = task.provider().settings().get(BedrockBatches.ROLE);
    if (role == null || !ROLE_ARN.matcher(role).matches()) {
      checked.problem(
          BedrockBatches.ROLE
              + (role == null ? ": is missing; " : ": got \"" + role + "\", ")
              + "expected the role as which Bedrock reads and writes there, such as"
              + " arn:aws:iam::123456789012:role/NAME");
    }
    if (task.delivery().maxRequests() < BedrockBatches.LEAST_REQUESTS) {
      checked.problem(
          "batch.requests: expected "
              + BedrockBatches.LEAST_REQUESTS
              + " or more, as Bedrock takes no smaller batches, got "
              + task.delivery().maxRequests());
    }
  }

  private static void chat(ObjectNode parameters, Parameters checked) {
    checked.reserved("system", "it is made from prompt.system");
    for (String name : new String[] {"max_tokens", "max_completion_tokens", "maxOutputTokens"}) {
      checked.reserved(name, "Bedrock's name for it is " + BedrockRequests.MAX_TOKENS);
    }
    checked.outputLimit(BedrockRequests.MAX_TOKENS);
    Parameters config = checked.within(BedrockRequests.CONFIG);
    if (config != null) {
      config.outputLimit(BedrockRequests.MAX_TOKENS);
    }
    for (String name :
        new String[] {
          BedrockRequests.OUTPUT_CONFIG,
          BedrockRequests.TOOL_CONFIG,
          BedrockRequests.MORE,
          BedrockRequests.CACHE_POINT
        }) {
      checked.within(name);
    }
    parameters
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!BedrockRequests.OF_THE_REQUEST.contains(name)
                  && !BedrockRequests.OF_THE_CONFIG.contains(name)
                  && !KNOWN_ELSEWHERE.contains(name)) {
                checked.problem(
                    "parameters."
                        + name
                        + " is no field of Converse: what a model alone has goes into parameters."
                        + BedrockRequests.MORE);
              }
            });
  }

  /** Refused in words of their own. */
  private static final List<String> KNOWN_ELSEWHERE =
      List.of(
          "model",
          "messages",
          "stream",
          "system",
          "max_tokens",
          "max_completion_tokens",
          "maxOutputTokens");

  @Override
  public RequestWriter requests(ModelTask task, ObjectNode parameters) {
    return new BedrockRequests(task, parameters, tokens(task.model()));
  }

  /** The encodings are not public, or not known by a model's name: an estimate. */
  /** API reference, Converse: {@code serviceTier}; which models have one, their pages say. */
  @Override
  public Set<Tier> tiers(Provider provider) {
    return Set.of(Tier.FLEX, Tier.PRIORITY);
  }

  @Override
  public TokenCounter tokens(String model) {
    return EncodedTokens.ofModel(model);
  }

  /** User guide, token burndown: what is read from the cache does not count. */
  @Override
  public QuotaTokens quotaTokens(ModelTask task) {
    String weight = task.provider().settings().get(WEIGHT);
    return new QuotaTokens(
        weight == null ? BedrockModels.outputWeight(task.model()) : Integer.parseInt(weight),
        false);
  }

  @Override
  public Caller open(Connection connection) {
    return BedrockCaller.create(connection);
  }

  /** Whoever may ask a model need not be allowed to list them: then nothing is told. */
  @Override
  public @Nullable List<String> models(Connection connection) throws CallFailedException {
    Provider provider = connection.provider();
    Connection control =
        connection.withProvider(provider.withBaseUrl(BedrockPlaces.control(provider.baseUrl())));
    List<String> names = new ArrayList<>();
    try (ControlCalls calls =
        new ControlCalls(
            control, Map.of(), BedrockErrors::classify, BedrockSigners.of(connection))) {
      names.addAll(calls.names("/foundation-models", Map.of(), "modelSummaries", "modelId"));
    } catch (CallFailedException e) {
      if ("AccessDeniedException".equals(e.failure().code())) {
        return null;
      }
      throw e;
    }
    // A profile is listed as the model that it leads to.
    String model = connection.model();
    if (names.contains(model.substring(model.indexOf('.') + 1))) {
      names.add(model);
    }
    return names;
  }

  /** A batch of one ahead of the others is smaller than any that Bedrock takes. */
  @Override
  public @Nullable PrefixCache prefixCache(ModelTask task) {
    JsonNode point =
        CanonicalJson.parseObject("parameters", task.parameters())
            .path(BedrockRequests.CACHE_POINT);
    return task.delivery().batch() || task.operation() == Operation.EMBED || !point.isObject()
        ? null
        : new BedrockPrefixes(point, BedrockModels.claude(task.model()) > 0);
  }

  @Override
  public boolean hasBatches() {
    return true;
  }

  @Override
  public int leastInBatch() {
    return BedrockBatches.LEAST_REQUESTS;
  }

  @Override
  public BatchApi batches(Connection connection) {
    return BedrockBatches.open(connection);
  }

  /** What is written to the cache costs a quarter more with the models that most is written for. */
  @Override
  public Price completed(Price listed) {
    return listed.cacheWriteInputPerMtok() == null
        ? listed.withCacheWrite(listed.inputPerMtok().multiply(CACHE_WRITE))
        : listed;
  }
}
