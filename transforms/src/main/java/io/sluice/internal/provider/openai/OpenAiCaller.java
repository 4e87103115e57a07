package io.sluice.internal.provider.openai;

import com.google.api.client.http.HttpHeaders;
import io.sluice.ModelTask.Operation;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.Endpoint;
import io.sluice.internal.http.Told;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.List;
import java.util.Map;

/**
 * Calls chat completions, responses or embeddings of OpenAI and every server compatible with it. A call is one
 * request over a pooled connection and takes at most the timeout, a server that sends its answer
 * drop by drop included (within one socket time-out). Thread-safe.
 */
final class OpenAiCaller implements Caller {
  private final Endpoint endpoint;
  private final Operation operation;

  private OpenAiCaller(Endpoint endpoint, Operation operation) {
    this.endpoint = endpoint;
    this.operation = operation;
  }

  static OpenAiCaller create(Connection connection) {
    Operation operation = connection.operation();
    Answers.Format format = OpenAiAnswers.format(operation, connection.provider());
    return new OpenAiCaller(
        new Endpoint(
            connection,
            OpenAiProvider.path(operation, connection.provider()),
            Map.of(),
            (status, headers, body, what) ->
                status == 200
                    ? Answers.read(body, place(headers, what), format)
                    : error(status, headers, body, what)),
        operation);
  }

  static Reply.Failed error(int status, HttpHeaders headers, String body, String what) {
    return Errors.classify(status, headers, body, what, Told.rates(headers));
  }

  private static Place place(HttpHeaders headers, String what) {
    return new Place(headers, Told.rates(headers), what);
  }

  @Override
  public Reply call(Request request) {
    return endpoint.post(request);
  }

  @Override
  public PackLimits packs() {
    return operation == Operation.EMBED ? OpenAiEmbeddings.LIMITS : PackLimits.ONE;
  }

  @Override
  public List<Reply> callPacked(List<Request> requests) {
    if (requests.size() == 1) {
      return List.of(call(requests.get(0)));
    }
    return endpoint.postPacked(
        OpenAiEmbeddings.pack(requests),
        requests.size(),
        (status, headers, body, what, replies) ->
            status == 200
                ? OpenAiEmbeddings.read(body, requests, place(headers, what), replies)
                : error(status, headers, body, what));
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
