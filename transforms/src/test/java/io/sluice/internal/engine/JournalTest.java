package io.sluice.internal.engine;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerScan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
  }

  private List<Long> seenInBeats() {
    List<Long> seen = new ArrayList<>();
    LedgerScan.scan(
        directory.toString(),
        (segment, offset, record) -> {
          if (record instanceof LedgerRecord.Beat beat) {
            seen.add(beat.rows().seen());
          }
        });
    return seen;
  }

  @Test
  void anEngineThatWaits_saysSoEveryTenBeats_andWhatIsNewAtOnce() {
    ModelTask task =
        ModelTask.of("waits", ModelTask.Provider.LOCAL, "m", new ModelTask.Prompt(null, "{{t}}"));
    CallSettings settings = CallSettings.ofRun("run").withLedger(directory.toString());
    Journal journal = Journal.of(Journal.ledger(task, settings), task, settings, Tally.of(0));
    EngineCounts counts = new EngineCounts();
    counts.seen = 1;
    for (int second = 0; second < 25; second++) {
      journal.beat(counts, Map.of());
    }
    counts.seen = 2;
    journal.beat(counts, Map.of());
    journal.beat(counts, Map.of("", 10L));
    journal.beat(counts, Map.of("", 10L));
    assertThat(seenInBeats(), is(List.of(1L, 1L, 1L, 2L, 2L, 2L)));
  }
}
