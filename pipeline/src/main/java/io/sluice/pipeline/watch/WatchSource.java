package io.sluice.pipeline.watch;

import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.DelegateCoder;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.io.UnboundedSource;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.joda.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The rounds of a watched input, as they come. Ends only where the run has stopped, at its budget
 * or by its provider, which its summary says.
 */
final class WatchSource extends UnboundedSource<Round, WatchSource.Mark> {
  private static final long serialVersionUID = 1L;
  private static final long STOP_LOOK_NANOS = 1_000_000_000L;

  private static final Round NOTHING = new Round(0, List.of());
  static final PerRun<Lookout> LOOKOUTS = new PerRun<>();

  private final InputFiles files;
  private final Duration every;
  private final OutputPaths paths;
  private final String run;

  WatchSource(InputFiles files, Duration every, OutputPaths paths, String run) {
    this.files = files;
    this.every = every;
    this.paths = paths;
    this.run = run;
  }

  /** The last round that the runner has. */
  static final class Mark implements UnboundedSource.CheckpointMark {
    final int round;

    Mark(int round) {
      this.round = round;
    }

    @Override
    public void finalizeCheckpoint() {}
  }

  @Override
  public List<WatchSource> split(int desired, PipelineOptions options) {
    return List.of(this);
  }

  @Override
  public UnboundedReader<Round> createReader(PipelineOptions options, @Nullable Mark mark) {
    return reader(mark, System::nanoTime);
  }

  UnboundedReader<Round> reader(@Nullable Mark mark, LongSupplier nanoTime) {
    // Some runners make readers often; the next one does not look at everything again.
    Lookout lookout =
        LOOKOUTS.of(
            run,
            () ->
                new Lookout(
                    RoundBook.of(paths, run), files::look, every, InstantSource.system(), 0));
    lookout.goBackTo(mark == null ? 0 : mark.round);
    return new Reader(this, lookout, mark != null, nanoTime);
  }

  @Override
  public Coder<Mark> getCheckpointMarkCoder() {
    return DelegateCoder.of(VarIntCoder.of(), mark -> mark.round, Mark::new);
  }

  @Override
  public Coder<Round> getOutputCoder() {
    return SerializableCoder.of(Round.class);
  }

  /** Whether the run has stopped, as its summary says. */
  private boolean hasStopped() throws IOException {
    return JobSummary.hasEnded(JobSummary.read(paths), run);
  }

  private static final class Reader extends UnboundedReader<Round> {
    private final WatchSource source;
    private final Lookout lookout;
    private Round current = NOTHING;
    private final LongSupplier nanoTime;
    private boolean stopped;
    private long lookedAt;

    /** Flink shows no watermark of a reader that has said nothing. */
    private boolean hasToSaySomething;

    Reader(WatchSource source, Lookout lookout, boolean restored, LongSupplier nanoTime) {
      this.source = source;
      this.lookout = lookout;
      this.nanoTime = nanoTime;
      this.lookedAt = nanoTime.getAsLong();
      this.hasToSaySomething = restored;
    }

    @Override
    public boolean start() throws IOException {
      return advance();
    }

    @Override
    public boolean advance() throws IOException {
      if (hasToSaySomething) {
        hasToSaySomething = false;
        current = NOTHING;
        return true;
      }
      long now = nanoTime.getAsLong();
      if (!stopped && now - lookedAt > STOP_LOOK_NANOS) {
        lookedAt = now;
        stopped = source.hasStopped();
      }
      Round next = stopped ? null : lookout.next();
      if (next == null) {
        return false;
      }
      current = next;
      return true;
    }

    @Override
    public Round getCurrent() {
      return current;
    }

    @Override
    public Instant getCurrentTimestamp() {
      return Instant.EPOCH;
    }

    @Override
    public Instant getWatermark() {
      return stopped ? BoundedWindow.TIMESTAMP_MAX_VALUE : Instant.EPOCH;
    }

    @Override
    public Mark getCheckpointMark() {
      return new Mark(lookout.handedOn());
    }

    @Override
    public WatchSource getCurrentSource() {
      return source;
    }

    @Override
    public void close() {
      if (stopped) {
        LOOKOUTS.forget(source.run);
        RoundBook.BOOKS.forget(source.run);
      }
    }
  }
}
