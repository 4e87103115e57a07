package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a damaged file has lost is counted in rows, and the failure rate sees it. */
class LostRowsTest {
  @TempDir Path directory;

  @Test
  void rowsOfAnOpenQuote_areNotOneFailure() throws Exception {
    try (JobRig rig = new JobRig(directory, "")) {
      StringBuilder csv = new StringBuilder("id,tenant,text\n");
      for (int i = 0; i < 40; i++) {
        csv.append(i).append(",t0,a bug ").append(i).append('\n');
      }
      // A record over several lines that does not fit, and lines among them that would be rows.
      csv.append("40,t0,\"he said\nand\n41,t0,lost\n42,t0,lost\nmore\nof\nit\",too,many\n");
      Path input = Files.writeString(directory.resolve("a.csv"), csv);
      assertThat(rig.run("--input=" + input, "--maxFailureRate=0.05"), is(4));
      JsonNode summary = rig.summary();
      assertThat(summary.path("lostRows").asLong(), is(2L));
      assertThat(summary.path("deadLettered").asLong(), is(1L));
      assertThat(rig.printed(), containsString("could not be read, of files that are damaged"));
    }
  }
}
