package io.sluice.pipeline.input;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How documents lie in a file. */
public enum InputFormat {
  /** By the file's name. */
  AUTO,
  /** JSON objects: one a line, or the elements of an array. */
  JSONL,
  /** Comma- or tab-separated, with a header. */
  CSV,
  /** A document a line. */
  TEXT,
  /** A document a file. */
  FILE,
  /** Avro's container files: a document a record. */
  AVRO,
  /** A document a record. */
  PARQUET;

  /** The names that a flag takes, for messages. */
  public static final String NAMES = "auto, jsonl, csv, text, file, avro or parquet";

  /** The name that a flag takes. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The format that a name stands for; null where it stands for none. */
  static @Nullable InputFormat ofName(String file) {
    String name = withoutCompression(file.toLowerCase(Locale.ROOT));
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json")) {
      return JSONL;
    }
    if (name.endsWith(".csv") || name.endsWith(".tsv")) {
      return CSV;
    }
    if (name.endsWith(".avro")) {
      return AVRO;
    }
    if (name.endsWith(".parquet") || name.endsWith(".parq")) {
      return PARQUET;
    }
    return name.endsWith(".txt") ? TEXT : null;
  }

  /** A name that tells how documents lie in its file: spaces that slipped in behind it do not. */
  static String bare(String name) {
    return name.stripTrailing();
  }

  static boolean isPacked(String name) {
    String lower = bare(name).toLowerCase(Locale.ROOT);
    return !withoutCompression(lower).equals(lower);
  }

  static String withoutCompression(String named) {
    String name = bare(named);
    for (String suffix : new String[] {".gz", ".bz2", ".zst"}) {
      if (name.endsWith(suffix)) {
        return name.substring(0, name.length() - suffix.length());
      }
    }
    return name;
  }
}
