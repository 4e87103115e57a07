package io.sluice.internal.provider.bedrock;

import io.sluice.internal.http.Signer;
import io.sluice.spi.ApiKey;
import io.sluice.spi.Connection;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What signs a connection's requests. A jar may leave out the AWS SDK: a key needs none of it. */
final class BedrockSigners {
  private static final String MISSING =
      "requests without a Bedrock key, and those to S3, are signed by the AWS SDK, which is not on"
          + " the class path: add software.amazon.awssdk:auth, or name a key with provider.apiKeyEnv";

  private BedrockSigners() {}

  /**
   * Of requests to Bedrock; null where the connection has a key, which is sent instead.
   *
   * @throws IllegalStateException without the SDK
   */
  static @Nullable Signer of(Connection connection) {
    return connection.apiKey() == null ? always(connection, "bedrock") : null;
  }

  /**
   * Also where there is a key: S3 takes none.
   *
   * @param service by its name in signatures
   * @throws IllegalStateException without the SDK
   */
  static Signer always(Connection connection, String service) {
    String region = BedrockPlaces.region(connection.provider(), System::getenv);
    try {
      return AwsSignature.ofMachine(region, service);
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException("Cannot open provider bedrock: " + MISSING, e);
    }
  }

  /**
   * As {@link #always}, for a place to which others write what they were told: Bedrock knows a
   * connection's key, and S3 gives what Bedrock wrote.
   */
  static Signer hiding(Connection connection, String service) {
    Signer signer = always(connection, service);
    ApiKey key = connection.apiKey();
    return key == null
        ? signer
        : new Signer() {
          @Override
          public Map<String, String> sign(
              String method, URI uri, @Nullable String type, Content content) throws IOException {
            return signer.sign(method, uri, type, content);
          }

          @Override
          public String scrub(String text) {
            return key.scrub(signer.scrub(text));
          }

          @Override
          public String scrubAnswer(String text) {
            String clean = signer.scrubAnswer(text);
            return key.isSecret() ? key.scrub(clean) : clean;
          }
        };
  }

  /** Why nothing can be signed on this machine; null where it can. */
  static @Nullable String problem() {
    try {
      return AwsSignature.problemOfMachine();
    } catch (NoClassDefFoundError e) {
      return MISSING;
    }
  }
}
