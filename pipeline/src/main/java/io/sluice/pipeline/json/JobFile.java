package io.sluice.pipeline.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.sluice.internal.store.StoredFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Files of JSON in a job's directories, each a record: anybody may have written there since. */
public final class JobFile {
  /** Ten thousand names of inputs, as long as names can be, are less. */
  private static final long MOST_BYTES = 64L << 20;

  private JobFile() {}

  /**
   * A file of a job; null where there is none.
   *
   * @throws DamagedFileException if it is no JSON object
   */
  public static <T> @Nullable T read(String file, Class<T> type) throws IOException {
    checkSize(file);
    byte[] content = StoredFiles.read(file);
    if (content == null) {
      return null;
    }
    try {
      return Json.read(content, type);
    } catch (IOException e) {
      // Its own words name our classes, and may quote the file.
      throw new DamagedFileException(file, "expected a JSON object" + place(e));
    }
  }

  private static void checkSize(String file) throws IOException {
    if (!StoredFiles.isLocal(file) || !Files.isRegularFile(Path.of(file))) {
      return;
    }
    long bytes = Files.size(Path.of(file));
    if (bytes > MOST_BYTES) {
      throw new DamagedFileException(file, "it has " + bytes + " bytes; the most is " + MOST_BYTES);
    }
  }

  private static String place(IOException e) {
    JsonLocation at = e instanceof JsonProcessingException json ? json.getLocation() : null;
    return at == null || at.getLineNr() < 1
        ? ""
        : ", and it is none at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  /** A time in ISO 8601; null where a text is none. */
  public static @Nullable String moment(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text).toString();
    } catch (DateTimeException e) {
      return null;
    }
  }
}
