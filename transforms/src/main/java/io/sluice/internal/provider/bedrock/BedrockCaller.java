package io.sluice.internal.provider.bedrock;

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

/** Calls a model's Converse or InvokeModel, over pooled connections. Thread-safe. */
final class BedrockCaller implements Caller {
  private final Endpoint endpoint;
  private final Operation operation;
  private final String model;
  private final Tier tier;

  private BedrockCaller(Endpoint endpoint, Operation operation, String model, Tier tier) {
    this.endpoint = endpoint;
    this.operation = operation;
    this.model = model;
    this.tier = tier;
  }

  static BedrockCaller create(Connection connection) {
    Operation operation = connection.operation();
    String model = connection.model();
    return new BedrockCaller(
        new Endpoint(
            connection,
            BedrockPlaces.path(model, operation),
            Map.of(),
            (status, headers, body, what) -> read(status, headers, body, operation, model, what),
            BedrockSigners.of(connection)),
        operation,
        model,
        connection.provider().service().tier());
  }

  private static Reply read(
      int status,
      MessageHeaders headers,
      String body,
      Operation operation,
      String model,
      String what) {
    if (status != 200) {
      return BedrockErrors.classify(status, headers, body, what);
    }
    Place place = new Place(headers, RateHeaders.NONE, what);
    return operation == Operation.EMBED
        ? BedrockEmbeddings.readOne(body, model, place)
        : BedrockAnswers.read(body, model, place);
  }

  @Override
  public Reply call(Request request) {
    return endpoint.post(
        new Request(
            request.fingerprint(),
            Tiers.asType(request.body(), "serviceTier", tier),
            request.inputTokens(),
            request.maxOutputTokens()));
  }

  @Override
  public PackLimits packs() {
    return operation == Operation.EMBED ? BedrockEmbeddings.limits(model) : PackLimits.ONE;
  }

  @Override
  public List<Reply> callPacked(List<Request> requests) {
    if (requests.size() == 1) {
      return List.of(call(requests.get(0)));
    }
    return endpoint.postPacked(
        BedrockEmbeddings.pack(requests),
        requests.size(),
        (status, headers, body, what, replies) ->
            status == 200
                ? BedrockEmbeddings.read(
                    body, requests, model, new Place(headers, RateHeaders.NONE, what), replies)
                : BedrockErrors.classify(status, headers, body, what));
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
