package io.sluice.pipeline.input;

import org.apache.beam.sdk.io.Read;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Impulse;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.windowing.FixedWindows;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.joda.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The one element that a job begins with.
 *
 * <p><b>Why not always an impulse.</b> On a Flink cluster an impulse is over at once, and with it
 * its task. Everything behind it then works inside Flink's end of input, where no checkpoint and no
 * savepoint is taken. A {@linkplain #lasting lasting} start stays until the run's summary is there.
 * Its watermark passes the window's end meanwhile, so that the run can come to its end. The window
 * is not the global one, because that has no time after its end.
 */
public final class Start extends PTransform<PBegin, PCollection<byte[]>> {
  private static final long serialVersionUID = 1L;

  /** One window of a thousand years from 1970. */
  public static final Duration WINDOW = Duration.standardDays(365_000);

  private final @Nullable LastingSource source;

  private Start(@Nullable LastingSource source) {
    this.source = source;
  }

  /** An impulse. */
  public static Start once() {
    return new Start(null);
  }

  /**
   * Lasts as long as a run.
   *
   * @param summary the file that the run writes last
   * @param run the run's name, which is in that file
   */
  public static Start lasting(String summary, String run) {
    return new Start(new LastingSource(summary, run, WINDOW.getMillis() + WINDOW.getMillis() / 2));
  }

  @Override
  public PCollection<byte[]> expand(PBegin begin) {
    if (source == null) {
      return begin.apply("Impulse", Impulse.create());
    }
    return begin
        .apply("Lasting", Read.from(source))
        .apply("First", ParDo.of(new FirstFn()))
        .apply("Window", Window.into(FixedWindows.of(WINDOW)));
  }

  /** Leaves out what a restored source has to say. */
  private static final class FirstFn extends DoFn<Boolean, byte[]> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element Boolean first, OutputReceiver<byte[]> out) {
      if (first) {
        out.output(new byte[0]);
      }
    }
  }
}
