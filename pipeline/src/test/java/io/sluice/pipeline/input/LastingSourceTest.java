package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.nio.file.Path;
import org.apache.beam.sdk.io.UnboundedSource.UnboundedReader;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.util.CoderUtils;
import org.joda.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a lasting source says, and until when. */
class LastingSourceTest {
  private static final Instant WAITING = new Instant(1_000);

  @TempDir Path directory;

  private LastingSource source() {
    return new LastingSource(
        directory.resolve("summary.json").toString(), "this", WAITING.getMillis());
  }

  @Test
  void aFirstReader_saysTrueOnce_andARestoredOneFalse() throws Exception {
    LastingSource source = source();
    UnboundedReader<Boolean> first = source.createReader(PipelineOptionsFactory.create(), null);
    assertThat(first.getWatermark(), is(BoundedWindow.TIMESTAMP_MIN_VALUE));
    assertThat(first.start(), is(true));
    assertThat(first.getCurrent(), is(true));
    assertThat(first.advance(), is(false));
    assertThat(first.getWatermark(), is(WAITING));

    LastingSource.Mark mark =
        CoderUtils.clone(
            source.getCheckpointMarkCoder(), (LastingSource.Mark) first.getCheckpointMark());
    UnboundedReader<Boolean> restored = source.createReader(PipelineOptionsFactory.create(), mark);
    assertThat(restored.start(), is(true));
    assertThat(restored.getCurrent(), is(false));
  }
}
