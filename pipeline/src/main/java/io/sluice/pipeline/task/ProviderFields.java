package io.sluice.pipeline.task;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.ProviderKind;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the task file's {@code provider}. */
final class ProviderFields {
  private static final String OPENAI = "https://api.openai.com/v1";
  private static final String ANTHROPIC = "https://api.anthropic.com";

  /** The characters of a header's name (RFC 9110, <i>token</i>). */
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  /** Names under which a secret is sent: a task file is no place for its value. */
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i)key|sig|code|.*(authorization|api[-_]?key|token|secret|password|credential|cookie).*");

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

  private ProviderFields() {}

  static ProviderKind kind(Section section) {
    return section.choice("kind", ProviderKind.class, ProviderKind.OPENAI);
  }

  /** Reads the rest of the section, and closes it. */
  static Provider read(Section section, ProviderKind kind) {
    String baseUrl = section.text("baseUrl");
    KeySource key = keySource(section);
    String authHeader = section.text("authHeader", Provider.defaultAuthHeader(kind));
    Section headerSection = section.section("headers");
    Map<String, String> headers = pairs(headerSection);
    Section querySection = section.section("query");
    Map<String, String> query = pairs(querySection);
    if (kind == ProviderKind.LOCAL) {
      for (String name :
          List.of(
              "baseUrl",
              "apiKeyEnv",
              "apiKeyFile",
              "apiKeySecret",
              "authHeader",
              "headers",
              "query")) {
        if (section.has(name)) {
          section.problem(name, "the local provider is in this process and needs none");
        }
      }
      section.close();
      return new Provider(kind, "", key);
    }
    checkUrl(section, kind, baseUrl);
    if (authHeader.startsWith("sk-")) {
      section.problem("authHeader", "expected a header's name, never the key itself");
    } else if (!HEADER.matcher(authHeader).matches()
        || TRANSPORT.contains(authHeader.toLowerCase(Locale.ROOT))) {
      section.problem(
          "authHeader", "expected a header's name, such as api-key, got \"" + authHeader + "\"");
    }
    checkHeaders(headerSection, headers, authHeader);
    checkQuery(querySection, query);
    section.close();
    boolean anthropic = kind == ProviderKind.ANTHROPIC;
    if (baseUrl == null && key.equals(KeySource.NONE)) {
      key = new KeySource(anthropic ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY", null);
    }
    String url = baseUrl == null ? (anthropic ? ANTHROPIC : OPENAI) : baseUrl;
    return new Provider(kind, url.replaceAll("/+$", ""), key, authHeader, headers, query);
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

  private static void checkUrl(Section section, ProviderKind kind, @Nullable String url) {
    if (url == null) {
      return;
    }
    if (!url.matches("https?://[^/\\s]+.*")) {
      section.problem("baseUrl", "expected http:// or https:// and a host, got \"" + url + "\"");
    } else if (url.contains("?") || url.contains("#")) {
      section.problem("baseUrl", "expected no query; put its parameters into provider.query");
    } else if (kind == ProviderKind.ANTHROPIC && url.matches(".*/v1(/messages)?/*")) {
      section.problem("baseUrl", "expected the URL before /v1/messages");
    } else if (kind == ProviderKind.OPENAI && url.matches(".*/(chat/completions|embeddings)/*")) {
      section.problem("baseUrl", "expected the URL before /chat/completions or /embeddings");
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
    return SECRET.matcher(name).matches() || value.startsWith("sk-");
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
