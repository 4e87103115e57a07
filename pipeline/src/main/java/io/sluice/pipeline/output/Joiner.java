package io.sluice.pipeline.output;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.ledger.reading.LineReader;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.table.TableWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.io.fs.ResourceId;

/**
 * Joins the parts that bundles have written, lines of JSON, into files of a fit size, in the format
 * that the task asks for.
 */
final class Joiner {
  private static final long FILE_BYTES = 256L << 20;
  private static final int BUFFER_BYTES = 1 << 16;

  private final String directory;

  /**
   * @param directory where the files go
   */
  Joiner(String directory) {
    this.directory = directory;
  }

  /** Joins parts as they are; at least one file, which may be empty. */
  List<ResourceId> lines(List<String> parts, String kind) throws IOException {
    List<ResourceId> files = new ArrayList<>();
    int next = 0;
    while (next < parts.size() || files.isEmpty()) {
      ResourceId file = file(kind, files.size(), OutputFormat.JSONL);
      try (OutputStream out =
          Channels.newOutputStream(FileSystems.create(file, "application/x-ndjson"))) {
        long bytes = 0;
        while (next < parts.size() && bytes < FILE_BYTES) {
          try (InputStream in = open(parts.get(next))) {
            bytes += in.transferTo(out);
          }
          next++;
        }
      }
      files.add(file);
    }
    return files;
  }

  /** Joins parts of results as columns; at least one file, which may have no rows. */
  List<ResourceId> columns(List<String> parts, String kind, OutputFormat format, Table table)
      throws IOException {
    if (table.looks()) {
      for (String part : parts) {
        each(part, table::look);
      }
    }
    List<ResourceId> files = new ArrayList<>();
    int next = 0;
    while (next < parts.size() || files.isEmpty()) {
      ResourceId file = file(kind, files.size(), format);
      try (OutputStream out =
              new BufferedOutputStream(
                  Channels.newOutputStream(FileSystems.create(file, "application/octet-stream")),
                  BUFFER_BYTES);
          TableWriter writer = table.writer(format.extension(), file.toString(), out)) {
        long bytes = 0;
        while (next < parts.size() && bytes < FILE_BYTES) {
          bytes += each(parts.get(next), writer::write);
          next++;
        }
      }
      files.add(file);
    }
    return files;
  }

  /** Takes the rows of a part, one by one. */
  private interface To {
    void take(JsonNode row) throws IOException;
  }

  private static long each(String part, To to) throws IOException {
    long bytes = 0;
    try (InputStream in = open(part)) {
      LineReader lines = new LineReader(in, BUFFER_BYTES);
      while (lines.next()) {
        to.take(
            Table.row(
                new String(lines.bytes(), lines.start(), lines.length(), StandardCharsets.UTF_8)));
        bytes += lines.length();
      }
      if (lines.length() > 0) {
        throw new IOException(part + " ends in the middle of a row; run the same command again");
      }
    }
    return bytes;
  }

  private static InputStream open(String part) throws IOException {
    return Channels.newInputStream(FileSystems.open(OutputPaths.file(part)));
  }

  private ResourceId file(String kind, int number, OutputFormat format) {
    return OutputPaths.file(
        String.format(Locale.ROOT, "%s/%s-%05d.%s", directory, kind, number, format.extension()));
  }
}
