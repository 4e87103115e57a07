package io.sluice.pipeline.input.text;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a file is that is no text, by its first bytes. */
final class Magic {
  /** Where an archive of tar has its own name, in the header of its first file. */
  private static final int TAR_AT = 257;

  private static final int LOOK_BYTES = TAR_AT + 5;

  /** By their first bytes. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("\u00fd7zXZ\u0000", "packed with xz: unpack it, or pack it with gzip or zstd"),
          Map.entry("7z\u00bc\u00af\u0027\u001c", "a 7-Zip archive: unpack it"),
          Map.entry("Rar!\u001a\u0007", "a RAR archive: unpack it"),
          Map.entry("\u0004\"M\u0018", "packed with lz4: unpack it, or pack it with gzip or zstd"),
          Map.entry(
              "\u001f\u009d", "packed with compress: unpack it, or pack it with gzip or zstd"),
          Map.entry("ARROW1\u0000\u0000", "Arrow: write it as Parquet"),
          Map.entry("\u0089PNG\r\n\u001a\n", "an image"),
          Map.entry("\u00ff\u00d8\u00ff", "an image"),
          Map.entry(
              "\u00d0\u00cf\u0011\u00e0", "a document of an office program: export it as csv"),
          Map.entry("SQLite format 3\u0000", "a database of SQLite: export it as csv"));

  private Magic() {}

  /**
   * @throws IOException if it is something else, with what to do
   */
  static void check(BufferedInputStream in) throws IOException {
    String first = new String(Faulty.look(in, LOOK_BYTES), StandardCharsets.ISO_8859_1);
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
    if (first.startsWith("ustar", TAR_AT) && first.indexOf(0) >= 0) {
      return "a tar archive: unpack it";
    }
    for (Map.Entry<String, String> other : OTHERS.entrySet()) {
      if (first.startsWith(other.getKey())) {
        return other.getValue();
      }
    }
    return null;
  }
}
