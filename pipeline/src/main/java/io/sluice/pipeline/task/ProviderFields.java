package io.sluice.pipeline.task;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.Service;
import io.sluice.Tier;
import io.sluice.internal.http.ApiKeys;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.flags.NearestName;
import io.sluice.spi.ModelProvider;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the task file's {@code provider}. */
final class ProviderFields {
  /** Of a task that names none. */
  private static final String DEFAULT_KIND = "openai";

  /** The characters of a header's name (RFC 9110, <i>token</i>). */
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  /** A host, or an IPv6 address in brackets, and a port. */
  private static final Pattern AUTHORITY =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^:\\[\\]\"<>\\\\^`{|}%]+)(:[0-9]{0,5})?");

  /** Names under which a secret is sent: a task file is no place for its value. */
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i)key|sig|code|auth|pass|pwd|jwt|sas|sid|.*([-_]key|[-_]auth|[-_]jwt|session|signature"
              + "|authorization|authentication|apikey|accesskey|token|secret|passw|credential|cookie)"
              + ".*");

  /** How the values begin that are none but secrets. */
  private static final Pattern SECRET_VALUE =
      Pattern.compile("(?is)(sk-|bearer\\s|basic\\s|eyJ[a-z0-9_-]+\\.).*");

  /** Headers that belong to the connection, the body or an answer. */
  private static final Set<String> TRANSPORT =
      Set.of(
          "host",
          "connection",
          "content-type",
          "content-length",
          "content-encoding",
          "transfer-encoding",
          "accept-encoding",
          "expect",
          "te",
          "trailer",
          "upgrade",
          "age");

  /** What becomes of a call that finds no room in its tier. */
  private enum TierFallback {
    /** It is asked again in the same. */
    NONE,
    STANDARD
  }

  private ProviderFields() {}

  /** Who is asked; the default one where the task names one that there is not. */
  static ModelProvider asked(Section section) {
    return asked(section, DEFAULT_KIND);
  }

  /**
   * @param usual the kind where none is named
   */
  static ModelProvider asked(Section section, String usual) {
    String kind = section.text("kind", usual);
    Set<String> kinds = Providers.kinds();
    if (kinds.contains(kind)) {
      return Providers.of(kind);
    }
    section.problem(
        "kind",
        "expected one of "
            + String.join(", ", kinds)
            + ", got \""
            + kind
            + "\""
            + meant(kind, kinds));
    return Providers.of(usual);
  }

  /** What else a provider is called, and servers that speak another's protocol. */
  private static String meant(String kind, Set<String> kinds) {
    String word = kind.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    return switch (word) {
      case "google", "googleai", "vertex", "vertexai" ->
          "; Google's is gemini" + (word.startsWith("v") ? ", with provider.vertex" : "");
      case "aws", "amazon" -> "; Amazon's is bedrock";
      case "claude" -> "; Anthropic's is anthropic";
      case "azure",
          "azureopenai",
          "deepseek",
          "fireworks",
          "groq",
          "litellm",
          "ollama",
          "openrouter",
          "together",
          "vllm" ->
          "; it speaks OpenAI's protocol: openai, with provider.baseUrl";
      default -> NearestName.of(kind, kinds).map(name -> "; did you mean " + name + "?").orElse("");
    };
  }

  /** Reads the rest of the section, and closes it. */
  static Provider read(Section section, ModelProvider asked, OwnFields own) {
    String kind = asked.kind();
    String baseUrl = section.text("baseUrl");
    KeySource key = keySource(section);
    own.read(section, "provider");
    String api = section.text("api", "");
    if (asked.apis().indexOf(api) == 0) {
      // The usual one, which a task need not name.
      api = "";
    }
    Tier tier = section.choice("tier", Tier.class, Tier.STANDARD);
    TierFallback fallback = section.choice("tierFallback", TierFallback.class, TierFallback.NONE);
    if (tier == Tier.STANDARD && fallback == TierFallback.STANDARD) {
      section.problem("tierFallback", "belongs to a tier that may have no room: set provider.tier");
    }
    ModelProvider.Defaults defaults = defaults(section, asked, own, baseUrl);
    String authHeader = section.text("authHeader", defaults.authHeader());
    Section headerSection = section.section("headers");
    Map<String, String> headers = pairs(headerSection);
    Section querySection = section.section("query");
    Map<String, String> query = pairs(querySection);
    if (asked.runsInProcess()) {
      for (String name :
          List.of(
              "baseUrl",
              "apiKeyEnv",
              "apiKeyFile",
              "apiKeySecret",
              "api",
              "tier",
              "tierFallback",
              "authHeader",
              "headers",
              "query")) {
        if (section.has(name)) {
          section.problem(name, "the " + kind + " provider is in this process and needs none");
        }
      }
      section.close();
      return new Provider(kind, "", key);
    }
    checkUrl(section, asked, baseUrl);
    if (ApiKeys.looksLikeKey(authHeader)) {
      section.problem("authHeader", "expected a header's name, never the key itself");
    } else if (!HEADER.matcher(authHeader).matches()
        || TRANSPORT.contains(authHeader.toLowerCase(Locale.ROOT))) {
      section.problem(
          "authHeader", "expected a header's name, such as api-key, got \"" + authHeader + "\"");
    }
    checkHeaders(headerSection, headers, authHeader);
    checkQuery(querySection, query);
    section.close();
    if (baseUrl == null && key.equals(KeySource.NONE)) {
      key = new KeySource(defaults.keyVariable(), null);
    }
    String url = defaults.baseUrl().replaceAll("/+$", "");
    return new Provider(
        kind,
        url,
        key,
        authHeader,
        headers,
        query,
        own.values(),
        new Service(api, tier, fallback == TierFallback.STANDARD));
  }

  private static ModelProvider.Defaults defaults(
      Section section, ModelProvider asked, OwnFields own, @Nullable String baseUrl) {
    try {
      return asked.defaults(own.values(), baseUrl);
    } catch (IllegalArgumentException e) {
      section.problemWhereNamed(String.valueOf(e.getMessage()));
      return asked.defaults();
    }
  }

  static KeySource keySource(Section section) {
    String env = section.keyPlace("apiKeyEnv");
    String file = section.keyPlace("apiKeyFile");
    String secret = section.keyPlace("apiKeySecret");
    if (env != null && file != null) {
      section.problem("apiKeyFile", "contradicts apiKeyEnv; name one of the two");
    }
    if (secret == null) {
      return new KeySource(env, file);
    }
    if (env != null || file != null) {
      section.problem(
          "apiKeySecret",
          "contradicts " + (env == null ? "apiKeyFile" : "apiKeyEnv") + "; name one of the two");
    }
    return KeySource.ofSecret(secret);
  }

  private static void checkUrl(Section section, ModelProvider asked, @Nullable String url) {
    if (url == null) {
      return;
    }
    String authority = url.replaceFirst("(?s)^[^/]*//", "").replaceFirst("(?s)[/?#].*", "");
    if (authority.contains("@")) {
      section.problem(
          "baseUrl",
          "expected no user or password before the host; name the key's place with apiKeyEnv,"
              + " apiKeyFile or apiKeySecret, and its header with authHeader");
    } else if (url.contains("?") || url.contains("#")) {
      section.problem("baseUrl", "expected no query; put its parameters into provider.query");
    } else if (!url.matches("https?://[^/\\s]+.*")) {
      section.problem("baseUrl", "expected http:// or https:// and a host, got \"" + url + "\"");
    } else if (!AUTHORITY.matcher(authority).matches()) {
      // Not what it is: whoever mixes places up may have written a key there.
      section.problem("baseUrl", "expected a host and at most a port, such as localhost:8080");
    } else {
      String problem = asked.addressProblem(url);
      if (problem != null) {
        section.problem("baseUrl", problem);
      }
    }
  }

  private static void checkHeaders(
      Section section, Map<String, String> headers, String authHeader) {
    headers.forEach(
        (name, value) -> {
          if (isSecret(name, value) || name.equalsIgnoreCase(authHeader)) {
            refuseSecret(section, name);
          } else if (TRANSPORT.contains(name.toLowerCase(Locale.ROOT))) {
            section.problem(name, "is set by the connection; leave it out");
          } else if (!HEADER.matcher(name).matches() || !isPrintable(value)) {
            section.problem(name, "expected a header's name and its value in plain ASCII");
          }
        });
  }

  private static void checkQuery(Section section, Map<String, String> query) {
    query.forEach(
        (name, value) -> {
          if (isSecret(name, value)) {
            refuseSecret(section, name);
          }
        });
  }

  private static boolean isSecret(String name, String value) {
    return SECRET.matcher(name).matches() || SECRET_VALUE.matcher(value).matches();
  }

  private static void refuseSecret(Section section, String name) {
    section.problem(
        name,
        "a key is never part of the task: name its place with apiKeyEnv, apiKeyFile or apiKeySecret,"
            + " and its header with authHeader");
  }

  private static boolean isPrintable(String value) {
    return value.chars().allMatch(c -> c >= ' ' && c < 127);
  }

  private static Map<String, String> pairs(Section section) {
    Map<String, String> pairs = new HashMap<>();
    for (String name : section.names()) {
      String value = section.text(name);
      if (value != null) {
        pairs.put(name, value);
      } else if (!section.has(name)) {
        section.problem(name, "expected a value");
      }
    }
    return pairs;
  }
}
