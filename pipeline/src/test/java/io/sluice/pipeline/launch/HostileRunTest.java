package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.hostile.HostileFront;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole job against a server that does what none should. */
@Timeout(180)
class HostileRunTest {
  private static final int DOCUMENTS = 200;

  @TempDir Path directory;

  @Test
  void rowsAddUp_andNoMoreIsBilledThanWasSent() throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(DOCUMENTS, DOCUMENTS);
        HostileFront front = HostileFront.start(0, rig.port(), "all=0.02", 1)) {
      Path task = directory.resolve("task.yaml");
      Files.writeString(
          task,
          Files.readString(task)
              .replace(":" + rig.port(), ":" + front.port())
              .replace("timeout: 20s", "timeout: 1s"));
      assertThat(rig.run(), is(0));
      assertThat(rig.rows("results"), is(aMapWithSize(DOCUMENTS)));
      assertThat(rig.rows("dead-letter"), is(aMapWithSize(0)));
      JsonNode summary = rig.summary();
      long sent = summary.path("calls").path("sent").asLong();
      assertThat(sent, is(greaterThan((long) DOCUMENTS)));
      // Where a kept connection ends without a byte, its request is sent once more in the same
      // call;
      // the front may have passed the first on. That is one in some hundred.
      assertThat(rig.books("billed"), is(lessThanOrEqualTo(sent + DOCUMENTS / 40)));
    }
  }
}
