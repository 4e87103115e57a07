package io.sluice.pipeline.input;

import io.sluice.pipeline.json.Json;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.apache.beam.sdk.coders.BooleanCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.DelegateCoder;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.UnboundedSource;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.joda.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A source of one element, true, that stays until a run has written its summary ({@link Start}). A
 * restored reader says false: Flink shows no watermark of a reader that has said nothing.
 */
final class LastingSource extends UnboundedSource<Boolean, LastingSource.Mark> {
  private static final long serialVersionUID = 1L;
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final String summary;
  private final String run;
  private final long waitingMillis;

  /**
   * @param waitingMillis the watermark while the run is at work, epoch milliseconds
   */
  LastingSource(String summary, String run, long waitingMillis) {
    this.summary = summary;
    this.run = run;
    this.waitingMillis = waitingMillis;
  }

  /** Says that a reader has begun: that it is there is all that it says. */
  static final class Mark implements UnboundedSource.CheckpointMark {
    @Override
    public void finalizeCheckpoint() {}
  }

  @Override
  public List<LastingSource> split(int desired, PipelineOptions options) {
    return List.of(this);
  }

  @Override
  public UnboundedReader<Boolean> createReader(PipelineOptions options, @Nullable Mark mark) {
    return new Reader(this, mark == null);
  }

  @Override
  public Coder<Mark> getCheckpointMarkCoder() {
    return DelegateCoder.of(BooleanCoder.of(), mark -> true, begun -> new Mark());
  }

  @Override
  public Coder<Boolean> getOutputCoder() {
    return BooleanCoder.of();
  }

  /** What is asked of a summary here. */
  private record Summary(@Nullable String run) {}

  /** Whether the summary there is of this run. */
  private boolean isOver() throws IOException {
    try (InputStream in =
        Channels.newInputStream(FileSystems.open(FileSystems.matchNewResource(summary, false)))) {
      return run.equals(Json.read(in.readAllBytes(), Summary.class).run());
    } catch (FileNotFoundException | NoSuchFileException e) {
      return false;
    }
  }

  private static final class Reader extends UnboundedReader<Boolean> {
    private final LastingSource source;
    private final boolean first;
    private boolean begun;
    private boolean over;
    private long lookedAt;

    Reader(LastingSource source, boolean first) {
      this.source = source;
      this.first = first;
    }

    @Override
    public boolean start() {
      begun = true;
      lookedAt = System.nanoTime();
      return true;
    }

    @Override
    public boolean advance() throws IOException {
      long now = System.nanoTime();
      if (!over && now - lookedAt > LOOK_NANOS) {
        lookedAt = now;
        over = source.isOver();
      }
      return false;
    }

    @Override
    public Boolean getCurrent() {
      return first;
    }

    @Override
    public Instant getCurrentTimestamp() {
      return Instant.EPOCH;
    }

    @Override
    public Instant getWatermark() {
      return over
          ? BoundedWindow.TIMESTAMP_MAX_VALUE
          : begun ? new Instant(source.waitingMillis) : BoundedWindow.TIMESTAMP_MIN_VALUE;
    }

    @Override
    public Mark getCheckpointMark() {
      return new Mark();
    }

    @Override
    public LastingSource getCurrentSource() {
      return source;
    }

    @Override
    public void close() {}
  }
}
