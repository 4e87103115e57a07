package io.sluice.internal.provider.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.signer.Aws4Signer;
import software.amazon.awssdk.auth.signer.params.Aws4SignerParams;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.regions.Region;

/** Held against the SDK's own. */
class SignatureV4Test {
  private static final String ID = "AKIDEXAMPLE";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  private static final Instant NOW = Instant.parse("2026-02-28T23:59:59.900Z");

  private static Map<String, String> ofSdk(
      String method, URI uri, String service, String body, @Nullable String session) {
    boolean toS3 = service.equals("s3");
    SdkHttpFullRequest.Builder request =
        SdkHttpFullRequest.builder()
            .method(SdkHttpMethod.fromValue(method))
            .uri(uri)
            .putHeader("Content-Type", "application/json")
            .contentStreamProvider(() -> stream(body));
    if (toS3) {
      request.putHeader("x-amz-content-sha256", "required");
    }
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    Aws4Signer.create()
        .sign(
            request.build(),
            Aws4SignerParams.builder()
                .awsCredentials(
                    session == null
                        ? AwsBasicCredentials.create(ID, SECRET)
                        : AwsSessionCredentials.create(ID, SECRET, session))
                .signingName(service)
                .signingRegion(Region.EU_WEST_1)
                .doubleUrlEncode(!toS3)
                .normalizePath(!toS3)
                .signingClockOverride(java.time.Clock.fixed(NOW, java.time.ZoneOffset.UTC))
                .build())
        .headers()
        .forEach((name, values) -> headers.put(name, String.join(",", values)));
    headers.remove("Host");
    return headers;
  }

  private static InputStream stream(String body) {
    return new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "POST, https://bedrock-runtime.eu-west-1.amazonaws.com/model/m.v1%3A0/converse, bedrock",
    "POST, http://127.0.0.1:8080/model/arn%3Aaws%3Abedrock%2Fx/converse, bedrock",
    "GET, https://bedrock.eu-west-1.amazonaws.com/jobs?b=2&a=x%20y%2Fz&a=%C3%A9&c, bedrock",
    "GET, https://bedrock.eu-west-1.amazonaws.com:443, bedrock",
    "PUT, https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c%2Bd.jsonl, s3",
    "GET, http://127.0.0.1:9000/bucket?list-type=2&prefix=a%2Fb&continuation-token=1%2B2%3D, s3",
  })
  void signsAsTheSdkDoes(String method, URI uri, String service) throws IOException {
    for (String session : new @Nullable String[] {null, "FwoGZXIvYXdzEBYa//token=="}) {
      for (String body : new String[] {"", "{\"a\": \"é\"}"}) {
        String hash = SignatureV4.hash(stream(body));
        Map<String, String> own = new TreeMap<>(Map.of("Content-Type", "application/json"));
        if (service.equals("s3")) {
          own.put("x-amz-content-sha256", hash);
        }
        SignatureV4 ours =
            new SignatureV4(ID, SECRET, session, "eu-west-1", service, !service.equals("s3"));
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(ours.sign(method, uri, own, hash, NOW));
        assertThat(headers, is(ofSdk(method, uri, service, body, session)));
      }
    }
  }
}
