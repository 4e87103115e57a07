package io.sluice.internal.provider.gemini;

import io.sluice.ModelTask.Operation;
import io.sluice.Tier;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.Endpoint;
import io.sluice.internal.prepare.Tiers;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.PackLimits;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.http.MessageHeaders;

/**
 * Calls a model's generateContent or batchEmbedContents, over pooled connections. No header tells
 * the limits. Thread-safe.
 */
final class GeminiCaller implements Caller {
  private final Endpoint endpoint;
  private final Connection connection;
  private final Tier tier;

  private GeminiCaller(Endpoint endpoint, Connection connection) {
    this.endpoint = endpoint;
    this.connection = connection;
    this.tier = connection.provider().service().tier();
  }

  static GeminiCaller create(Connection connection) {
    Operation operation = connection.operation();
    return new GeminiCaller(
        new Endpoint(
            connection,
            GeminiProvider.path(connection.provider(), connection.model(), operation),
            Map.of(),
            (status, headers, body, what) -> read(status, headers, body, operation, what)),
        connection);
  }

  private static Reply read(
      int status, MessageHeaders headers, String body, Operation operation, String what) {
    return status == 200
        ? GeminiAnswers.read(body, operation, place(headers, what))
        : GeminiErrors.classify(status, headers, body, what);
  }

  private static Place place(MessageHeaders headers, String what) {
    return new Place(headers, RateHeaders.NONE, what);
  }

  @Override
  public Reply call(Request request) {
    String body = Tiers.in(request.body(), "service_tier", tier);
    if (!Vertex.is(connection.provider())) {
      return endpoint.post(body, Map.of());
    }
    Vertex.Tiered tiered = Vertex.tiered(body);
    return endpoint.post(tiered.body(), tiered.headers());
  }

  @Override
  public PackLimits packs() {
    return connection.operation() == Operation.EMBED ? GeminiEmbeddings.LIMITS : PackLimits.ONE;
  }

  @Override
  public List<Reply> callPacked(List<Request> requests) {
    if (requests.size() == 1) {
      return List.of(call(requests.get(0)));
    }
    return endpoint.postPacked(
        GeminiEmbeddings.pack(requests),
        requests.size(),
        (status, headers, body, what, replies) ->
            status == 200
                ? GeminiEmbeddings.read(body, requests, place(headers, what), replies)
                : GeminiErrors.classify(status, headers, body, what));
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
