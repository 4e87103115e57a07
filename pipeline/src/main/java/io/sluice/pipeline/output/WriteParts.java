package io.sluice.pipeline.output;

import io.sluice.internal.text.Text;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.values.KV;
import org.joda.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Writes a bundle's rows to temporary files, one for each round, and emits what it wrote. Only
 * parts of bundles that the runner has committed reach the finish, so a replayed bundle's rows are
 * there once; the files of others are left in the temporary directory and removed with it.
 *
 * @param <T> the type of rows
 */
abstract class WriteParts<T> extends DoFn<T, KV<Integer, Tally>> {
  private static final long serialVersionUID = 1L;

  private final String directory;
  private final Rounds rounds;
  private transient @Nullable Map<Integer, Part> parts;
  private transient @Nullable BoundedWindow window;
  private transient @Nullable Instant timestamp;

  /** The bundle's file of a round. */
  private static final class Part {
    final Tally tally = new Tally();
    final String file;
    final BufferedWriter writer;

    Part(String file) throws IOException {
      this.file = file;
      this.writer =
          new BufferedWriter(
              Channels.newWriter(
                  FileSystems.create(OutputPaths.file(file), "application/x-ndjson"),
                  encoder(),
                  -1));
    }
  }

  /** Rows are whole when they come here; one that is not must not end the job at every rerun. */
  private static CharsetEncoder encoder() {
    return StandardCharsets.UTF_8
        .newEncoder()
        .replaceWith(String.valueOf(Text.REPLACEMENT).getBytes(StandardCharsets.UTF_8))
        .onMalformedInput(CodingErrorAction.REPLACE)
        .onUnmappableCharacter(CodingErrorAction.REPLACE);
  }

  WriteParts(String directory, Rounds rounds) {
    this.directory = directory;
    this.rounds = rounds;
  }

  /** The name of the input file that a row is of. */
  abstract String source(T row);

  /** The row as a line, counted. */
  abstract String line(T row, Tally tally);

  /** Notes a file of this kind of row. */
  abstract void part(Tally tally, String file);

  @StartBundle
  public void startBundle() {
    parts = new TreeMap<>();
  }

  @ProcessElement
  public void process(@Element T row, BoundedWindow in, @Timestamp Instant at)
      throws OutputException {
    window = in;
    timestamp = at;
    Part part = partOf(row);
    try {
      part.writer.write(line(row, part.tally));
      part.writer.write('\n');
    } catch (IOException e) {
      throw new OutputException(part.file, e);
    }
  }

  private Part partOf(T row) throws OutputException {
    Map<Integer, Part> open = open();
    String file = directory + "/" + UUID.randomUUID() + ".jsonl";
    try {
      int round = rounds.of(source(row));
      Part part = open.get(round);
      if (part == null) {
        part = new Part(file);
        open.put(round, part);
      }
      return part;
    } catch (IOException e) {
      throw new OutputException(file, e);
    }
  }

  private Map<Integer, Part> open() {
    if (parts == null) {
      throw new IllegalStateException("Rows were written outside of a bundle");
    }
    return parts;
  }

  @FinishBundle
  public void finishBundle(FinishBundleContext context) throws OutputException {
    for (Map.Entry<Integer, Part> round : open().entrySet()) {
      Part part = round.getValue();
      try {
        part.writer.close();
      } catch (IOException e) {
        throw new OutputException(part.file, e);
      }
      part(part.tally, part.file);
      if (timestamp != null && window != null) {
        context.output(KV.of(round.getKey(), part.tally), timestamp, window);
      }
    }
    parts = null;
  }
}
