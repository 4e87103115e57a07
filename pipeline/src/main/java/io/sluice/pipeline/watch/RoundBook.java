package io.sluice.pipeline.watch;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.Tally;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * What lasts of a watching job, in {@code OUTPUT/.sluice/watch}: which files are in which round,
 * and which rounds' rows are in place. It is what keeps rows from being lost or doubled, whatever
 * becomes of the runner's state:
 *
 * <ol>
 *   <li>A round is written down before its first row is read ({@code round-N.json}). So a reader
 *       that comes after a crash, or that is set back to a snapshot, finds the same files in the
 *       same rounds.
 *   <li>A round's rows are put in place once all of them have ended, under names that tell the
 *       round, and then that is written down ({@code done-N.json}). A crash between the two puts
 *       the same rows in the place of the same files again.
 *   <li>A round that is done is never read again, and if a runner that was set back brings its rows
 *       once more, they are left out.
 * </ol>
 *
 * <p>One reader writes rounds, and whichever worker has a round's last row writes that it is done;
 * so the two never contend for a file. Each JVM keeps what it has read, in one book a run.
 * Thread-safe.
 */
final class RoundBook {
  static final PerRun<RoundBook> BOOKS = new PerRun<>();

  private final String directory;
  private final List<Round> rounds = new ArrayList<>();
  private final Map<String, Known> known = new HashMap<>();
  private final TreeMap<Integer, Tally> done = new TreeMap<>();
  private @Nullable Tally total;

  /** What is written of a round. */
  private record Files(List<Entry> files) {
    static Files of(List<InputFile> files) {
      return new Files(
          files.stream()
              .map(file -> new Entry(file.name(), file.bytes(), file.format().name()))
              .toList());
    }

    List<InputFile> inputs() {
      return files.stream().map(Entry::input).toList();
    }
  }

  /** What is written of a file. */
  private record Entry(String name, long bytes, String format) {
    InputFile input() {
      return new InputFile(name, bytes, InputFormat.valueOf(format));
    }
  }

  /** A file as it was when it was put in its round. */
  private record Known(int round, long bytes) {}

  RoundBook(OutputPaths paths) {
    this.directory = paths.rounds();
  }

  /** The book of a run in this JVM. */
  static RoundBook of(OutputPaths paths, String run) {
    return BOOKS.of(run, () -> new RoundBook(paths));
  }

  /** Reads what others have written since. */
  synchronized void refresh() throws IOException {
    List<ResourceId> files = new ArrayList<>(StoredFiles.names(directory, "*-*.json"));
    files.sort(Comparator.comparing(ResourceId::toString));
    for (ResourceId file : files) {
      String name = String.valueOf(file.getFilename());
      int number = Integer.parseInt(name.replaceAll("\\D", ""));
      boolean isRound = name.startsWith("round-");
      if (isRound ? number <= rounds.size() : done.containsKey(number)) {
        continue;
      }
      byte[] content = StoredFiles.read(file.toString());
      if (content == null) {
        continue;
      }
      if (isRound) {
        know(new Round(number, Json.read(content, Files.class).inputs()));
      } else {
        done.put(number, Tally.of(Json.read(content, Tally.Counted.class)));
        total = null;
      }
    }
  }

  private void know(Round round) throws IOException {
    if (round.number() != rounds.size() + 1) {
      throw new IOException(
          directory
              + ": there is a round "
              + round.number()
              + " and no round "
              + (rounds.size() + 1)
              + "; bring the file back, or begin anew with --fresh");
    }
    rounds.add(round);
    round.files().forEach(file -> known.put(file.name(), new Known(round.number(), file.bytes())));
  }

  /** Makes files the next round. */
  synchronized Round add(List<InputFile> files) throws IOException {
    Round round = new Round(rounds.size() + 1, files);
    write("round", round.number(), Files.of(files));
    know(round);
    return round;
  }

  /** The rounds up to here, in their order. */
  synchronized List<Round> rounds() {
    return List.copyOf(rounds);
  }

  /**
   * The number of a file's round.
   *
   * @throws IOException if it is in none
   */
  synchronized int roundOf(String file) throws IOException {
    if (!known.containsKey(file)) {
      refresh();
    }
    Known found = known.get(file);
    if (found == null) {
      throw new IOException(directory + ": " + file + " is in no round");
    }
    return found.round();
  }

  /** The size of a file when it was put in its round; empty where it is in none. */
  synchronized OptionalLong bytes(String file) {
    Known found = known.get(file);
    return found == null ? OptionalLong.empty() : OptionalLong.of(found.bytes());
  }

  /** How many files a round has. */
  synchronized int files(int number) throws IOException {
    if (number > rounds.size()) {
      refresh();
    }
    return rounds.get(number - 1).files().size();
  }

  /** Whether a round's rows are in place, as far as was read. */
  synchronized boolean isDone(int number) {
    return done.containsKey(number);
  }

  /** Notes that a round's rows are in place. */
  synchronized void done(int number, Tally tally) throws IOException {
    write("done", number, tally.counted());
    done.put(number, tally);
    total = null;
  }

  /** What the rounds that are in place add up to. */
  synchronized Tally total() {
    Tally sum = total;
    if (sum == null) {
      sum = new Tally();
      for (Tally tally : done.values()) {
        sum = sum.plus(tally);
      }
      total = sum;
    }
    return sum;
  }

  private void write(String what, int number, Object content) throws IOException {
    OutputPaths.writeWhole(
        String.format(Locale.ROOT, "%s/%s-%08d.json", directory, what, number),
        directory + "/" + UUID.randomUUID() + ".tmp",
        "application/json",
        Json.line(content).getBytes(StandardCharsets.UTF_8));
  }
}
