package io.sluice.internal.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.jetbrains.kotlinx.lincheck.paramgen.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * {@link LedgerIndex} is guarded from outside: this is the ledger, its only entry, with the threads
 * of several engines. One row claims an answer's cost, whoever asks at once. Under stress, not by a
 * model: what is written goes through the operating system.
 */
@Param(name = "request", gen = IntGen.class, conf = "0:2")
public class LedgerIndexLincheckTest {
  private static final Path ROOT = root();
  private final Ledger ledger = Records.open(directory(), "run");

  private static Path root() {
    try {
      return Files.createTempDirectory("sluice-lincheck");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path directory() {
    try {
      return Files.createTempDirectory(ROOT, "ledger");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String fingerprint(int request) {
    return String.format(Locale.ROOT, "%064x", request + 1);
  }

  @Operation
  public void answer(@Param(name = "request") int request) {
    Ledger.Call call = ledger.begin("", fingerprint(request), null);
    ledger.end(call, Records.answer("answer " + request, "0.5"));
  }

  @Operation
  public boolean claim(@Param(name = "request") int request) {
    return ledger.claimCost(fingerprint(request));
  }

  @Operation
  public String find(@Param(name = "request") int request) {
    LedgerEntry entry = ledger.find(fingerprint(request));
    return entry == null ? "nothing" : String.valueOf(entry.model());
  }

  @BeforeAll
  static void registerFileSystems() {
    FileSystems.setDefaultPipelineOptions(PipelineOptionsFactory.create());
  }

  @AfterAll
  static void delete() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  @Test
  void itIsLinearizable() {
    new StressOptions()
        .iterations(10)
        .invocationsPerIteration(30)
        .threads(3)
        .actorsPerThread(2)
        .check(getClass());
  }
}
