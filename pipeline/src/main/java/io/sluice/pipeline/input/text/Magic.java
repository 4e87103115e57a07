package io.sluice.pipeline.input.text;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What a file is that is no text, by its first bytes. */
final class Magic {
  private Magic() {}

  /**
   * @throws IOException if it is something else, with what to do
   */
  static void check(BufferedInputStream in) throws IOException {
    String first = new String(Faulty.look(in, 16), StandardCharsets.ISO_8859_1);
    String problem = problem(first);
    if (problem != null) {
      throw new IOException("it is no text but " + problem);
    }
  }

  private static @Nullable String problem(String first) {
    if (first.startsWith("PK\u0003\u0004") || first.startsWith("PK\u0005\u0006")) {
      return "a zip archive (or a document of an office program): unpack it, or export it as csv";
    }
    if (first.startsWith("\u001f\u008b")) {
      return "packed with gzip: give it a name that ends with .gz";
    }
    if (first.startsWith("\u0028\u00b5\u002f\u00fd")) {
      return "packed with zstd: give it a name that ends with .zst";
    }
    if (first.matches("(?s)BZh[1-9]1AY&SY.*")) {
      return "packed with bzip2: give it a name that ends with .bz2";
    }
    if (first.startsWith("PAR1")) {
      return "Parquet: say --inputFormat=parquet";
    }
    if (first.startsWith("Obj\u0001")) {
      return "Avro: say --inputFormat=avro";
    }
    if (first.startsWith("%PDF-")) {
      return "a PDF: extract its text first";
    }
    return first.startsWith("\u00d0\u00cf\u0011\u00e0")
        ? "a document of an office program: export it as csv"
        : first.startsWith("SQLite format 3\u0000")
            ? "a database of SQLite: export it as csv"
            : null;
  }
}
