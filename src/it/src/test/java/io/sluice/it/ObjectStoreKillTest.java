package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.simulate.Simulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kill -9 of a job whose input, outputs and ledger are in an object store. */
class ObjectStoreKillTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DOCUMENTS = 3_000;
  private static final int IN_FLIGHT = 50;
  private static final int PER_SECOND = 200;

  /** A second's records and their way to the store, of a machine that is busy with tests. */
  private static final int SECONDS_LOST = 4;

  @TempDir Path directory;

  @Test
  void killed_paysForTheLastSecondAgain_andLosesNoRow() throws Exception {
    try (Simulator simulator = Rehearsal.provider(60L * PER_SECOND);
        ObjectStore store = ObjectStore.start(directory)) {
      Rehearsal job = new Rehearsal(directory, simulator, DOCUMENTS, IN_FLIGHT);
      store.put("in/documents.jsonl", Files.readAllBytes(job.documents()));
      try (JobProcess process = job.startIn(store)) {
        simulator.awaitBilled(DOCUMENTS / 2, process::isRunning);
        assertThat(process.printed(), process.isRunning(), is(true));
        process.kill();
      }
      try (JobProcess process = job.startIn(store)) {
        assertThat(process.printed(), process.await(), is(0));
      }
      List<String> rows = store.get("out/results/results-00000.jsonl").lines().toList();
      Set<String> ids = new HashSet<>();
      for (String row : rows) {
        assertThat("a second row: " + row, ids.add(JSON.readTree(row).path("id").asText()));
      }
      assertThat(ids.size(), is(DOCUMENTS));
      JsonNode summary = JSON.readTree(store.get("out/summary.json"));
      assertThat(summary.path("succeeded").asInt(), is(DOCUMENTS));
      assertThat(
          summary.path("servedFromLedger").asInt(),
          greaterThanOrEqualTo(DOCUMENTS / 2 - IN_FLIGHT - SECONDS_LOST * PER_SECOND));
      assertThat(
          job.billedAgain(), lessThanOrEqualTo((long) IN_FLIGHT + SECONDS_LOST * PER_SECOND));
    }
  }
}
