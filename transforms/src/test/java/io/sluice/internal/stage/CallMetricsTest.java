package io.sluice.internal.stage;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;

import com.sun.net.httpserver.HttpServer;
import io.sluice.AskModel;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.ModelTask.Provider;
import io.sluice.Source;
import io.sluice.cost.Price;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.metrics.MetricNameFilter;
import org.apache.beam.sdk.metrics.MetricQueryResults;
import org.apache.beam.sdk.metrics.MetricResult;
import org.apache.beam.sdk.metrics.MetricsFilter;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.Test;

/** The figures that the pages of runners show, of a pipeline over real HTTP. */
class CallMetricsTest {
  private static final int DOCUMENTS = 20;

  private static byte[] answer(int request, String body) {
    String label = body.contains("number 3 ") ? "neither" : "yes";
    return ("{\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\""
            + label
            + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,"
            + "\"completion_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":40}}}")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** The first request is refused with a 429; document 3 never gets an answer that fits. */
  private static HttpServer server() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    AtomicInteger requests = new AtomicInteger();
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/",
        exchange -> {
          int number = requests.incrementAndGet();
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          byte[] reply =
              number == 1
                  ? "{\"error\":{\"message\":\"slow\",\"code\":\"rate_limit_exceeded\"}}"
                      .getBytes(StandardCharsets.UTF_8)
                  : answer(number, body);
          exchange.getResponseHeaders().add("retry-after-ms", "1");
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(number == 1 ? 429 : 200, reply.length);
          exchange.getResponseBody().write(reply);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static Map<String, Long> run(HttpServer server) {
    ModelTask task =
        ModelTask.of(
                "metrics",
                new Provider(
                    "openai",
                    "http://localhost:" + server.getAddress().getPort() + "/v1",
                    KeySource.NONE),
                "gpt-4o-mini",
                new ModelTask.Prompt(null, "{{text}}"))
            .withParameters("{\"max_tokens\": 10}")
            .withOutput(new Output(OutputType.LABEL, List.of("yes", "no"), null, false))
            .withRetry(new ModelTask.Retry(2, ModelTask.Retry.DEFAULT.timeout()));
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      documents.add(
          new Document(
              "d" + i, null, "{\"text\":\"number " + i + " is it?\"}", new Source("f", i)));
    }
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(Create.of(documents))
        .apply(
            AskModel.of(task).withPrice(Price.of(new BigDecimal("1.5"), new BigDecimal("2.0005"))));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    MetricQueryResults metrics =
        result
            .metrics()
            .queryMetrics(
                MetricsFilter.builder()
                    .addNameFilter(MetricNameFilter.inNamespace("sluice"))
                    .build());
    Map<String, Long> values = new TreeMap<>();
    for (MetricResult<Long> counter : metrics.getCounters()) {
      values.merge(counter.getName().getName(), counter.getCommitted(), Long::sum);
    }
    metrics.getGauges().forEach(gauge -> values.put("gauge " + gauge.getName().getName(), 1L));
    metrics.getDistributions().forEach(metric -> values.put("a distribution: " + metric, 1L));
    return values;
  }

  @Test
  void pipelinesMetrics_sayWhatCallsTookAndHowRowsEnded() throws IOException {
    HttpServer server = server();
    try {
      // 20 documents; one is asked twice for an answer that fits; one 429.
      Map<String, Long> expected = new TreeMap<>();
      expected.put("documentsAnswered", 19L);
      expected.put("deadLetters", 1L);
      expected.put("servedFromLedger", 0L);
      expected.put("callsSent", 22L);
      expected.put("rateLimited", 1L);
      expected.put("inputTokens", 2_100L);
      expected.put("cachedInputTokens", 840L);
      expected.put("outputTokens", 147L);
      // 21 answers of 100 times 1.5 and 7 times 2.0005 millionths: 3,444.0735.
      expected.put("costMicroUsd", 3_444L);
      expected.put("gauge latencyMs", 1L);
      expected.put("gauge latencyMsP95", 1L);
      expected.put("gauge latencyMsP99", 1L);
      expected.put("gauge utilisationPercent", 1L);
      Map<String, Long> found = run(server);
      assertThat(found.remove("latencyMsSum"), is(greaterThanOrEqualTo(0L)));
      assertThat(found, is(expected));
    } finally {
      server.stop(0);
    }
  }
}
