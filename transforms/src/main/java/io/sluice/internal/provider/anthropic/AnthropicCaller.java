package io.sluice.internal.provider.anthropic;

import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.Endpoint;
import io.sluice.internal.http.hints.Told;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.Map;
import org.apache.hc.core5.http.MessageHeaders;

/**
 * Calls Anthropic's Messages. A call is one request over a pooled connection and takes at most the
 * timeout, a server that sends its answer drop by drop included (within one socket time-out).
 * Thread-safe.
 */
final class AnthropicCaller implements Caller {
  /** After the base URL. */
  static final String PATH = "/v1/messages";

  /** The version of the API whose answers are read here; required in every request. */
  static final Map<String, String> VERSION = Map.of("anthropic-version", "2023-06-01");

  private final Endpoint endpoint;

  private AnthropicCaller(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  static AnthropicCaller create(Connection connection) {
    return new AnthropicCaller(new Endpoint(connection, PATH, VERSION, AnthropicCaller::read));
  }

  private static Reply read(int status, MessageHeaders headers, String body, String what) {
    return status == 200
        ? AnthropicAnswers.read(body, new Place(headers, Told.rates(headers), what))
        : error(status, headers, body, what);
  }

  static Reply.Failed error(int status, MessageHeaders headers, String body, String what) {
    return Errors.classify(status, headers, body, what, Told.rates(headers));
  }

  @Override
  public Reply call(Request request) {
    return endpoint.post(request);
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
