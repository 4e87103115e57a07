package io.sluice.pipeline.cancel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import com.sun.net.httpserver.HttpServer;
import io.sluice.internal.ledger.BatchEvent;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.ledger.LedgerTotals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verb against a provider that refuses every request with a status of the test's choice. */
class CancelVerbTest {
  @TempDir Path directory;
  private HttpServer provider;
  private int status;

  @BeforeEach
  void start() throws IOException {
    provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          byte[] body = "{\"error\": {\"message\": \"no\"}}".getBytes(UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    provider.start();
    Files.writeString(directory.resolve("key"), "some-key\n");
    Files.writeString(
        directory.resolve("task.yaml"),
        """
        name: topics
        provider: {kind: openai, baseUrl: "http://localhost:%d/v1", apiKeyFile: "%s"}
        model: gpt-4o-mini
        prompt: {user: "{{text}}"}
        parameters: {max_tokens: 20}
        """
            .formatted(provider.getAddress().getPort(), directory.resolve("key")));
  }

  @AfterEach
  void stop() {
    provider.stop(0);
  }

  /**
   * Leaves a batch in a ledger.
   *
   * @param id empty for one of which nobody knows whether it was created
   */
  private Path ledger(String id) {
    Path ledger = directory.resolve("ledger");
    try (Ledger dead =
        Ledger.open(
            new Ledger.Options(
                ledger.toString(), "topics", "dead", part -> true, InstantSource.system()))) {
      dead.beginInBatch("", "1".repeat(64), "intent1", new BigDecimal("0.25"));
      dead.beginInBatch("", "2".repeat(64), "intent1", new BigDecimal("0.5"));
      dead.batch("", "intent1", new BatchEvent.Intended(2, 0));
      if (!id.isEmpty()) {
        dead.batch("", "intent1", new BatchEvent.Created(id, 2));
      }
    }
    return ledger;
  }

  private int cancel(Path ledger, ByteArrayOutputStream printed) throws Exception {
    return CancelVerb.run(
        List.of(
            "--output=" + directory,
            "--ledger=" + ledger,
            "--task=" + directory.resolve("task.yaml")),
        new PrintStream(printed, true, UTF_8));
  }

  private static int open(Path ledger) {
    LedgerBatches batches = new LedgerBatches();
    LedgerScan.scan(ledger.toString(), (segment, offset, record) -> batches.add(record));
    return batches.open().size();
  }

  /** Of a budget, when a job opens the ledger. */
  private static BigDecimal spent(Path ledger) {
    LedgerTotals totals = new LedgerTotals();
    LedgerScan.scan(ledger.toString(), (segment, offset, record) -> totals.add(segment, record));
    totals.endOfSegments();
    return totals.spentUsd().add(totals.abandonedUsd());
  }

  @Test
  void aBatchThatTheProviderDoesNotKnowIsForgotten() throws Exception {
    status = 404;
    Path ledger = ledger("batch_7");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    assertThat(printed.toString(UTF_8), cancel(ledger, printed), is(0));
    assertThat(printed.toString(UTF_8), containsString("not known to this account any more"));
    assertThat(open(ledger), is(0));
    assertThat("it may have been billed", spent(ledger), is(new BigDecimal("0.75")));
    assertThat(printed.toString(UTF_8), containsString("counts at most 0.750 USD as spent"));
  }

  @Test
  void aBatchWithA404InItsIdIsNotForgottenForAnotherError() throws Exception {
    status = 400;
    Path ledger = ledger("batch_404");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    assertThat(cancel(ledger, printed), is(1));
    assertThat(printed.toString(UTF_8), containsString("Batch batch_404 was not cancelled"));
    assertThat("its requests would be paid again", open(ledger), is(1));
  }

  @Test
  void aListOfBatchesThatIsNotThereSaysNothingOfABatch() throws Exception {
    status = 404;
    Path ledger = ledger("");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    assertThat(cancel(ledger, printed), is(1));
    assertThat(printed.toString(UTF_8), containsString("was not cancelled"));
    assertThat("it may be there, and paid", open(ledger), is(1));
  }
}
