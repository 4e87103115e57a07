package io.sluice.internal.provider;

import com.google.api.client.http.HttpHeaders;
import io.sluice.spi.Caller;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.Map;

/**
 * Calls Anthropic's Messages. A call is one request over a pooled connection and takes at most the
 * timeout, a server that sends its answer drop by drop included (within one socket time-out).
 * Thread-safe.
 */
public final class AnthropicCaller implements Caller {
  /** The version of the API whose answers are read here; required in every request. */
  static final Map<String, String> VERSION = Map.of("anthropic-version", "2023-06-01");

  private final Endpoint endpoint;

  private AnthropicCaller(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  public static AnthropicCaller create(CallerOptions options) {
    return new AnthropicCaller(
        new Endpoint(options, "/v1/messages", VERSION, AnthropicCaller::read));
  }

  private static Reply read(int status, HttpHeaders headers, String body, String what) {
    return status == 200
        ? AnthropicAnswers.read(body, AnthropicRates.of(headers), what)
        : AnthropicErrors.classify(status, headers, body, what);
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
