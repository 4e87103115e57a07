package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.simulate.Simulator;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Promises one and two under kill -9 of the whole job, on every embedded runner. */
class KillTest {
  private static final int DOCUMENTS = 3_000;
  private static final int IN_FLIGHT = 100;
  private static final int KILLS = 3;

  @TempDir Path directory;

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "DirectRunner, --streaming=false, 1",
    "FlinkRunner, --streaming=false, 2",
    "FlinkRunner, --streaming=true, 3"
  })
  void killedThreeTimes_paysForWhatWasInFlightAndLosesNothing(
      String runner, String streaming, long seed) throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000)) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, IN_FLIGHT);
      String[] flags =
          runner.equals("DirectRunner")
              ? new String[] {"--runner=" + runner}
              : new String[] {"--runner=" + runner, streaming};
      Random random = new Random(seed);
      long killedAt = 0;
      for (int kill = 0; kill < KILLS; kill++) {
        killedAt += 150 + random.nextInt(750);
        try (JobProcess process = job.start(flags)) {
          simulator.awaitBilled(killedAt, process::isRunning);
          assertThat(process.printed(), process.isRunning(), is(true));
          process.kill();
        }
      }
      try (JobProcess process = job.start(flags)) {
        assertThat(process.printed(), process.await(), is(0));
      }
      job.checkRows(DOCUMENTS);
      assertThat("of four processes, three of them killed", job.leftTemporary(), is(empty()));
      assertThat(job.billed(), greaterThan((long) DOCUMENTS - 1));
      assertThat(
          "killed around " + killedAt + " calls, seed " + seed,
          job.billedAgain(),
          lessThanOrEqualTo((long) KILLS * IN_FLIGHT));

      long before = job.billed();
      try (JobProcess process = job.start("--runner=DirectRunner")) {
        assertThat(process.printed(), process.await(), is(0));
      }
      assertThat("a finished job asks nothing", job.billed(), is(before));
      job.checkRows(DOCUMENTS);
    }
  }

  @Test
  void interrupted_landsWhatIsInFlightAndTheSameCommandContinues() throws Exception {
    try (Simulator simulator = Rehearsal.provider(12_000)) {
      Rehearsal job = new Rehearsal(directory, simulator, 1_000, IN_FLIGHT);
      try (JobProcess process = job.start()) {
        simulator.awaitBilled(350, process::isRunning);
        process.terminate();
        assertThat(process.printed(), process.await(), is(143));
      }
      try (JobProcess process = job.start()) {
        assertThat(process.printed(), process.await(), is(0));
      }
      job.checkRows(1_000);
      assertThat("nothing is paid twice", job.billedAgain(), is(0L));
    }
  }

  @Test
  void twoJobsOnOneOutput_theSecondIsTurnedAway() throws Exception {
    // So slow that the first cannot have ended, however long the second takes to start.
    try (Simulator simulator = Rehearsal.provider(300)) {
      Rehearsal job = new Rehearsal(directory, simulator, 2_000, IN_FLIGHT);
      try (JobProcess first = job.start()) {
        simulator.awaitBilled(10, first::isRunning);
        try (JobProcess second = job.start()) {
          assertThat(second.printed(), second.await(), is(2));
        }
        assertThat("the first goes on", first.isRunning(), is(true));
        first.terminate();
        assertThat(first.printed(), first.await(), is(143));
      }
      assertThat("nothing is paid twice", job.billedAgain(), is(0L));
    }
  }
}
