package io.sluice.pipeline.input;

import io.sluice.pipeline.input.columnar.AvroRows;
import io.sluice.pipeline.input.columnar.ParquetRows;
import io.sluice.pipeline.input.rows.Faults;
import io.sluice.pipeline.input.rows.Row;
import io.sluice.pipeline.input.rows.RowSource;
import io.sluice.pipeline.input.rows.SteadyChannel;
import io.sluice.pipeline.input.rows.StorageException;
import io.sluice.pipeline.input.text.TextForm;
import io.sluice.pipeline.input.text.TextRows;
import io.sluice.pipeline.table.InputType;
import io.sluice.pipeline.table.TableRows;
import io.sluice.pipeline.unfold.Unfolded;
import io.sluice.pipeline.unfold.Unpacking;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import org.apache.beam.sdk.io.Compression;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file's rows in order. Whatever is wrong with the file becomes a row with a problem: a row
 * that cannot be decoded, and once, in place of the rest, a file that cannot be read further. What
 * is wrong with the storage is thrown, to be tried again. Not thread-safe.
 */
final class RowReader implements Closeable {
  private static final int COLUMNS_NAMED = 30;

  private final RowSource source;

  /** Null where the file cannot be read at all. */
  private final @Nullable Unchanged file;

  /** What is wrong with every row of the file; null where nothing is. */
  private final @Nullable String mismatch;

  private long position;
  private boolean ended;
  private final Queue<Row> unread = new ArrayDeque<>();
  private final Unfolded unfolded;

  private RowReader(
      InputFile listed, RowSource source, @Nullable Unchanged file, @Nullable String mismatch) {
    this.source = source;
    this.file = file;
    this.mismatch = mismatch;
    this.unfolded = new Unfolded(listed.bytes());
  }

  /**
   * Opens a file at its first row.
   *
   * @throws IOException if the storage does not give it
   */
  static RowReader open(InputFile file, DocumentFields fields) throws IOException {
    return open(file, fields, "");
  }

  /** Opens results of a job: what Avro cannot name is named as it was. */
  static RowReader ofResults(InputFile file) throws IOException {
    return open(file, DocumentFields.OF_RESULTS, TableRows.NAME_IN_AVRO);
  }

  private static RowReader open(InputFile file, DocumentFields fields, String named)
      throws IOException {
    SteadyChannel bytes;
    try {
      bytes = SteadyChannel.open(file.name());
    } catch (FileNotFoundException | NoSuchFileException e) {
      // The JVM throws the same where the system does not let it be opened.
      boolean isThere = !file.name().contains("://") && Files.exists(Path.of(file.name()));
      String problem =
          isThere && Files.isRegularFile(Path.of(file.name()))
              ? "Read the file: it cannot be opened; let this job's user read it"
              : "Read the file: it is "
                  + (isThere ? "no file any more" : "gone")
                  + " since it was listed";
      return new RowReader(file, new BrokenFile(problem), null, null);
    }
    try {
      Unchanged unchanged = Unchanged.of(file, bytes);
      RowSource source = source(file, bytes, fields.form(), named);
      return new RowReader(file, source, unchanged, mismatch(file, source.columns(), fields));
    } catch (IOException | RuntimeException | StackOverflowError | LinkageError e) {
      bytes.close();
      Faults.throwIfStorage(e);
      // Its rows are lost, so it counts as a row that is broken.
      return new RowReader(
          file,
          new BrokenFile("Read the file as " + file.format().word() + ": " + Faults.reason(e)),
          null,
          null);
    }
  }

  private static RowSource source(InputFile file, SteadyChannel bytes, TextForm form, String named)
      throws IOException {
    Compression compression = Compression.detect(InputFormat.bare(file.name()));
    if (compression == Compression.ZIP) {
      throw new IOException(
          "it is a zip archive, of which it is not known what is a document: unpack it, or pack its"
              + " files one by one with gzip");
    }
    return switch (file.format()) {
      case AUTO ->
          throw new IOException(
              "its name tells no format; rename it, or say --inputFormat=jsonl, csv, text, file,"
                  + " avro or parquet");
      case PARQUET -> ParquetRows.open(file.name(), bytes, compression, form.rowBytes());
      case AVRO -> AvroRows.open(bytes, compression, named, form.rowBytes());
      default -> text(file, text(bytes, compression), form);
    };
  }

  private static RowSource text(InputFile file, InputStream in, TextForm form) throws IOException {
    String name = InputFormat.withoutCompression(file.name().toLowerCase(Locale.ROOT));
    return switch (file.format()) {
      case CSV -> TextRows.csv(in, form, name.endsWith(".tsv"));
      case FILE -> TextRows.whole(in, form);
      case JSONL -> TextRows.json(in, form, name.endsWith(".json"));
      default -> TextRows.lines(in, form);
    };
  }

  private static InputStream text(SteadyChannel bytes, Compression compression) throws IOException {
    return compression == Compression.UNCOMPRESSED
        ? Channels.newInputStream(bytes)
        : Unpacking.of(bytes, compression, bytes::position);
  }

  private static @Nullable String mismatch(
      InputFile file, @Nullable List<String> columns, DocumentFields fields) {
    if (columns == null) {
      return null;
    }
    List<String> missing = new ArrayList<>();
    if (fields.id() != null && !has(columns, fields.id())) {
      missing.add("'" + fields.id() + "' (document.id)");
    }
    if (fields.key() != null && !has(columns, fields.key())) {
      missing.add("'" + fields.key() + "' (document.key)");
    }
    return missing.isEmpty()
        ? null
        : "The file "
            + file.name()
            + " has no column "
            + String.join(" and no column ", missing)
            + "; it has "
            + String.join(", ", columns.subList(0, Math.min(COLUMNS_NAMED, columns.size())))
            + (columns.size() > COLUMNS_NAMED ? ", …" : "");
  }

  /** A name with a dot may lead into a column. */
  private static boolean has(List<String> columns, String field) {
    return columns.contains(field)
        || columns.stream().anyMatch(name -> field.startsWith(name + "."));
  }

  /** What is wrong with every row of the file, as its columns tell; null where nothing is. */
  @Nullable String mismatch() {
    return mismatch;
  }

  /** The columns that every row has; null where rows have fields of their own. */
  @Nullable List<String> columns() {
    return source.columns();
  }

  /** The types of its columns, as far as the file says them. */
  Map<String, InputType> types() {
    return source.types();
  }

  /** Whether not even the beginning of the file can be read. */
  boolean isBroken() {
    return source instanceof BrokenFile;
  }

  /** The position of the row that {@link #next} returned last; 0 before the first. */
  long position() {
    return position;
  }

  /**
   * The next row; null at the end.
   *
   * @throws StorageException if the storage fails
   */
  @Nullable Row next() throws StorageException {
    Row again = unread.poll();
    if (again != null) {
      position = again.position();
      return again;
    }
    if (ended) {
      return null;
    }
    try {
      Row row = source.next(position + 1);
      if (row == null) {
        ended = true;
        return cutOff();
      }
      unfolded.add(row.text().length());
      position++;
      return mismatch == null || row.problem() != null
          ? row
          : new Row(position, row.text(), mismatch, row.lost());
    } catch (IOException | RuntimeException | StackOverflowError | LinkageError e) {
      Faults.throwIfStorage(e);
      ended = true;
      position++;
      long lost = Math.max(0, source.left() - 1);
      return new Row(
          position,
          "",
          (isBroken() ? "" : "Read the rest of the file: ")
              + Faults.reason(e)
              + (isBroken() ? "" : "; rows before this one are complete")
              + (lost == 0 ? "" : "; rows lost with it: " + lost + source.andMore())
              + "; mend the file and run again",
          lost);
    }
  }

  /** What stands for rows that were there when the file was listed; null where all are there. */
  private @Nullable Row cutOff() throws IOException {
    String problem = file == null ? null : file.problem();
    return problem == null ? null : new Row(++position, "", problem);
  }

  /**
   * Goes on behind a position.
   *
   * @return false if the file ends before it
   */
  boolean skipTo(long behind) throws StorageException {
    if (unread.isEmpty() && !ended && behind > position) {
      try {
        position += source.skip(behind - position);
      } catch (IOException | RuntimeException | StackOverflowError | LinkageError e) {
        // Reading row by row comes to the same place, and says what is wrong.
        Faults.throwIfStorage(e);
      }
    }
    while (position < behind) {
      if (next() == null) {
        return false;
      }
    }
    return true;
  }

  /** How many rows the file has, about, from those that were read. */
  long expectedRows(long rows, long textBytes, long fileBytes) {
    return source.expectedRows(rows, textBytes, fileBytes);
  }

  /**
   * Gives the last rows back.
   *
   * @param rows at least one, in their order
   */
  void unread(List<Row> rows) {
    unread.addAll(rows);
    position = rows.get(0).position() - 1;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  /** A file of which not even the beginning can be read. */
  private record BrokenFile(String problem) implements RowSource {
    @Override
    public @Nullable Row next(long position) throws IOException {
      throw new IOException(problem);
    }

    @Override
    public void close() {}
  }
}
