package io.sluice;

import io.sluice.internal.provider.Providers;
import io.sluice.spi.ModelProvider;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to ask, of whom, and within which limits: the immutable configuration of {@link AskModel}.
 * Start from {@link #of} and refine with the {@code withX} methods. API keys are never part of it:
 * only the name of the environment variable, file or secret that holds one.
 *
 * @param name the job's name, {@code [a-z0-9-]+}
 * @param parameters passed on to the provider as they are, a JSON object as text
 * @param delivery in real time or in the provider's batches
 * @param steps questions asked about each document in place of {@code prompt}; empty for the one
 * @param fallback other models, asked where the task's has no answer
 * @param cascade lets a small model answer some rows; null for none
 */
public record ModelTask(
    String name,
    Provider provider,
    String model,
    Operation operation,
    Prompt prompt,
    String parameters,
    Output output,
    Quota quota,
    Chunk chunk,
    Retry retry,
    Delivery delivery,
    List<Step> steps,
    Fallback fallback,
    @Nullable Cascade cascade)
    implements Serializable {

  public ModelTask {
    steps = List.copyOf(steps);
  }

  /** Chat completion or embedding. */
  public enum Operation {
    CHAT,
    EMBED
  }

  /**
   * Who is asked, and how. Headers and query may not hold secrets, and do not identify a request:
   * answers that were paid for stay valid when they change.
   *
   * @param kind whose wire format is spoken: {@code openai} (and every server compatible with its
   *     chat completions), {@code anthropic}, …, {@code local} (an embedding model in this
   *     process), or a {@link io.sluice.spi.ModelProvider} of your own on the class path
   * @param baseUrl the URL before {@code /chat/completions} or {@code /v1/messages}; no query
   * @param key where the API key is found on a worker
   * @param authHeader the request header that carries the key: after {@code Bearer} in {@code
   *     Authorization}, bare in any other
   * @param headers more request headers, by name
   * @param query more query parameters, by name, such as Azure's {@code api-version}; not encoded
   * @param settings what only its kind has ({@link io.sluice.spi.ModelProvider#ownFields})
   * @param service which of its interfaces is spoken, and in which tier
   */
  public record Provider(
      String kind,
      String baseUrl,
      KeySource key,
      String authHeader,
      Map<String, String> headers,
      Map<String, String> query,
      Map<String, String> settings,
      Service service)
      implements Serializable {
    /** The embedding model in this process. */
    public static final Provider LOCAL =
        new Provider("local", "", KeySource.NONE, "Authorization", Map.of(), Map.of());

    public Provider {
      headers = Map.copyOf(headers);
      query = Map.copyOf(query);
      settings = Map.copyOf(settings);
    }

    /** The kind's usual interface, in the standard tier, without settings of its kind's own. */
    public Provider(
        String kind,
        String baseUrl,
        KeySource key,
        String authHeader,
        Map<String, String> headers,
        Map<String, String> query) {
      this(kind, baseUrl, key, authHeader, headers, query, Map.of(), Service.USUAL);
    }

    /**
     * The kind's own header for the key, no other headers and no query.
     *
     * @throws IllegalArgumentException if there is no such kind; the message lists those that there
     *     are
     */
    public Provider(String kind, String baseUrl, KeySource key) {
      this(kind, baseUrl, key, defaultAuthHeader(kind), Map.of(), Map.of());
    }

    /**
     * A provider at its own address, with the key in the environment variable of its own: {@code
     * OPENAI_API_KEY} for {@code openai}.
     *
     * @throws IllegalArgumentException if there is no such kind
     */
    public static Provider of(String kind) {
      ModelProvider.Defaults defaults = Providers.of(kind).defaults();
      return new Provider(kind, defaults.baseUrl(), new KeySource(defaults.keyVariable(), null));
    }

    /**
     * A provider at another address, such as a server compatible with {@code openai}.
     *
     * @throws IllegalArgumentException if there is no such kind
     */
    public static Provider of(String kind, String baseUrl, KeySource key) {
      return new Provider(kind, baseUrl, key);
    }

    /** The same at another address. */
    public Provider withBaseUrl(String value) {
      return new Provider(kind, value, key, authHeader, headers, query, settings, service);
    }

    /** The same with settings of its kind's own. */
    public Provider withSettings(Map<String, String> values) {
      return new Provider(kind, baseUrl, key, authHeader, headers, query, values, service);
    }

    /** The same, asked otherwise. */
    public Provider withService(Service value) {
      return new Provider(kind, baseUrl, key, authHeader, headers, query, settings, value);
    }

    /**
     * The header in which a kind of provider expects the key.
     *
     * @throws IllegalArgumentException if there is no such kind
     */
    public static String defaultAuthHeader(String kind) {
      return Providers.of(kind).defaults().authHeader();
    }
  }

  /**
   * Where an API key is found on a worker. At most one of the three is set; with none, requests
   * carry no authorization.
   *
   * @param env an environment variable
   * @param file a file that holds the key and nothing else
   * @param secret a secret of Google's Secret Manager that holds the key and nothing else: {@code
   *     projects/P/secrets/S/versions/V}, read with the worker's own Google credentials
   */
  public record KeySource(@Nullable String env, @Nullable String file, @Nullable String secret)
      implements Serializable {
    public static final KeySource NONE = new KeySource(null, null);

    /** An environment variable or a file. */
    public KeySource(@Nullable String env, @Nullable String file) {
      this(env, file, null);
    }

    public static KeySource ofSecret(String name) {
      return new KeySource(null, null, name);
    }
  }

  /** What becomes of a text that is longer than the model takes. */
  public enum TooLong {
    /** It is a dead letter. */
    FAIL,
    /** Its end is left out. */
    CUT,
    /** It is asked in parts. */
    SPLIT
  }

  /**
   * Mustache templates over the document's fields; {@code system} may be absent.
   *
   * @param limit from which length on it is too long
   */
  public record Prompt(@Nullable String system, String user, TooLong tooLong, LongInput limit)
      implements Serializable {

    /** A text that is too long is a dead letter. */
    public Prompt(@Nullable String system, String user) {
      this(system, user, TooLong.FAIL);
    }

    /** A text is too long for the model. */
    public Prompt(@Nullable String system, String user, TooLong tooLong) {
      this(system, user, tooLong, LongInput.USUAL);
    }
  }

  /** The type an answer must have. */
  public enum OutputType {
    TEXT,
    JSON,
    LABEL
  }

  /**
   * @param labels the allowed labels; empty unless {@code type} is {@code LABEL}
   * @param schema a JSON Schema as text; null unless {@code type} is {@code JSON}
   */
  public record Output(
      OutputType type, List<String> labels, @Nullable String schema, boolean includeDocument)
      implements Serializable {
    public Output {
      labels = List.copyOf(labels);
    }

    public static final Output TEXT = new Output(OutputType.TEXT, List.of(), null, false);

    /** One of these labels, exactly. */
    public static Output ofLabels(String... labels) {
      return new Output(OutputType.LABEL, List.of(labels), null, false);
    }

    /**
     * An object that fits a schema.
     *
     * @param schema a JSON Schema as text
     */
    public static Output ofJson(String schema) {
      return new Output(OutputType.JSON, List.of(), schema, false);
    }
  }

  /**
   * The limits of one quota key, and exceptions by key.
   *
   * @param requestsPerMinute 1 or more
   * @param tokensPerMinute 1 or more
   * @param maxConcurrent calls in flight at most, 1 or more
   * @param burst how much unused quota may be saved up
   * @param keys settings that differ for a key
   * @param models limits that differ for a model; keys have them too, and below them their own
   */
  public record Quota(
      long requestsPerMinute,
      long tokensPerMinute,
      int maxConcurrent,
      Duration burst,
      Map<String, KeyQuota> keys,
      Map<String, KeyQuota> models)
      implements Serializable {
    public static final Quota DEFAULT =
        new Quota(500, 150_000, 50, Duration.ofSeconds(1), Map.of());

    public Quota {
      keys = Map.copyOf(keys);
      models = Map.copyOf(models);
    }

    /** All models have the same limits. */
    public Quota(
        long requests, long tokens, int concurrent, Duration burst, Map<String, KeyQuota> keys) {
      this(requests, tokens, concurrent, burst, keys, Map.of());
    }

    /** The limits that hold for a key. */
    public KeyQuota forKey(String key) {
      KeyQuota own = keys.get(key);
      return own == null
          ? new KeyQuota(requestsPerMinute, tokensPerMinute, maxConcurrent, KeySource.NONE)
          : own;
    }
  }

  /**
   * The limits of one key, complete.
   *
   * @param key where this account's API key is found; {@link KeySource#NONE} for the provider's
   */
  public record KeyQuota(
      long requestsPerMinute, long tokensPerMinute, int maxConcurrent, KeySource key)
      implements Serializable {}

  /**
   * How documents are grouped.
   *
   * @param documents 1 or more
   * @param maxDelay how long an incomplete chunk may wait
   */
  public record Chunk(int documents, Duration maxDelay) implements Serializable {
    public static final Chunk DEFAULT = new Chunk(100, Duration.ofSeconds(2));
  }

  /**
   * @param maxAttempts requests for a document at most, 1 or more; a 429 does not count as one
   * @param timeout how long one request may take; with the default's, longer where the model is
   *     slow, up to ten minutes
   * @param outage how long a provider may be away that has answered before: then its account stops
   * @param withReason whether an answer that does not fit is asked again with what is wrong with
   *     it, and one that was cut once more with a larger cap; otherwise the former word for word
   */
  public record Retry(int maxAttempts, Duration timeout, Duration outage, boolean withReason)
      implements Serializable {
    public static final Retry DEFAULT =
        new Retry(5, Duration.ofSeconds(60), Duration.ofMinutes(10));

    /** With reasons. */
    public Retry(int maxAttempts, Duration timeout, Duration outage) {
      this(maxAttempts, timeout, outage, true);
    }

    /** With the usual patience in an outage. */
    public Retry(int maxAttempts, Duration timeout) {
      this(maxAttempts, timeout, DEFAULT.outage);
    }
  }

  /** Where a request goes that a batch has not answered in time. */
  public enum Stragglers {
    /** Into the next batch. */
    BATCH,
    /** It is asked in real time, at the price of that. */
    REALTIME
  }

  /**
   * How requests reach the provider: each by itself, or in batches, which cost half and take up to
   * a day.
   *
   * @param batch whether batches are used
   * @param poll how long between two looks at a batch, at most
   * @param maxRequests in one batch; the provider's own limit holds too
   * @param enqueuedTokens input tokens that all batches of an account may hold at a time, as the
   *     provider limits them; {@link Long#MAX_VALUE} where that is not known, and then found out
   * @param stragglers what becomes of requests that expired in a batch
   * @param realtimeShare the share of requests asked in real time from the beginning, 0 to 1
   * @param deadline when everything is to be answered: what batches do not make in time is taken
   *     out of them; null for no hurry
   */
  public record Delivery(
      boolean batch,
      Duration poll,
      int maxRequests,
      long enqueuedTokens,
      Stragglers stragglers,
      double realtimeShare,
      @Nullable Instant deadline)
      implements Serializable {
    private static final Duration POLL = Duration.ofSeconds(30);

    /** Each request by itself. */
    public static final Delivery REALTIME =
        new Delivery(false, POLL, Integer.MAX_VALUE, Long.MAX_VALUE, Stragglers.BATCH, 1, null);

    /** In batches, as large as the provider takes them. */
    public static final Delivery BATCH =
        new Delivery(true, POLL, Integer.MAX_VALUE, Long.MAX_VALUE, Stragglers.BATCH, 0, null);
  }

  /** A chat task with every default. */
  public static ModelTask of(String name, Provider provider, String model, Prompt prompt) {
    return TaskDraft.chat(name, provider, model, prompt);
  }

  /** The same question to another provider, or to this one in another way. */
  public ModelTask withProvider(Provider value) {
    return TaskDraft.of(this, draft -> draft.provider = value);
  }

  public ModelTask withModel(String value) {
    return TaskDraft.of(this, draft -> draft.model = value);
  }

  public ModelTask withOperation(Operation value) {
    return TaskDraft.of(this, draft -> draft.operation = value);
  }

  /** The same task with another prompt. */
  public ModelTask withPrompt(Prompt value) {
    return TaskDraft.of(this, draft -> draft.prompt = value);
  }

  public ModelTask withParameters(String json) {
    return TaskDraft.of(this, draft -> draft.parameters = json);
  }

  public ModelTask withOutput(Output value) {
    return TaskDraft.of(this, draft -> draft.output = value);
  }

  public ModelTask withQuota(Quota value) {
    return TaskDraft.of(this, draft -> draft.quota = value);
  }

  public ModelTask withChunk(Chunk value) {
    return TaskDraft.of(this, draft -> draft.chunk = value);
  }

  public ModelTask withRetry(Retry value) {
    return TaskDraft.of(this, draft -> draft.retry = value);
  }

  public ModelTask withDelivery(Delivery value) {
    return TaskDraft.of(this, draft -> draft.delivery = value);
  }

  /**
   * Several questions about each document in place of one; the row's output is an object of their
   * answers by name.
   */
  public ModelTask withSteps(Step... value) {
    return TaskDraft.of(this, draft -> draft.steps = List.of(value));
  }

  /** The same with other models, asked where this one's has no answer. */
  public ModelTask withFallback(Fallback value) {
    return TaskDraft.of(this, draft -> draft.fallback = value);
  }

  /** The same with a small model that answers some rows; null for none. */
  public ModelTask withCascade(@Nullable Cascade value) {
    return TaskDraft.of(this, draft -> draft.cascade = value);
  }
}
