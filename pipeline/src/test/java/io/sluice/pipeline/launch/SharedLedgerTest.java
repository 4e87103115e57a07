package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.claim.LedgerHold;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.output.OutputPaths;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two outputs on one ledger: one after the other they share its answers and its budget. */
class SharedLedgerTest {
  @TempDir Path directory;

  @Test
  void whileAnotherJobIsAtWork_nothingIsSent_andNothingIsMoved() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(20, 20)) {
      String ledger = directory.resolve("shared").toString();
      String other = directory.resolve("other").toString();
      assertThat(rig.run("--ledger=" + ledger), is(0));
      long calls = rig.books("billed");
      try (LedgerHold held = LedgerHold.claim(ledger, new OutputPaths(other))) {
        // By another name of it, too: that of a URL.
        for (String url : new String[] {"file://" + ledger, "FILE:" + ledger + "/"}) {
          String message =
              assertThrows(UsageException.class, () -> rig.run("--ledger=" + url)).getMessage();
          assertThat(message, containsString("another job is writing to " + ledger));
        }
        for (String more : new String[] {"--budgetUsd=1", "--fresh"}) {
          String message =
              assertThrows(UsageException.class, () -> rig.run("--ledger=" + ledger, more))
                  .getMessage();
          assertThat(message, containsString("another job is writing to " + ledger));
        }
      }
      assertThat(rig.books("billed"), is(calls));
      // What was answered there is not asked again, by another output either.
      assertThat(rig.run("--ledger=" + ledger, "--output=" + other), is(0));
      assertThat(rig.books("billed"), is(calls));
    }
  }

  @Test
  void theBudget_isTheLedgers_whicheverOutputSpendsIt() throws Exception {
    try (JobRig rig = new JobRig(directory, "").documents(60, 60)) {
      String ledger = "--ledger=" + directory.resolve("shared");
      Path half = directory.resolve("half.jsonl");
      Files.write(half, Files.readAllLines(directory.resolve("documents.jsonl")).subList(0, 30));
      assertThat(rig.run(ledger, "--input=" + half), is(0));
      BigDecimal spent = rig.summary().path("costUsd").decimalValue();
      assertThat(
          rig.run(
              ledger,
              "--budgetUsd=" + spent.toPlainString(),
              "--output=" + directory.resolve("other")),
          is(3));
    }
  }
}
