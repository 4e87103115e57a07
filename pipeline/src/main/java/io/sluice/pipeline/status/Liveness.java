package io.sluice.pipeline.status;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.output.RunFile;
import java.time.Instant;

/**
 * Whether a run that has not written its summary is at work. Its launcher's process tells where
 * that is on this machine and the job cannot go on without it; elsewhere the newest record tells,
 * which a working run writes once a second.
 *
 * @param begun whether it has written a heartbeat
 */
record Liveness(boolean working, boolean begun) {
  /** Clocks of machines differ, and object stores show a record late. */
  private static final long SILENT_MILLIS = 30_000;

  /** A cluster may first have to find room for the job. */
  private static final long WAITING_MILLIS = 600_000;

  static Liveness of(JsonNode file, Recent recent, Instant now) {
    boolean begun = recent.hasBeats();
    boolean ended = file.has("ended");
    long silent = now.toEpochMilli() - recent.newestMillis();
    boolean detached = file.path("detached").asBoolean();
    if (!detached && file.path("host").asText().equals(RunFile.host())) {
      return new Liveness(!ended && isAlive(file), begun);
    }
    if (begun) {
      return new Liveness((detached || !ended) && silent < SILENT_MILLIS, true);
    }
    boolean waiting =
        // Nothing is there to be asked yet, and may not be for days.
        file.has("watch")
            || file.has("startedAt")
                && now.toEpochMilli()
                        - Instant.parse(file.path("startedAt").asText()).toEpochMilli()
                    < WAITING_MILLIS;
    return new Liveness(!ended && waiting, false);
  }

  private static boolean isAlive(JsonNode file) {
    String start = file.path("processStartedAt").asText();
    return ProcessHandle.of(file.path("pid").asLong())
        .filter(ProcessHandle::isAlive)
        .filter(process -> start.isEmpty() || RunFile.startOf(process).equals(start))
        .isPresent();
  }

  /** The word for it: {@code starting, running, interrupted, failed} or {@code died}. */
  String state(JsonNode file) {
    return working ? begun ? "running" : "starting" : file.path("ended").path("how").asText("died");
  }
}
