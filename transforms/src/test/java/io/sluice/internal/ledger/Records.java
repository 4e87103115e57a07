package io.sluice.internal.ledger;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** Ledgers for tests. */
final class Records {
  static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z"));

  private Records() {}

  static Ledger open(Path directory, String run) {
    return Ledger.open(
        new Ledger.Options(directory.toString(), "job", run, partition -> true, CLOCK));
  }

  static String fingerprint(int i) {
    return String.format("%016x", i * 0x9E3779B97F4A7C15L).repeat(4);
  }

  static LedgerEntry answer(String model, String usd) {
    return new LedgerEntry(
        LedgerEntry.Outcome.ANSWER,
        "raw",
        model,
        "stop",
        new Usage(10, 2, 3),
        new BigDecimal(usd),
        1,
        42,
        null,
        "",
        null,
        null,
        false,
        "billed");
  }

  static LedgerEntry failure(String billing, String usd) {
    return new LedgerEntry(
        LedgerEntry.Outcome.FAILURE,
        null,
        "",
        "",
        new Usage(10, 0, 0),
        usd.isEmpty() ? null : new BigDecimal(usd),
        1,
        7,
        ErrorKind.REFUSAL,
        "no",
        200,
        null,
        false,
        billing);
  }

  static List<Path> segments(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
