package io.sluice.internal.provider.gemini;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.spi.Connection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The other door to the same models: Vertex AI, by Google credentials. It is told by the address,
 * which ends with a project and a location. Bodies and answers are those of the Developer API; the
 * models are named otherwise, and requests are signed with a token that runs out.
 */
final class Vertex {
  static final String PROJECT = "provider.vertex.project";
  static final String LOCATION = "provider.vertex.location";

  /** Documentation of Vertex AI, REST: the location is in the host and in the path. */
  private static final Pattern ADDRESS =
      Pattern.compile("(.+?)(/v1[a-z0-9]*)/projects/([^/]+)/locations/([^/]+)/*");

  private static final Set<String> STANDARD = Set.of("standard", "unspecified");
  private static final String VERSION = "/v1";
  private static final String HEADER = "Authorization";

  private Vertex() {}

  static boolean is(Provider provider) {
    return ADDRESS.matcher(provider.baseUrl()).matches();
  }

  /**
   * A location's address.
   *
   * @param baseUrl of another server that speaks the same; null for Google's
   */
  static String address(String project, String location, @Nullable String baseUrl) {
    String root = baseUrl == null ? "https://" + host(location) : baseUrl.replaceAll("/+$", "");
    if (ADDRESS.matcher(root).matches()) {
      return root;
    }
    boolean versioned = root.matches(".*/v1[a-z0-9]*");
    return root + (versioned ? "" : VERSION) + "/projects/" + project + "/locations/" + location;
  }

  private static String host(String location) {
    return switch (location) {
      case "global" -> "aiplatform.googleapis.com";
      // Locations of several regions have hosts of their own.
      case "us", "eu" -> "aiplatform." + location + ".rep.googleapis.com";
      default -> location + "-aiplatform.googleapis.com";
    };
  }

  /** The location of an address; empty where it is the other door's. */
  static String location(Provider provider) {
    Matcher parts = ADDRESS.matcher(provider.baseUrl());
    return parts.matches() ? parts.group(4) : "";
  }

  /** A model's name below its location, unless it names another collection. */
  static String resource(String model) {
    return model.contains("/") ? model : "publishers/google/models/" + model;
  }

  /**
   * How an account is called: with the token that its key is, and without a key with this machine's
   * credentials.
   *
   * @throws IllegalStateException where there are none
   */
  static Connection signed(Connection connection) {
    Provider provider = connection.provider();
    if (!is(provider)) {
      return connection;
    }
    Map<String, String> headers = new HashMap<>(provider.headers());
    GoogleTokens tokens = connection.apiKey() == null ? GoogleTokens.ofProcess() : null;
    String project = tokens == null ? null : tokens.quotaProject();
    if (project != null) {
      headers.putIfAbsent("x-goog-user-project", project);
    }
    String header =
        provider.authHeader().equals(GeminiProvider.KEY_HEADER) ? HEADER : provider.authHeader();
    return new Connection(
        new Provider(
            provider.kind(),
            provider.baseUrl(),
            provider.key(),
            header,
            headers,
            provider.query(),
            provider.settings(),
            provider.service()),
        connection.operation(),
        connection.model(),
        tokens == null ? connection.apiKey() : tokens.key(),
        connection.timeout(),
        connection.maxConnections());
  }

  /** A request as Vertex takes it: the tier is in headers, not in the body. */
  record Tiered(String body, Map<String, String> headers) {}

  static Tiered tiered(String body) {
    if (!body.contains("\"service_tier\":")) {
      return new Tiered(body, Map.of());
    }
    ObjectNode request = CanonicalJson.parseObject("a request", body);
    String tier = request.path("service_tier").asText("").toLowerCase(Locale.ROOT);
    request.remove("service_tier");
    boolean named = !tier.isEmpty() && !STANDARD.contains(tier);
    return new Tiered(
        CanonicalJson.write(request),
        named
            ? Map.of(
                "X-Vertex-AI-LLM-Request-Type",
                "shared",
                "X-Vertex-AI-LLM-Shared-Request-Type",
                tier)
            : Map.of());
  }

  /** Whether parameters ask for the tier at half the price. */
  static boolean isFlex(ObjectNode parameters) {
    return GeminiNames.field(parameters, "serviceTier").asText("").equalsIgnoreCase("flex");
  }

  /** Why this machine could not sign; null where it can, or a token is named. */
  static @Nullable String credentialProblem(Provider provider) {
    if (!is(provider) || !provider.key().equals(KeySource.NONE)) {
      return null;
    }
    try {
      GoogleTokens.ofProcess();
      return null;
    } catch (IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
