package io.sluice.internal.answers;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Tier;
import io.sluice.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a call used, by all the names that it is known under: OpenAI's (chat, responses) and
 * Azure's; Anthropic's, where the cache's part is not in the input; DeepSeek's {@code
 * prompt_cache_hit_tokens}; Moonshot's {@code cached_tokens}; xAI's, where reasoning is outside of
 * {@code completion_tokens} and in the total alone; Gemini's {@code usageMetadata}; Bedrock's
 * {@code inputTokens}; Cohere's {@code tokens} and {@code billed_units}; Ollama's {@code
 * eval_count}.
 *
 * <p>Where the numbers contradict each other the dearer reading counts: the most output, the least
 * from a cache. Where one of input, output and total cannot be read, or nothing is counted at all,
 * the server has not said what it used (null), and the call is charged at what it may cost at most.
 * The first time that they contradict each other a line says so.
 */
public final class Usages {
  private static final String[] WHERE = {"usage", "usageMetadata", "usage_metadata"};

  /** Input with what came from the cache. */
  private static final String[] WHOLE_INPUT = {
    "prompt_tokens",
    "promptTokenCount",
    "prompt_token_count",
    "prompt_eval_count",
    "promptTokens",
    "input_token_count",
    "inputTextTokenCount",
    "num_prompt_tokens",
    "num_input_tokens"
  };

  /** Input that may leave out what the cache had a part in. */
  private static final String[] INPUT = {"input_tokens", "inputTokens", "inputTokenCount"};

  private static final String[] OUTPUT = {
    "completion_tokens",
    "output_tokens",
    "candidatesTokenCount",
    "candidates_token_count",
    "outputTokens",
    "completionTokens",
    "generated_tokens",
    "eval_count",
    "output_token_count",
    "outputTokenCount",
    "outputTextTokenCount",
    "generated_token_count",
    "generation_token_count",
    "num_completion_tokens",
    "num_output_tokens"
  };
  private static final String[] TOTAL = {
    "total_tokens", "totalTokenCount", "total_token_count", "totalTokens"
  };
  private static final String[] REASONING = {
    "reasoning_tokens",
    "thinking_tokens",
    "thoughtsTokenCount",
    "thoughts_token_count",
    "completion_tokens_details/reasoning_tokens",
    "output_tokens_details/reasoning_tokens",
    "completion_tokens_details/thinking_tokens"
  };

  /** From a cache, and in the input. */
  private static final String[] CACHED = {
    "prompt_tokens_details/cached_tokens",
    "input_tokens_details/cached_tokens",
    "prompt_token_details/cached_tokens",
    "input_token_details/cached_tokens",
    "prompt_cache_hit_tokens",
    "num_cached_tokens",
    "cached_tokens",
    "cachedContentTokenCount",
    "cached_content_token_count"
  };

  /** From a cache, and beside {@link #INPUT}. */
  private static final String[] CACHED_BESIDE = {
    "cache_read_input_tokens", "cacheReadInputTokens", "cacheReadInputTokenCount"
  };

  private static final String[] WRITTEN = {
    "prompt_tokens_details/cache_write_tokens",
    "prompt_tokens_details/cache_creation_tokens",
    "prompt_tokens_details/cache_creation_input_tokens",
    "input_tokens_details/cache_write_tokens",
    "cache_write_tokens"
  };

  /** Written to a cache, and beside {@link #INPUT}. */
  private static final String[] WRITTEN_BESIDE = {
    "cache_creation_input_tokens", "cacheWriteInputTokens", "cacheWriteInputTokenCount"
  };

  private static final Logger LOG = LoggerFactory.getLogger(Usages.class);

  /** Whoever counts like that does it in every answer. */
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private final JsonNode usage;
  private final List<JsonNode> places = new ArrayList<>();
  private boolean unreadable;

  /** Which numbers contradict each other; null while none do. */
  private @Nullable String odd;

  private Usages(JsonNode usage) {
    this.usage = usage;
    places.add(usage);
    for (String name : new String[] {"tokens", "billed_units"}) {
      if (usage.has(name)) {
        places.add(usage.path(name));
      }
    }
  }

  /**
   * What an answer, or an error, says that it used.
   *
   * @param root the whole body
   * @return null where it does not say
   */
  public static @Nullable Usage in(JsonNode root) {
    Usages found = find(root);
    Usage usage = found == null ? null : found.read();
    if (found != null && found.odd != null && !TOLD.getAndSet(true)) {
      LOG.warn(
          "A provider's numbers of tokens contradict each other ({}): what is dearer counts, here"
              + " and wherever it comes again",
          found.odd);
    }
    // Anthropic's is in its usage, and tells of committed capacity, not of another price.
    JsonNode said = root.has("service_tier") ? root.path("service_tier") : serviceTier(root);
    Tier tier = Tier.ofWord(said.asText(""));
    return usage == null || tier == null ? usage : usage.at(tier);
  }

  /** Bedrock's. */
  private static JsonNode serviceTier(JsonNode root) {
    return root.path("serviceTier").path("type");
  }

  /** Which numbers of an answer contradict each other, in words; null where none do. */
  static @Nullable String contradiction(JsonNode root) {
    Usages found = find(root);
    if (found != null) {
      found.read();
    }
    return found == null ? null : found.odd;
  }

  /** As {@link #in}, of a call that has no output: every token that was counted is input. */
  public static @Nullable Usage ofInputs(JsonNode root) {
    Usages found = find(root);
    Usage usage = found == null ? null : found.read();
    return usage == null
        ? null
        : new Usage(
            usage.inputTokens() + usage.outputTokens(),
            usage.cachedInputTokens(),
            0,
            usage.cacheWriteTokens());
  }

  /**
   * Of a call that has no output, where it is one number; null where it cannot be read, or is 0.
   */
  public static @Nullable Usage ofInput(JsonNode tokens) {
    long input = Tokens.of(tokens);
    return input > 0 ? new Usage(input, 0, 0) : null;
  }

  private static @Nullable Usages find(JsonNode root) {
    JsonNode choice = root.path("choices").path(0);
    JsonNode[] places = {
      root,
      root.path("message"),
      root.path("response"),
      root.path("result"),
      choice,
      root.path("x_groq"),
      root.path("error")
    };
    for (JsonNode place : places) {
      for (String name : WHERE) {
        if (place.path(name).isObject()) {
          return new Usages(place.path(name));
        }
      }
    }
    JsonNode meta = root.path("meta");
    if (meta.path("tokens").isObject() || meta.path("billed_units").isObject()) {
      return new Usages(meta);
    }
    return root.has("prompt_eval_count") || root.has("eval_count") ? new Usages(root) : null;
  }

  private @Nullable Usage read() {
    long whole = most(WHOLE_INPUT);
    long beside = most(INPUT);
    long cachedWithin = least(CACHED);
    long cachedBeside = Math.max(0, least(CACHED_BESIDE));
    long written = Math.max(most(WRITTEN), Math.max(most(WRITTEN_BESIDE), created()));
    long cached = cachedWithin < 0 ? cachedBeside : cachedWithin;
    if (cachedWithin >= 0 && cachedBeside > 0) {
      cached = Math.min(cachedWithin, cachedBeside);
      doubt(
          cachedWithin != cachedBeside,
          cachedWithin + " from the cache by one name, " + cachedBeside + " by another");
    }
    written = Math.max(0, written);
    long total = most(TOTAL);
    long completion = most(OUTPUT);
    long input = Math.max(0, Math.max(whole, beside));
    if (whole < 0 && (cachedBeside > 0 || most(WRITTEN_BESIDE) > 0 || created() > 0)) {
      input += cachedBeside + written;
    }
    long hitAndMiss = sum("prompt_cache_hit_tokens", "prompt_cache_miss_tokens");
    input = Math.max(input, hitAndMiss);
    if (cached + written > input) {
      // More of it than of the whole: the whole leaves it out.
      doubt(
          whole >= 0,
          "an input of " + input + " with " + (cached + written) + " of it in the cache");
      input += cached + written;
    }
    input += Math.max(0, Tokens.of(usage.path("toolUsePromptTokenCount")));
    return usage(input, cached, written, Math.max(0, completion), total);
  }

  private @Nullable Usage usage(
      long input, long cached, long written, long completion, long total) {
    long reasoning = Math.max(0, most(REASONING));
    long output = Math.max(completion, total - input);
    if (reasoning > completion) {
      // It cannot be inside.
      output = Math.max(output, completion + reasoning);
    }
    long excess = total - input - completion;
    doubt(
        total >= 0 && completion > 0 && excess != 0 && excess != reasoning,
        "a total of " + total + " with an input of " + input + " and an output of " + completion);
    boolean counted = input > 0 || output > 0;
    boolean possible = input <= Tokens.MOST && output <= Tokens.MOST;
    return unreadable || !counted || !possible
        ? null
        : new Usage(input, cached, output, written, Math.min(written, keptLong()), null);
  }

  private void doubt(boolean contradicts, String numbers) {
    odd = contradicts && odd == null ? numbers : odd;
  }

  /** Anthropic's parts of what was written, by how long they are kept. */
  private long created() {
    long sum = Tokens.ABSENT;
    for (Map.Entry<String, JsonNode> part : usage.path("cache_creation").properties()) {
      long tokens = Tokens.of(part.getValue());
      sum = tokens < 0 ? sum : Math.max(0, sum) + tokens;
    }
    return sum;
  }

  /**
   * What of it is kept for an hour: Anthropic's parts by their names, Bedrock's by their {@code
   * ttl}.
   */
  private long keptLong() {
    long sum = 0;
    for (Map.Entry<String, JsonNode> part : usage.path("cache_creation").properties()) {
      sum += part.getKey().contains("1h") ? Math.max(0, Tokens.of(part.getValue())) : 0;
    }
    for (JsonNode part : usage.path("cacheDetails")) {
      String ttl = part.path("ttl").asText("");
      sum += ttl.equals("1h") ? Math.max(0, Tokens.of(part.path("inputTokens"))) : 0;
    }
    return sum;
  }

  private long sum(String one, String other) {
    long sum = 0;
    for (String name : new String[] {one, other}) {
      sum += Math.max(0, at(name));
    }
    return sum;
  }

  private long most(String[] names) {
    long most = Tokens.ABSENT;
    for (String name : names) {
      most = Math.max(most, at(name));
    }
    return most;
  }

  private long least(String[] names) {
    long least = Tokens.ABSENT;
    for (String name : names) {
      long tokens = at(name);
      least = least < 0 || (tokens >= 0 && tokens < least) ? tokens : least;
    }
    return least;
  }

  /** Of a name, wherever servers put it. */
  private long at(String name) {
    long found = Tokens.ABSENT;
    int slash = name.indexOf('/');
    for (JsonNode node : places) {
      JsonNode value =
          slash < 0
              ? node.path(name)
              : node.path(name.substring(0, slash)).path(name.substring(slash + 1));
      long tokens = Tokens.of(value);
      unreadable |= tokens == Tokens.UNREADABLE;
      found = Math.max(found, tokens < 0 ? Tokens.ABSENT : tokens);
    }
    return found;
  }
}
