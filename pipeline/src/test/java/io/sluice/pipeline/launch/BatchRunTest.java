package io.sluice.pipeline.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.ledger.LedgerBatches;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.pipeline.cancel.CancelVerb;
import io.sluice.pipeline.flags.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole jobs by the batches of the rehearsal provider. */
class BatchRunTest {
  @TempDir Path directory;

  private JobRig rig(String fields, double batchSeconds) throws IOException {
    JobRig rig = new JobRig(directory, "", batchSeconds).documents(120, 100);
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        Files.readString(task).replace("provider: {", "provider: {" + fields)
            + "batch: {poll: 1s, requests: 40}\n");
    return rig;
  }

  private static String servedBy(JobRig rig) throws IOException {
    return Objects.requireNonNull(rig.rows("results").get("d0")).path("servedBy").asText();
  }

  @Test
  void everyRowIsAnsweredAtHalfThePrice_andThenComesFromTheLedger() throws IOException {
    try (JobRig rig = rig("mode: batch, ", 0.5)) {
      assertThat(rig.run("--budgetUsd=1"), is(0));

      JsonNode summary = rig.summary();
      assertThat(rig.rows("results").size(), is(120));
      assertThat(servedBy(rig), is("batch"));
      assertThat(rig.books("billed"), is(100L));
      assertThat(rig.books("billedAgain"), is(0L));
      assertThat(summary.path("calls").path("sent").asLong(), is(100L));
      assertThat(
          "what was saved is what was paid",
          summary.path("savedByBatchUsd").decimalValue(),
          comparesEqualTo(summary.path("costUsd").decimalValue()));

      assertThat(rig.run("--runner=FlinkRunner"), is(0));
      assertThat(rig.rows("results").size(), is(120));
      assertThat(rig.books("billed"), is(100L));
    }
  }

  @Test
  void modeAuto_choosesRealtimeWhereBatchesWouldTakeTooLong() throws IOException {
    try (JobRig rig = rig("mode: auto, deadline: 1h, ", 0.5)) {
      assertThat(rig.run(), is(0));

      assertThat(servedBy(rig), is("realtime"));
      assertThat(rig.books().path("batches").asInt(), is(0));
    }
  }

  @Test
  void cancel_endsWhatAJobLeftAtWork() throws Exception {
    try (JobRig rig = rig("mode: batch, ", 600)) {
      Path ledger = rig.leaveBatchAtWork(40);

      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      int code =
          CancelVerb.run(
              List.of(
                  "--output=" + rig.out,
                  "--ledger=" + ledger,
                  "--task=" + directory.resolve("task.yaml")),
              new PrintStream(printed, true, UTF_8));

      assertThat(printed.toString(UTF_8), code, is(0));
      assertThat(printed.toString(UTF_8), containsString("of 40 requests: cancelled"));
      LedgerBatches batches = new LedgerBatches();
      LedgerScan.scan(ledger.toString(), (segment, offset, record) -> batches.add(record));
      assertThat("the results are still to be read", batches.open().size(), is(1));
    }
  }

  @Test
  void cancel_saysWhereThereIsNoJob() {
    assertThat(
        assertThrows(
                UsageException.class,
                () ->
                    CancelVerb.run(
                        List.of("--output=" + directory),
                        new PrintStream(new ByteArrayOutputStream(), true, UTF_8)))
            .getMessage(),
        containsString("holds no job"));
  }
}
