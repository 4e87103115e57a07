package io.sluice.pipeline.status;

import io.sluice.pipeline.output.Machine;
import io.sluice.pipeline.output.RunFile;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

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

  /**
   * @param file null where no launcher has left one
   */
  static Liveness of(@Nullable RunFile file, Recent recent, Instant now) {
    boolean begun = recent.hasBeats();
    long silent = now.toEpochMilli() - recent.newestMillis();
    if (file == null) {
      return new Liveness(begun && silent < SILENT_MILLIS, begun);
    }
    boolean ended = file.ended() != null;
    if (!file.detached() && file.host().equals(Machine.host())) {
      return new Liveness(!ended && file.isProcessAlive(), begun);
    }
    if (begun) {
      return new Liveness((file.detached() || !ended) && silent < SILENT_MILLIS, true);
    }
    // Nothing is there to be asked of a run that watches, and may not be for days.
    boolean waiting = file.watch() != null || isNew(file, now);
    return new Liveness(!ended && waiting, false);
  }

  private static boolean isNew(RunFile file, Instant now) {
    String started = file.startedAt();
    return started != null
        && now.toEpochMilli() - Instant.parse(started).toEpochMilli() < WAITING_MILLIS;
  }

  /** The word for it: {@code starting, running, interrupted, failed} or {@code died}. */
  String state(@Nullable RunFile file) {
    if (working) {
      return begun ? "running" : "starting";
    }
    RunFile.Ended ended = file == null ? null : file.ended();
    String how = ended == null ? null : ended.how();
    return how == null ? "died" : how;
  }
}
