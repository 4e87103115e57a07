package io.sluice.pipeline.input;

import io.sluice.spi.PromptException;
import java.io.IOException;
import java.util.List;
import org.apache.beam.sdk.io.Compression;
import org.jspecify.annotations.Nullable;

/**
 * Holds the columns of files against what a task names, where that is cheap: a file's header is
 * read, and nothing behind it. A file that cannot be read is left to who reads it.
 */
public final class FileColumns {
  private static final int LOCAL_FILES = 1_000;
  private static final int STORED_FILES = 20;

  /** Looks whether a prompt can be made of columns. */
  public interface Prompt {
    void check(List<String> columns) throws PromptException;
  }

  private FileColumns() {}

  /**
   * @return how many files' columns were looked at
   * @throws IllegalArgumentException if one lacks a column that the task names; the message says
   *     so, and which it has
   */
  public static int check(List<InputFile> files, DocumentFields fields, Prompt prompt) {
    int checked = 0;
    int left = LOCAL_FILES;
    for (InputFile file : files) {
      boolean stored = file.name().contains("://");
      left -= stored ? LOCAL_FILES / STORED_FILES : 1;
      if (left < 0) {
        break;
      }
      List<String> columns = isCheap(file) ? columns(file, fields) : null;
      if (columns != null) {
        checked++;
        try {
          prompt.check(columns);
        } catch (PromptException e) {
          throw new IllegalArgumentException("--input: " + file.name() + ": " + e.getMessage(), e);
        }
      }
    }
    return checked;
  }

  private static boolean isCheap(InputFile file) {
    return file.hasColumns()
        && (file.format() != InputFormat.PARQUET
            || Compression.detect(file.name()) == Compression.UNCOMPRESSED);
  }

  private static @Nullable List<String> columns(InputFile file, DocumentFields fields) {
    try (RowReader reader = RowReader.open(file, fields)) {
      if (reader.mismatch() != null) {
        throw new IllegalArgumentException("--input: " + reader.mismatch());
      }
      return reader.columns();
    } catch (IOException e) {
      return null;
    }
  }
}
