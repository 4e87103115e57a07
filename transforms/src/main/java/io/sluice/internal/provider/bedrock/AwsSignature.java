package io.sluice.internal.provider.bedrock;

import io.sluice.internal.http.Signer;
import io.sluice.internal.http.SigningException;
import io.sluice.spi.ApiKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;

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

  /** What the last requests were signed with: servers show what they were sent. */
  private volatile @Nullable Used last;

  private volatile @Nullable Used before;

  /** Credentials, and what of them is looked for in texts. */
  private record Used(AwsCredentials credentials, List<ApiKey> keys) {
    static Used of(AwsCredentials credentials) {
      List<ApiKey> keys = new ArrayList<>();
      keys.add(ApiKey.of(credentials.secretAccessKey()));
      keys.add(ApiKey.of(credentials.accessKeyId()));
      if (credentials instanceof AwsSessionCredentials session) {
        keys.add(ApiKey.of(session.sessionToken()));
      }
      return new Used(credentials, keys);
    }
  }

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
    Map<String, String> own = new TreeMap<>();
    if (type != null) {
      own.put("Content-Type", type);
    }
    String hash;
    try (InputStream body = content.open()) {
      hash = SignatureV4.hash(body);
    }
    boolean toS3 = service.equals(S3);
    if (toS3) {
      own.put("x-amz-content-sha256", hash);
    }
    return new SignatureV4(
            now.accessKeyId().strip(),
            now.secretAccessKey().strip(),
            now instanceof AwsSessionCredentials session ? session.sessionToken().strip() : null,
            region,
            service,
            !toS3)
        .sign(method, uri, own, hash, Instant.now());
  }

  private AwsCredentials credentials() throws SigningException {
    AwsCredentials now;
    try {
      now = credentials.resolveCredentials();
    } catch (SdkException e) {
      // Not its message: it quotes profiles and files, as they are.
      throw new SigningException(NONE, last != null);
    }
    Used used = last;
    if (used == null || !used.credentials().equals(now)) {
      before = used;
      last = Used.of(now);
    }
    return now;
  }

  @Override
  public String scrub(String text) {
    return scrub(before, scrub(last, text, false), false);
  }

  @Override
  public String scrubAnswer(String text) {
    return scrub(before, scrub(last, text, true), true);
  }

  private static String scrub(@Nullable Used used, String text, boolean secretsAlone) {
    String clean = text;
    for (ApiKey key : used == null ? List.<ApiKey>of() : used.keys()) {
      clean = secretsAlone && !key.isSecret() ? clean : key.scrub(clean);
    }
    return clean;
  }
}
