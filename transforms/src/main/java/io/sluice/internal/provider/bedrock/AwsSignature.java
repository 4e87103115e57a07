package io.sluice.internal.provider.bedrock;

import io.sluice.internal.http.Signer;
import io.sluice.internal.http.SigningException;
import io.sluice.spi.ApiKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.signer.Aws4Signer;
import software.amazon.awssdk.auth.signer.params.Aws4SignerParams;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.regions.Region;

/**
 * Signs requests with the AWS credentials of this machine (Signature Version 4), as the SDK's
 * default chain finds and renews them. Thread-safe.
 */
final class AwsSignature implements Signer {
  private static final String S3 = "s3";

  private static final String NONE =
      "there are no AWS credentials on this machine: set AWS_ACCESS_KEY_ID and"
          + " AWS_SECRET_ACCESS_KEY, AWS_PROFILE after aws sso login, or run under a role; or name a"
          + " Bedrock key with provider.apiKeyEnv";

  private final AwsCredentialsProvider credentials;
  private final String region;
  private final String service;
  private final Aws4Signer signer = Aws4Signer.create();

  /** What the last requests were signed with: servers show what they were sent. */
  private volatile @Nullable AwsCredentials last;

  private volatile @Nullable AwsCredentials before;

  AwsSignature(AwsCredentialsProvider credentials, String region, String service) {
    this.credentials = credentials;
    this.region = region;
    this.service = service;
  }

  /** With the default chain of the SDK. */
  static Signer ofMachine(String region, String service) {
    return new AwsSignature(DefaultCredentialsProvider.create(), region, service);
  }

  /** Why this machine signs nothing; null where it has credentials. */
  static @Nullable String problemOfMachine() {
    try {
      DefaultCredentialsProvider.create().resolveCredentials();
      return null;
    } catch (SdkException e) {
      return NONE;
    }
  }

  @Override
  public Map<String, String> sign(String method, URI uri, @Nullable String type, Content content)
      throws IOException {
    AwsCredentials now = credentials();
    SdkHttpFullRequest.Builder request =
        SdkHttpFullRequest.builder()
            .method(SdkHttpMethod.fromValue(method))
            .uri(uri)
            .contentStreamProvider(() -> open(content));
    if (type != null) {
      request.putHeader("Content-Type", type);
    }
    if (service.equals(S3)) {
      request.putHeader("x-amz-content-sha256", "required");
    }
    Aws4SignerParams how =
        Aws4SignerParams.builder()
            .awsCredentials(now)
            .signingName(service)
            .signingRegion(Region.of(region))
            .doubleUrlEncode(!service.equals(S3))
            .normalizePath(!service.equals(S3))
            .build();
    Map<String, String> headers = new LinkedHashMap<>();
    signer
        .sign(request.build(), how)
        .headers()
        .forEach((name, values) -> add(headers, name, values));
    return headers;
  }

  private static void add(Map<String, String> headers, String name, List<String> values) {
    // The connection names the host itself, as it was signed.
    if (!name.equalsIgnoreCase("Host")) {
      headers.put(name, String.join(",", values));
    }
  }

  private AwsCredentials credentials() throws SigningException {
    AwsCredentials now;
    try {
      now = credentials.resolveCredentials();
    } catch (SdkException e) {
      // Not its message: it quotes profiles and files, as they are.
      throw new SigningException(NONE, last != null);
    }
    AwsCredentials used = last;
    if (used == null || !used.accessKeyId().equals(now.accessKeyId())) {
      before = used;
      last = now;
    }
    return now;
  }

  private static InputStream open(Content content) {
    try {
      return content.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String scrub(String text) {
    return scrub(before, scrub(last, text));
  }

  private static String scrub(@Nullable AwsCredentials used, String text) {
    if (used == null) {
      return text;
    }
    String clean = ApiKey.of(used.secretAccessKey()).scrub(text);
    clean = ApiKey.of(used.accessKeyId()).scrub(clean);
    return used instanceof AwsSessionCredentials session
        ? ApiKey.of(session.sessionToken()).scrub(clean)
        : clean;
  }
}
