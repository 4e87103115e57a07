package io.sluice.pipeline.output;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.joda.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Writes a bundle's rows to a temporary file and emits what it wrote. Only parts of bundles that
 * the runner has committed reach the finish, so a replayed bundle's rows are there once; the files
 * of others are left in the temporary directory and removed with it.
 *
 * @param <T> the type of rows
 */
abstract class WriteParts<T> extends DoFn<T, Tally> {
  private static final long serialVersionUID = 1L;

  private final String directory;
  private transient @Nullable BufferedWriter writer;
  private transient @Nullable String file;
  private transient @Nullable Tally tally;
  private transient @Nullable BoundedWindow window;
  private transient @Nullable Instant timestamp;

  WriteParts(String directory) {
    this.directory = directory;
  }

  /** The row as a line, counted. */
  abstract String line(T row, Tally tally);

  /** Notes a file of this kind of row. */
  abstract void part(Tally tally, String file);

  @StartBundle
  public void startBundle() {
    writer = null;
    tally = null;
  }

  @ProcessElement
  public void process(@Element T row, BoundedWindow in, @Timestamp Instant at)
      throws OutputException {
    try {
      write(row, in, at);
    } catch (IOException e) {
      throw new OutputException(String.valueOf(file), e);
    }
  }

  private void write(T row, BoundedWindow in, Instant at) throws IOException {
    BufferedWriter open = writer;
    Tally counted = tally;
    if (open == null || counted == null) {
      file = directory + "/" + UUID.randomUUID() + ".jsonl";
      open =
          new BufferedWriter(
              Channels.newWriter(
                  FileSystems.create(OutputPaths.file(file), "application/x-ndjson"),
                  StandardCharsets.UTF_8));
      writer = open;
      counted = new Tally();
      tally = counted;
    }
    window = in;
    timestamp = at;
    open.write(line(row, counted));
    open.write('\n');
  }

  @FinishBundle
  public void finishBundle(FinishBundleContext context) throws OutputException {
    BufferedWriter open = writer;
    Tally counted = tally;
    if (open != null && counted != null && file != null && window != null && timestamp != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw new OutputException(file, e);
      }
      part(counted, file);
      context.output(counted, timestamp, window);
    }
    writer = null;
    tally = null;
  }
}
