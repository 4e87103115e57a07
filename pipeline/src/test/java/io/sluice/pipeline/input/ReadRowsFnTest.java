package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.range.OffsetRange;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.transforms.DoFn.OutputReceiver;
import org.apache.beam.sdk.transforms.splittabledofn.OffsetRangeTracker;
import org.apache.beam.sdk.transforms.splittabledofn.SplitResult;
import org.apache.beam.sdk.values.OutputBuilder;
import org.joda.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a runner does to a reader: it takes the rest away at any moment. */
class ReadRowsFnTest {
  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
  }

  /** Gives the rest back after so many claims, as runners do between two claims. */
  private static final class Interrupted extends OffsetRangeTracker {
    private final int after;
    private int claims;
    private boolean failed;
    OffsetRange rest = new OffsetRange(Long.MAX_VALUE, Long.MAX_VALUE);

    Interrupted(OffsetRange range, int after) {
      super(range);
      this.after = after;
    }

    @Override
    public boolean tryClaim(Long position) {
      if (claims++ == after) {
        SplitResult<OffsetRange> split = trySplit(0);
        rest = split == null ? rest : split.getResidual();
      }
      boolean claimed = super.tryClaim(position);
      failed |= !claimed;
      return claimed;
    }
  }

  @Test
  void interruptedAnywhere_everyRowIsReadOnce_andNothingFollowsARefusedClaim() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      lines.add("row " + i);
    }
    Path file = Files.write(directory.resolve("rows.txt"), lines);
    InputFile input = new InputFile(file.toString(), Files.size(file), InputFormat.TEXT);
    for (int after = 1; after < 5; after++) {
      ReadRowsFn reader = new ReadRowsFn("reader" + after, DocumentFields.DEFAULT);
      List<String> read = new ArrayList<>();
      long[] ends = new long[2];
      OffsetRange rest = new OffsetRange(1, Long.MAX_VALUE);
      while (rest.getFrom() < rest.getTo()) {
        Interrupted tracker = new Interrupted(rest, after);
        reader.process(input, tracker, new Rows(tracker, read, ends));
        tracker.checkDone();
        rest = tracker.rest;
      }
      assertThat("interrupted after " + after, read, is(lines));
      assertThat("ends, interrupted after " + after, ends[0], is(1L));
      assertThat("rows at the end, interrupted after " + after, ends[1], is(2_500L));
    }
  }

  /** How often this process has a file open, as the kernel says. */
  private static long opened(Path file) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors), "a kernel that tells what is open");
    long count = 0;
    try (Stream<Path> all = Files.list(descriptors)) {
      for (Path descriptor : all.toList()) {
        try {
          count += Files.readSymbolicLink(descriptor).equals(file.toRealPath()) ? 1 : 0;
        } catch (NoSuchFileException e) {
          // Closed since it was listed.
        }
      }
    }
    return count;
  }

  private InputFile file(int rows) throws IOException {
    Path file = Files.writeString(directory.resolve("rows.txt"), "row\n".repeat(rows));
    return new InputFile(file.toString(), Files.size(file), InputFormat.TEXT);
  }

  @Test
  void outputThatFails_leavesNoFileOpen() throws IOException {
    InputFile input = file(2_500);
    ReadRowsFn reader = new ReadRowsFn("fails", DocumentFields.DEFAULT);
    Interrupted tracker = new Interrupted(new OffsetRange(1, Long.MAX_VALUE), 9);
    OutputReceiver<RowBlock> failing =
        new OutputReceiver<>() {
          @Override
          public void output(RowBlock block) {
            throw new IllegalStateException("downstream");
          }

          @Override
          public void outputWithTimestamp(RowBlock block, Instant timestamp) {
            output(block);
          }

          @Override
          public OutputBuilder<RowBlock> builder(RowBlock value) {
            throw new UnsupportedOperationException("not used by the reader");
          }
        };
    assertThrows(IllegalStateException.class, () -> reader.process(input, tracker, failing));
    assertThat(opened(Path.of(input.name())), is(0L));
  }

  @Test
  void aRestThatNobodyReads_isClosedWithTheLastReader() throws IOException {
    InputFile input = file(2_500);
    ReadRowsFn one = new ReadRowsFn("left", DocumentFields.DEFAULT);
    ReadRowsFn two = new ReadRowsFn("left", DocumentFields.DEFAULT);
    one.setup();
    two.setup();
    Interrupted tracker = new Interrupted(new OffsetRange(1, Long.MAX_VALUE), 1);
    one.process(input, tracker, new Rows(tracker, new ArrayList<>(), new long[2]));
    assertThat(opened(Path.of(input.name())), is(1L));
    one.teardown();
    assertThat(opened(Path.of(input.name())), is(1L));
    two.teardown();
    assertThat(opened(Path.of(input.name())), is(0L));
  }

  @Test
  void aFileReadToItsEnd_isClosed() throws IOException {
    InputFile input = file(3);
    ReadRowsFn reader = new ReadRowsFn("whole", DocumentFields.DEFAULT);
    Interrupted tracker = new Interrupted(new OffsetRange(1, Long.MAX_VALUE), 9);
    reader.process(input, tracker, new Rows(tracker, new ArrayList<>(), new long[2]));
    assertThat(opened(Path.of(input.name())), is(0L));
  }

  private record Rows(Interrupted tracker, List<String> read, long[] ends)
      implements OutputReceiver<RowBlock> {
    @Override
    public void output(RowBlock block) {
      assertThat("rows after a refused claim", tracker.failed, is(false));
      block.rows().forEach(row -> read.add(row.text()));
      ends[0] += block.counts().ends();
      ends[1] += block.counts().end();
    }

    @Override
    public void outputWithTimestamp(RowBlock block, Instant timestamp) {
      output(block);
    }

    @Override
    public OutputBuilder<RowBlock> builder(RowBlock value) {
      throw new UnsupportedOperationException("not used by the reader");
    }
  }
}
