package io.sluice;

import io.sluice.internal.provider.Providers;
import io.sluice.spi.ModelProvider;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
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
 * @param steps questions that are asked about each document in place of {@code prompt}, one after
 *     the other where they need each other; empty for the one question
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
    List<Step> steps)
    implements Serializable {

  public ModelTask {
    steps = List.copyOf(steps);
  }

  /** One question. */
  public ModelTask(
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
      Delivery delivery) {
    this(
        name,
        provider,
        model,
        operation,
        prompt,
        parameters,
        output,
        quota,
        chunk,
        retry,
        delivery,
        List.of());
  }

  /**
   * One of several questions about a document. Its prompt may use the document's fields and, as
   * {@code {{steps.NAME}}} and {@code {{steps.NAME.FIELD}}}, the answers of others, which are then
   * asked before it. Steps that do not need each other are asked side by side.
   *
   * @param name letters, digits, {@code _} and {@code -}
   * @param parameters those of this step, a JSON object as text: they take the place of the task's
   *     of the same name
   * @param when it is asked where each of these steps, by name, has answered one of these labels; empty
   *     for always. A step that is not asked is null in the output
   */
  public record Step(
      String name,
      Prompt prompt,
      Output output,
      String parameters,
      Map<String, List<String>> when)
      implements Serializable {
    public Step {
      Map<String, List<String>> copy = new LinkedHashMap<>();
      when.forEach((step, labels) -> copy.put(step, List.copyOf(labels)));
      when = Collections.unmodifiableMap(copy);
    }

    /** A step that is always asked, with the task's parameters. */
    public Step(String name, Prompt prompt, Output output) {
      this(name, prompt, output, "{}", Map.of());
    }

    /** The same, asked only where another step has answered one of some labels. */
    public Step when(String step, String... labels) {
      Map<String, List<String>> all = new LinkedHashMap<>(when);
      all.put(step, List.of(labels));
      return new Step(name, prompt, output, parameters, all);
    }
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
   * @param kind the wire format spoken to the model: {@code openai} (OpenAI and every server
   *     compatible with its chat completions), {@code anthropic} (Anthropic's Messages), {@code
   *     local} (an embedding model in this process: no key, no network, no quota), or that of a
   *     {@link io.sluice.spi.ModelProvider} of your own on the class path
   * @param baseUrl the URL before {@code /chat/completions} ({@code openai}) or {@code
   *     /v1/messages} ({@code anthropic}), without a query; empty for {@code local}
   * @param key where the API key is found on a worker
   * @param authHeader the request header that carries the key: after {@code Bearer} in {@code
   *     Authorization}, bare in any other
   * @param headers more request headers, by name
   * @param query more query parameters, by name, such as Azure's {@code api-version}; not encoded
   * @param api which of the provider's interfaces is spoken, such as {@code responses} of {@code
   *     openai}; empty for the usual one
   */
  public record Provider(
      String kind,
      String baseUrl,
      KeySource key,
      String authHeader,
      Map<String, String> headers,
      Map<String, String> query,
      String api)
      implements Serializable {
    /** The embedding model in this process. */
    public static final Provider LOCAL =
        new Provider("local", "", KeySource.NONE, "Authorization", Map.of(), Map.of());

    public Provider {
      headers = Map.copyOf(headers);
      query = Map.copyOf(query);
    }

    /** The kind's usual interface. */
    public Provider(
        String kind,
        String baseUrl,
        KeySource key,
        String authHeader,
        Map<String, String> headers,
        Map<String, String> query) {
      this(kind, baseUrl, key, authHeader, headers, query, "");
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
      return new Provider(kind, value, key, authHeader, headers, query, api);
    }

    /** The same by another of its interfaces. */
    public Provider withApi(String value) {
      return new Provider(kind, baseUrl, key, authHeader, headers, query, value);
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
    CUT
  }

  /**
   * Mustache templates over the document's fields; {@code system} may be absent.
   *
   * @param tooLong for embeddings, whose models take a known number of tokens
   */
  public record Prompt(@Nullable String system, String user, TooLong tooLong)
      implements Serializable {

    /** A text that is too long is a dead letter. */
    public Prompt(@Nullable String system, String user) {
      this(system, user, TooLong.FAIL);
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
   */
  public record Quota(
      long requestsPerMinute,
      long tokensPerMinute,
      int maxConcurrent,
      Duration burst,
      Map<String, KeyQuota> keys)
      implements Serializable {
    public static final Quota DEFAULT =
        new Quota(500, 150_000, 50, Duration.ofSeconds(1), Map.of());

    public Quota {
      keys = Map.copyOf(keys);
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
   * @param timeout how long one request may take
   * @param outage how long a provider may be away that has answered before: then its account stops
   * @param withReason whether an answer that does not fit is asked again with that answer and what
   *     is wrong with it, and one that was cut by its cap once more with a larger one; otherwise
   *     the former is asked again word for word
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
   * @param deadline when everything is to be answered: what batches have not answered when real
   *     time needs the rest of the time is taken out of them; null for no hurry
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
    /** Each request by itself. */
    public static final Delivery REALTIME =
        new Delivery(
            false,
            Duration.ofSeconds(30),
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Stragglers.BATCH,
            1,
            null);

    /** In batches, as large as the provider takes them. */
    public static final Delivery BATCH =
        new Delivery(
            true,
            Duration.ofSeconds(30),
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            Stragglers.BATCH,
            0,
            null);
  }

  /** A chat task with every default. */
  public static ModelTask of(String name, Provider provider, String model, Prompt prompt) {
    return new ModelTask(
        name,
        provider,
        model,
        Operation.CHAT,
        prompt,
        "{}",
        Output.TEXT,
        Quota.DEFAULT,
        Chunk.DEFAULT,
        Retry.DEFAULT,
        Delivery.REALTIME);
  }

  public ModelTask withOperation(Operation value) {
    return new ModelTask(
        name, provider, model, value, prompt, parameters, output, quota, chunk, retry, delivery, steps);
  }

  public ModelTask withParameters(String json) {
    return new ModelTask(
        name, provider, model, operation, prompt, json, output, quota, chunk, retry, delivery, steps);
  }

  public ModelTask withOutput(Output value) {
    return new ModelTask(
        name, provider, model, operation, prompt, parameters, value, quota, chunk, retry, delivery, steps);
  }

  public ModelTask withQuota(Quota value) {
    return new ModelTask(
        name,
        provider,
        model,
        operation,
        prompt,
        parameters,
        output,
        value,
        chunk,
        retry,
        delivery,
        steps);
  }

  public ModelTask withChunk(Chunk value) {
    return new ModelTask(
        name,
        provider,
        model,
        operation,
        prompt,
        parameters,
        output,
        quota,
        value,
        retry,
        delivery,
        steps);
  }

  public ModelTask withRetry(Retry value) {
    return new ModelTask(
        name,
        provider,
        model,
        operation,
        prompt,
        parameters,
        output,
        quota,
        chunk,
        value,
        delivery,
        steps);
  }

  public ModelTask withDelivery(Delivery value) {
    return new ModelTask(
        name, provider, model, operation, prompt, parameters, output, quota, chunk, retry, value, steps);
  }

  /**
   * Several questions about each document in place of one; the row's output is an object of their
   * answers by name.
   */
  public ModelTask withSteps(Step... value) {
    return new ModelTask(
        name,
        provider,
        model,
        operation,
        prompt,
        parameters,
        output,
        quota,
        chunk,
        retry,
        delivery,
        List.of(value));
  }

  /** The same task with another prompt. */
  public ModelTask withPrompt(Prompt value) {
    return new ModelTask(
        name,
        provider,
        model,
        operation,
        value,
        parameters,
        output,
        quota,
        chunk,
        retry,
        delivery,
        steps);
  }
}
