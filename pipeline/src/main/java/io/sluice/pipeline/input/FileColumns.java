package io.sluice.pipeline.input;

import io.sluice.pipeline.table.InputType;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.io.Compression;
import org.jspecify.annotations.Nullable;

/**
 * Holds the columns of files against what a task names, where that is cheap: a file's header is
 * read, and nothing behind it. A file that cannot be read is left to who reads it.
 */
public final class FileColumns {
  private static final int LOCAL_FILES = 1_000;
  private static final int STORED_FILES = 20;

  /** Takes what the columns of a file are. */
  public interface Columns {
    /**
     * @param mismatch what is wrong with every row of the file; null where nothing is
     */
    void of(InputFile file, @Nullable String mismatch, List<String> columns);
  }

  private FileColumns() {}

  /**
   * Looks at files.
   *
   * @return how many files' columns were looked at
   */
  public static int each(List<InputFile> files, DocumentFields fields, Columns to) {
    int checked = 0;
    int left = LOCAL_FILES;
    for (InputFile file : files) {
      boolean stored = file.name().contains("://");
      left -= stored ? LOCAL_FILES / STORED_FILES : 1;
      if (left < 0) {
        break;
      }
      checked += isCheap(file) && look(file, fields, to) ? 1 : 0;
    }
    return checked;
  }

  private static boolean look(InputFile file, DocumentFields fields, Columns to) {
    String mismatch;
    List<String> columns;
    try (RowReader reader = RowReader.open(file, fields)) {
      mismatch = reader.mismatch();
      columns = reader.columns();
    } catch (IOException e) {
      return false;
    }
    if (columns != null) {
      to.of(file, mismatch, columns);
    }
    return columns != null;
  }

  /**
   * The types of columns in which all files agree that say one; of as many files as are {@link
   * #each} looks at.
   */
  public static Map<String, InputType> types(
      List<InputFile> files, DocumentFields fields, List<String> columns) {
    Map<String, InputType> types = new HashMap<>();
    Set<String> apart = new HashSet<>();
    int left = LOCAL_FILES;
    for (InputFile file : files) {
      left -= file.name().contains("://") ? LOCAL_FILES / STORED_FILES : 1;
      if (left < 0 || !isCheap(file)) {
        // One that says nothing may have anything; values tell.
        break;
      }
      Map<String, InputType> own = typesOf(file, fields);
      for (String column : columns) {
        InputType type = own.get(column);
        InputType before = type == null ? types.get(column) : types.putIfAbsent(column, type);
        if (type == null ? before != null : before != null && !before.equals(type)) {
          apart.add(column);
        }
      }
    }
    types.keySet().removeAll(apart);
    return types;
  }

  private static Map<String, InputType> typesOf(InputFile file, DocumentFields fields) {
    try (RowReader reader = RowReader.open(file, fields)) {
      return reader.types();
    } catch (IOException e) {
      return Map.of();
    }
  }

  private static boolean isCheap(InputFile file) {
    return file.hasColumns()
        && (file.format() != InputFormat.PARQUET
            || Compression.detect(file.name()) == Compression.UNCOMPRESSED);
  }
}
