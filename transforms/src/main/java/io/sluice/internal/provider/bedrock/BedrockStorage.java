package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.api.client.http.FileContent;
import com.google.api.client.util.escape.CharEscapers;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.ControlCalls;
import io.sluice.internal.http.ErrorReply;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.spi.BatchApi.BodyReader;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hc.core5.http.MessageHeaders;

/**
 * What batches need of S3 (API reference: PutObject, GetObject, DeleteObject), below the task's
 * prefix. Requests are signed with AWS credentials, whatever key Bedrock is asked with.
 * Thread-safe.
 */
final class BedrockStorage implements AutoCloseable {
  /** {@code s3://BUCKET/PREFIX}, the prefix without a slash at its end; it may be empty. */
  private static final Pattern URI =
      Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*?))?/*");

  private static final Pattern CODE = Pattern.compile("<Code>([A-Za-z0-9]{1,60})</Code>");
  private static final Pattern MESSAGE = Pattern.compile("(?s)<Message>(.{0,2000}?)</Message>");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ControlCalls calls;
  private final String bucket;
  private final String prefix;

  private BedrockStorage(ControlCalls calls, String bucket, String prefix) {
    this.calls = calls;
    this.bucket = bucket;
    this.prefix = prefix;
  }

  static boolean isPlace(String uri) {
    return URI.matcher(uri).matches();
  }

  static BedrockStorage open(Connection connection, String uri) {
    Matcher place = URI.matcher(uri);
    if (!place.matches()) {
      throw new IllegalArgumentException("Not a place in S3: " + uri);
    }
    String bucket = place.group(1);
    String prefix = place.group(2) == null ? "" : place.group(2);
    Provider provider = connection.provider();
    String address = BedrockPlaces.storage(provider, bucket, System::getenv);
    // Neither the key nor the headers that were meant for Bedrock go there.
    Connection to =
        new Connection(
            new Provider(provider.kind(), address, KeySource.NONE)
                .withSettings(provider.settings()),
            connection.operation(),
            connection.model(),
            null,
            connection.timeout(),
            connection.maxConnections());
    return new BedrockStorage(
        new ControlCalls(
            to, Map.of(), BedrockStorage::classify, BedrockSigners.hiding(connection, "s3")),
        bucket,
        prefix.isEmpty() ? "" : prefix + "/");
  }

  /** The URI of what has this name below the prefix. */
  String uri(String name) {
    return "s3://" + bucket + "/" + prefix + name;
  }

  private String path(String name) {
    return Arrays.stream((prefix + name).split("/", -1))
        .map(CharEscapers::escapeUriPath)
        .collect(Collectors.joining("/", "/", ""));
  }

  void put(String name, Path file) throws CallFailedException {
    calls.ask(
        "PUT", path(name), Map.of(), Map.of(), new FileContent("application/jsonl", file.toFile()));
  }

  void get(String name, BodyReader reader) throws CallFailedException {
    calls.download(path(name), reader);
  }

  void delete(String name) throws CallFailedException {
    calls.call("DELETE", path(name), Map.of(), null);
  }

  /** S3's errors are XML; an object that is not there is no fault of the account. */
  private static Reply.Failed classify(
      int status, MessageHeaders headers, String body, String what) {
    Matcher code = CODE.matcher(body);
    Matcher message = MESSAGE.matcher(body);
    String type = code.find() ? code.group(1) : "";
    String text = message.find() ? message.group(1) : type;
    ErrorVerdict verdict =
        switch (type) {
          case "NoSuchKey" ->
              ErrorVerdict.row(ErrorKind.BAD_REQUEST, "; nothing of this name is there");
          case "NoSuchBucket" -> ErrorVerdict.account("; check the task's batch.s3Uri");
          case "AccessDenied" ->
              ErrorVerdict.account("; the AWS credentials may not read or write batch.s3Uri");
          case "PermanentRedirect", "AuthorizationHeaderMalformed" ->
              ErrorVerdict.account(
                  "; the bucket of batch.s3Uri is in another region than the one that is asked");
          case "SlowDown" -> ErrorVerdict.overloaded();
          default -> null;
        };
    if (verdict == null) {
      ObjectNode envelope = JSON.createObjectNode();
      envelope.putObject("error").put("type", type).put("message", text);
      String read = type.isEmpty() ? body : envelope.toString();
      return Errors.classify(status, headers, read, what, RateHeaders.NONE);
    }
    return verdict.toReply(ErrorReply.of(status, headers, what, text, type));
  }

  /** Whether what failed is that there is no such object. */
  static boolean isMissing(CallFailedException e) {
    return "NoSuchKey".equals(e.failure().code());
  }

  @Override
  public void close() {
    calls.close();
  }
}
