package io.sluice.internal.completions;

import io.sluice.Tier;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.answers.Answers.Place;
import io.sluice.internal.http.Endpoint;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.prepare.Tiers;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.PackLimits;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.http.MessageHeaders;

/**
 * Calls chat completions, embeddings, and what else is one POST of JSON to one path. A call is one
 * request over a pooled connection and takes at most the timeout, a server that sends its answer
 * drop by drop included (within one socket time-out). Thread-safe.
 */
public final class CompletionCaller implements Caller {
  /** What a status other than 200 means. Thread-safe. */
  public interface ErrorReader {
    /**
     * @param what the request, for messages
     */
    Reply.Failed read(int status, MessageHeaders headers, String body, String what);
  }

  /**
   * What is called.
   *
   * @param path after the base URL
   * @param format where its answers stand
   * @param packs how many inputs a call takes: only of embeddings more than one
   */
  public record Route(String path, Answers.Format format, PackLimits packs, ErrorReader errors) {}

  /** OpenAI's name for the tier, in requests and in answers. */
  static final String SERVICE_TIER = "service_tier";

  private final Endpoint endpoint;
  private final Route route;
  private final Tier tier;

  private CompletionCaller(Endpoint endpoint, Route route, Tier tier) {
    this.endpoint = endpoint;
    this.route = route;
    this.tier = tier;
  }

  public static CompletionCaller create(Connection connection, Route route) {
    return new CompletionCaller(
        new Endpoint(
            connection,
            route.path(),
            Map.of(),
            (status, headers, body, what) ->
                status == 200
                    ? Answers.read(body, place(headers, what), route.format())
                    : route.errors().read(status, headers, body, what)),
        route,
        connection.provider().service().tier());
  }

  private static Place place(MessageHeaders headers, String what) {
    return new Place(headers, Told.rates(headers), what);
  }

  @Override
  public Reply call(Request request) {
    return endpoint.post(Tiers.in(request.body(), SERVICE_TIER, tier), Map.of());
  }

  @Override
  public PackLimits packs() {
    return route.packs();
  }

  @Override
  public List<Reply> callPacked(List<Request> requests) {
    if (requests.size() == 1) {
      return List.of(call(requests.get(0)));
    }
    return endpoint.postPacked(
        CompletionEmbeddings.pack(requests),
        requests.size(),
        (status, headers, body, what, replies) ->
            status == 200
                ? CompletionEmbeddings.read(body, requests, place(headers, what), replies)
                : route.errors().read(status, headers, body, what));
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
