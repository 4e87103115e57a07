import io.sluice.Usage;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/**
 * What does it take to open a ledger of so many answers, and how much memory does it hold then?
 * Writes one into a directory that is not there yet, opens it, and finds every thousandth answer.
 */
public final class OpenLedger {
  private OpenLedger() {}

  public static void main(String[] args) {
    Path directory = Path.of(args[0]);
    int records = Integer.parseInt(args[1]);
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
    if (Files.exists(directory)) {
      throw new IllegalArgumentException(directory + " is there; give one that is not");
    }
    write(directory, records);
    long before = used();
    long begun = System.nanoTime();
    try (Ledger ledger = open(directory, "read")) {
      double seconds = seconds(begun);
      long held = used() - before;
      System.out.printf(
          "opened in %.1f s; it holds %,d bytes, %.1f a record%n",
          seconds, held, (double) held / records);
      begun = System.nanoTime();
      int found = 0;
      for (int i = 0; i < records; i += 1_000) {
        LedgerEntry entry = ledger.find(fingerprint(i));
        if (entry == null || !("answer " + i).equals(entry.raw())) {
          throw new IllegalStateException("Answer " + i + " is not there");
        }
        found++;
      }
      System.out.printf("%,d found again in %.2f s%n", found, seconds(begun));
    }
  }

  private static void write(Path directory, int records) {
    long begun = System.nanoTime();
    try (Ledger ledger = open(directory, "write")) {
      BigDecimal cost = new BigDecimal("0.00002145");
      for (int i = 0; i < records; i++) {
        Ledger.Call call = ledger.begin("", fingerprint(i), cost);
        ledger.end(call, answer(i, cost));
      }
    }
    System.out.printf("%,d answers written in %.1f s%n", records, seconds(begun));
  }

  private static Ledger open(Path directory, String run) {
    return Ledger.open(
        new Ledger.Options(
            directory.toString(), "bench", run, partition -> true, InstantSource.system()));
  }

  private static String fingerprint(int i) {
    return String.format("%016x", i * 0x9E3779B97F4A7C15L).repeat(4);
  }

  private static LedgerEntry answer(int i, BigDecimal cost) {
    return new LedgerEntry(
        LedgerEntry.Outcome.ANSWER,
        "answer " + i,
        "gpt-4o-mini-2024-07-18",
        "stop",
        new Usage(120, 0, 4),
        cost,
        1,
        640,
        null,
        "",
        null,
        null,
        false,
        "billed");
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
