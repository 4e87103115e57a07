package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.status.JobReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a job says it cost, against the provider's own books. */
class TrackingTest {
  private static final String FAULTS =
      "rate=0.03,server=0.03,invalid=0.05,refusal=0.05,length=0.03";

  @TempDir Path directory;

  private static BigDecimal usd(JsonNode node) {
    return node.decimalValue();
  }

  private static BigDecimal sum(JsonNode entries) {
    BigDecimal sum = BigDecimal.ZERO;
    for (JsonNode entry : entries) {
      sum = sum.add(usd(entry.path("costUsd")));
    }
    return sum;
  }

  private static long sum(JsonNode entries, String tokens) {
    long sum = 0;
    for (JsonNode entry : entries) {
      sum += entry.path("tokens").path(tokens).asLong();
    }
    return sum;
  }

  @Test
  void summary_addsUpToTheCent_andToTheProvidersBooks() throws IOException {
    try (JobRig rig = new JobRig(directory, FAULTS).documents(300, 200)) {
      assertThat(rig.run("--maxFailureRate=1"), is(0));
      JsonNode summary = rig.summary();
      BigDecimal cost = usd(summary.path("costUsd"));
      assertThat(sum(summary.path("byModel")), comparesEqualTo(cost));
      assertThat(sum(summary.path("byKey")), comparesEqualTo(cost));
      assertThat(summary.has("byTier"), is(false));
      assertThat(
          sum(summary.path("byKey"), "input"), is(summary.path("tokens").path("input").asLong()));
      assertThat(summary.path("tokens").path("input").asLong(), is(rig.books("inputTokens")));
      assertThat(summary.path("tokens").path("output").asLong(), is(rig.books("outputTokens")));
      JsonNode outcome = summary.path("costByOutcome");
      assertThat(
          usd(outcome.path("answeredUsd"))
              .add(usd(outcome.path("repeatedUsd")))
              .add(usd(outcome.path("failedUsd"))),
          comparesEqualTo(cost));
      assertThat(usd(outcome.path("repeatedUsd")), greaterThan(BigDecimal.ZERO));
      assertThat(usd(outcome.path("failedUsd")), greaterThan(BigDecimal.ZERO));
      BigDecimal rows = BigDecimal.ZERO;
      for (JsonNode row : rig.rows("results").values()) {
        rows = rows.add(usd(row.path("costUsd")));
      }
      assertThat(usd(outcome.path("answeredUsd")), comparesEqualTo(rows));
      // A hundred texts came twice.
      assertThat(usd(summary.path("savedByLedgerUsd")), greaterThan(BigDecimal.ZERO));
      assertThat(
          Files.readString(rig.out.resolve("report.html")),
          allOf(
              containsString("Model gpt-4o-mini"),
              containsString("Key t1"),
              containsString("Saved by the ledger")));
    }
  }

  @Test
  void finishedJobRunAgain_savedWhatItsAnswersHadCost() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(60, 60)) {
      rig.run();
      BigDecimal cost = usd(rig.summary().path("costUsd"));
      assertThat(usd(rig.summary().path("savedByLedgerUsd")), comparesEqualTo(BigDecimal.ZERO));
      rig.run();
      assertThat(usd(rig.summary().path("savedByLedgerUsd")), comparesEqualTo(cost));
      assertThat(usd(rig.summary().path("costThisRunUsd")), comparesEqualTo(BigDecimal.ZERO));
      JsonNode status =
          Json.tree(
              new JobReader(new OutputPaths(rig.out.toString()), null)
                  .look(Instant.now())
                  .orElseThrow());
      assertThat(status.path("state").asText(), is("succeeded"));
      assertThat(status.path("servedFromLedger").asLong(), is(60L));
      assertThat(usd(status.path("costUsd")), comparesEqualTo(cost));
      assertThat(status.path("command").asText(), containsString("--task="));
    }
  }
}
