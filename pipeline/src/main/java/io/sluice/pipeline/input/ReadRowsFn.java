package io.sluice.pipeline.input;

import io.sluice.pipeline.input.rows.Row;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.io.range.OffsetRange;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.splittabledofn.OffsetRangeTracker;
import org.apache.beam.sdk.transforms.splittabledofn.RestrictionTracker;

/**
 * Reads a file's rows in blocks. The restriction is a range of positions, so that a runner that
 * checkpoints goes on where it was, instead of from the file's beginning. Runners interrupt a
 * splittable function often; the open reader waits for it in this JVM, and only a restore, or so
 * many files at once that not all can be held open, reads a file's beginning again to skip it.
 */
@DoFn.BoundedPerElement
final class ReadRowsFn extends DoFn<InputFile, RowBlock> {
  private static final long serialVersionUID = 1L;
  static final int BLOCK_ROWS = 1_000;
  private static final int BLOCK_CHARS = 1 << 17;

  private static final int MOST_PARKED = 256;
  private static final Duration LONGEST_PARKED = Duration.ofMinutes(10);

  static final Parking<RowReader> PARKED =
      new Parking<>(MOST_PARKED, LONGEST_PARKED, InstantSource.system());

  /** Tells the readers of this pipeline from those of another in the same JVM. */
  private final String reader;

  private final DocumentFields fields;

  ReadRowsFn(String reader, DocumentFields fields) {
    this.reader = reader;
    this.fields = fields;
  }

  @Setup
  public void setup() {
    PARKED.enter(reader);
  }

  @Teardown
  public void teardown() {
    PARKED.leave(reader);
  }

  @GetInitialRestriction
  public OffsetRange initialRestriction(@Element InputFile file) {
    return new OffsetRange(1, Long.MAX_VALUE);
  }

  @GetSize
  public double size(@Element InputFile file, @Restriction OffsetRange range) {
    return Math.max(1, file.bytes());
  }

  @NewTracker
  public OffsetRangeTracker newTracker(@Restriction OffsetRange range) {
    return new OffsetRangeTracker(range);
  }

  @ProcessElement
  public ProcessContinuation process(
      @Element InputFile file,
      RestrictionTracker<OffsetRange, Long> tracker,
      OutputReceiver<RowBlock> out)
      throws IOException {
    RowReader rows = readerAt(file, tracker.currentRestriction().getFrom());
    boolean parked = false;
    try {
      long goesOnAt = read(file, rows, tracker, out);
      if (goesOnAt > 0) {
        PARKED.park(reader, place(file, goesOnAt), rows);
        parked = true;
      }
    } finally {
      if (!parked) {
        Parking.close(rows);
      }
    }
    return ProcessContinuation.stop();
  }

  /**
   * @return where the reader is if the runner has taken the rest away; 0 at the file's end
   */
  private static long read(
      InputFile file,
      RowReader rows,
      RestrictionTracker<OffsetRange, Long> tracker,
      OutputReceiver<RowBlock> out)
      throws IOException {
    while (true) {
      List<Row> block = nextBlock(rows);
      if (block.isEmpty()) {
        // Whoever has the last position says how many rows there are.
        boolean last = tracker.tryClaim(Long.MAX_VALUE - 1);
        if (last) {
          out.output(RowBlock.end(file, rows.position()));
        }
        tracker.tryClaim(Long.MAX_VALUE);
        return last ? 0 : rows.position() + 1;
      }
      // A block is claimed as a whole: after a claim that fails nothing may be emitted.
      if (!tracker.tryClaim(block.get(block.size() - 1).position())) {
        rows.unread(block);
        return block.get(0).position();
      }
      out.output(RowBlock.of(file, block));
    }
  }

  static List<Row> nextBlock(RowReader rows) throws IOException {
    List<Row> block = new ArrayList<>();
    int chars = 0;
    while (block.size() < BLOCK_ROWS && chars < BLOCK_CHARS) {
      Row row = rows.next();
      if (row == null) {
        break;
      }
      block.add(row);
      chars += row.text().length();
    }
    return block;
  }

  private RowReader readerAt(InputFile file, long from) throws IOException {
    RowReader parked = PARKED.take(reader, place(file, from));
    if (parked != null) {
      return parked;
    }
    RowReader rows = RowReader.open(file, fields);
    try {
      // A file that ends before is at its end then.
      rows.skipTo(from - 1);
    } catch (IOException | RuntimeException e) {
      Parking.close(rows);
      throw e;
    }
    return rows;
  }

  private static String place(InputFile file, long from) {
    return from + " " + file.name();
  }
}
