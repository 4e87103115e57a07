package io.sluice.internal.provider.bedrock;

import com.google.api.client.util.escape.CharEscapers;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.http.ApiKeys.Environment;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where Bedrock is: regions, addresses and paths. */
final class BedrockPlaces {
  /** In a task's settings. */
  static final String REGION = "provider.region";

  /** Where nothing names a region that a signature needs: of a server that is not Amazon's. */
  static final String USUAL_REGION = "us-east-1";

  private static final Pattern NAME = Pattern.compile("[a-z]{2,4}(-[a-z]+)+-[0-9]+");

  /** Of the runtime's hosts, those of private endpoints too. */
  private static final Pattern HOST =
      Pattern.compile("bedrock-runtime(?:-fips)?\\.([a-z0-9-]+)\\.[a-z.]*amazonaws\\.com");

  private BedrockPlaces() {}

  static boolean isRegion(String region) {
    return NAME.matcher(region).matches();
  }

  /** The region that a task or the environment names; null where neither does. */
  static @Nullable String named(@Nullable String ofTask, Environment env) {
    for (String region :
        new @Nullable String[] {ofTask, env.get("AWS_REGION"), env.get("AWS_DEFAULT_REGION")}) {
      if (region != null && !region.isBlank()) {
        return region.strip();
      }
    }
    return null;
  }

  /** The runtime's address in a region. */
  static String runtime(String region) {
    return "https://bedrock-runtime." + region + domain(region);
  }

  static String domain(String region) {
    return region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  }

  /** The region of an address, of a task, of the environment, in this order. */
  static String region(Provider provider, Environment env) {
    Matcher host = HOST.matcher(provider.baseUrl());
    String named = host.find() ? host.group(1) : named(provider.settings().get(REGION), env);
    return named == null ? USUAL_REGION : named;
  }

  /** The address of what manages batches and models; a server that is not Amazon's has both. */
  static String control(String baseUrl) {
    return baseUrl.replaceFirst("//bedrock-runtime(-fips)?\\.", "//bedrock$1.");
  }

  /**
   * Where an operation of a model is, after the base URL: an ARN's slashes are part of its name.
   */
  static String path(String model, Operation operation) {
    return "/model/"
        + CharEscapers.escapeUriPath(model)
        + (operation == Operation.EMBED ? "/invoke" : "/converse");
  }
}
