package io.sluice.internal.provider.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.http.SigningException;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Answer;
import io.sluice.spi.ScriptedServer.Received;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What is sent is held against the signature as a server makes it (SigV4, API reference). */
class AwsSignatureTest {
  private static final String ID = "AKIDEXAMPLE12345";
  private static final String SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";
  private static final String SESSION = "IQoJb3JpZ2luX2VjE-EXAMPLE-SESSION-TOKEN";
  private static final String MODEL = "arn:aws:bedrock:us-east-1:1:inference-profile/us.m-v1:0";
  private static final Request REQUEST = new Request("0".repeat(64), "{\"a\":\"é\"}", 1, 1);

  private final Map<String, String> properties =
      Map.of("aws.accessKeyId", ID, "aws.secretAccessKey", SECRET, "aws.sessionToken", SESSION);

  @BeforeEach
  void setCredentials() {
    properties.forEach(System::setProperty);
  }

  @AfterEach
  void clearCredentials() {
    properties.keySet().forEach(System::clearProperty);
  }

  private static Caller open(ScriptedServer server) {
    return BedrockCaller.create(
        new Connection(
            new Provider("bedrock", server.url(), KeySource.NONE)
                .withSettings(Map.of("provider.region", "eu-west-1")),
            Operation.CHAT,
            MODEL,
            null,
            Duration.ofSeconds(20),
            4));
  }

  private static String header(Received one, String name) {
    return Objects.requireNonNull(one.headers().get(name)).get(0);
  }

  private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(String text) throws GeneralSecurityException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** The signature of what arrived, made from the arrived alone. */
  private static String signatureOf(Received one, String path) throws GeneralSecurityException {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    one.headers().forEach((name, values) -> headers.put(name, values.get(0)));
    String authorization = Objects.requireNonNull(headers.get("Authorization"));
    String signed = authorization.replaceAll(".*SignedHeaders=([^,]*),.*", "$1");
    String scope = authorization.replaceAll(".*Credential=[^/]*/([^,]*),.*", "$1");
    StringBuilder canonical = new StringBuilder(one.method() + "\n" + path + "\n\n");
    for (String name : signed.split(";")) {
      canonical.append(name).append(':').append(headers.get(name)).append('\n');
    }
    canonical.append('\n').append(signed).append('\n').append(hash(one.body()));
    String toSign =
        "AWS4-HMAC-SHA256\n"
            + headers.get("X-Amz-Date")
            + "\n"
            + scope
            + "\n"
            + hash(canonical.toString());
    byte[] key = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) {
      key = hmac(key, part);
    }
    return HexFormat.of().formatHex(hmac(key, toSign));
  }

  @Test
  void whatIsSent_isSigned_withoutItsSecret() throws Exception {
    try (ScriptedServer server = new ScriptedServer();
        Caller caller = open(server)) {
      server.on(
          "POST " + BedrockPlaces.path(MODEL, Operation.CHAT),
          200,
          BedrockContractTest.ended("end_turn", "{\"text\":\"x\"}", new Usage(7, 0, 3)));
      assertThat(caller.call(REQUEST), is(instanceOf(Reply.Answered.class)));
      Received one = server.received().get(0);
      String authorization = header(one, "Authorization");
      assertThat(authorization, containsString("Credential=" + ID + "/"));
      assertThat(authorization, containsString("/eu-west-1/bedrock/aws4_request"));
      assertThat(authorization, containsString("x-amz-security-token"));
      assertThat(one.headers().toString(), not(containsString(SECRET)));
      assertThat(one.headers().get("X-amz-security-token"), is(List.of(SESSION)));
      String encodedTwice =
          "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%252Fus.m-v1%3A0/converse";
      assertThat(authorization, containsString("Signature=" + signatureOf(one, encodedTwice)));
    }
  }

  @Test
  void secretsThatAServerShows_areInNoReply() throws Exception {
    try (ScriptedServer server = new ScriptedServer();
        Caller caller = open(server)) {
      server.on(
          "POST " + BedrockPlaces.path(MODEL, Operation.CHAT),
          new Answer(
              403,
              "{\"__type\":\"InvalidSignatureException\",\"message\":\"The Canonical String should"
                  + " have been x-amz-security-token:"
                  + SESSION
                  + " Credential="
                  + ID
                  + "\"}"));
      Reply.Failed failed = (Reply.Failed) caller.call(REQUEST);
      assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
      assertThat(failed.toString(), not(containsString(SESSION)));
      assertThat(failed.toString(), not(containsString(ID)));
      assertThat(failed.toString(), containsString("Canonical String"));
    }
  }

  @Test
  void secretsThatAServerShows_areInNoAnswer() throws Exception {
    try (ScriptedServer server = new ScriptedServer();
        Caller caller = open(server)) {
      server.on(
          "POST " + BedrockPlaces.path(MODEL, Operation.CHAT),
          200,
          BedrockContractTest.ended(
              "end_turn",
              "{\"text\":\"it was " + SESSION + " of " + ID + "\"}",
              new Usage(7, 0, 3)));
      Reply.Answered answered = (Reply.Answered) caller.call(REQUEST);
      assertThat(answered.toString(), containsString("it was *** of ***"));
    }
  }

  @Test
  void withoutCredentials_nothingIsSent_andAPersonHearsWhatToDo() throws IOException {
    AwsSignature signature =
        new AwsSignature(
            () -> {
              throw SdkClientException.create("profile file /home/somebody: " + SECRET);
            },
            "eu-west-1",
            "bedrock");
    SigningException e =
        assertThrows(
            SigningException.class,
            () ->
                signature.sign(
                    "POST", URI.create("http://localhost/x"), null, InputStream::nullInputStream));
    assertThat(e.getMessage(), containsString("AWS_ACCESS_KEY_ID"));
    assertThat(e.getMessage(), not(containsString(SECRET)));
    assertThat(e.getCause() == null, is(true));
  }

  @Test
  void requestThatCannotBeSigned_stopsTheAccount_andCostsNothing() throws Exception {
    try (ScriptedServer server = new ScriptedServer();
        io.sluice.internal.http.Endpoint endpoint =
            new io.sluice.internal.http.Endpoint(
                new Connection(
                    new Provider("bedrock", server.url(), KeySource.NONE),
                    Operation.CHAT,
                    MODEL,
                    null,
                    Duration.ofSeconds(20),
                    4),
                "/x",
                Map.of(),
                (status, headers, body, what) ->
                    BedrockErrors.classify(status, headers, body, what),
                new AwsSignature(
                    () -> {
                      throw SdkClientException.create("none");
                    },
                    "eu-west-1",
                    "bedrock"))) {
      Reply.Failed failed = (Reply.Failed) endpoint.post(REQUEST);
      assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
      assertThat(failed.billing(), is(Reply.Billing.NOT_BILLED));
      assertThat(failed.retryable(), is(false));
      assertThat(server.received().isEmpty(), is(true));
    }
  }
}
