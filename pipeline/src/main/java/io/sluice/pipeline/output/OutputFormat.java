package io.sluice.pipeline.output;

import java.util.Locale;

/** How results are written. Dead letters are always jsonl: any shape of document fits in. */
public enum OutputFormat {
  /** A JSON object a line. */
  JSONL,
  /** Comma-separated, with a header. */
  CSV,
  /** Avro container files, compressed with deflate. */
  AVRO,
  /** Parquet, compressed with zstd. */
  PARQUET;

  /** The names that a flag takes, for messages. */
  public static final String NAMES = "jsonl, csv, avro or parquet";

  /** Behind the dot of a file's name. */
  public String extension() {
    return name().toLowerCase(Locale.ROOT);
  }
}
