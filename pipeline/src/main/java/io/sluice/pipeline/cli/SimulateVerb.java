package io.sluice.pipeline.cli;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.simulate.Simulator;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.simulate.hostile.HostileFront;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The verb {@code simulate}. */
@Command(
    name = "sluice simulate",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "A provider on localhost to rehearse against: OpenAI's chat completions, responses and"
          + " embeddings, Anthropic's Messages, the interfaces of Gemini, Mistral and Bedrock,"
          + " answers also in batches, with quotas, latency, faults, and books of what it billed"
          + " under /stats. An API key is any text; one that begins with bad is refused.",
      ""
    })
final class SimulateVerb {
  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "0 picks a free port. Default: 8089.")
  int port = 8089;

  @Option(names = "--portFile", paramLabel = "FILE", description = "Where to write the port.")
  @Nullable String portFile;

  @Option(
      names = "--requestsPerMinute",
      paramLabel = "N",
      description = "Of each account. Default: 6000.")
  long requestsPerMinute = 6_000;

  @Option(
      names = "--tokensPerMinute",
      paramLabel = "N",
      description = "Of each account. Default: 2000000.")
  long tokensPerMinute = 2_000_000;

  @Option(
      names = "--burst",
      paramLabel = "SECONDS",
      description = "Seconds of quota that the buckets hold. Default: 1.")
  double burst = 1;

  @Option(names = "--settle", description = "Give back output that was reserved and not used.")
  boolean settle;

  @Option(
      names = "--latencyMs",
      paramLabel = "MS",
      description = "Mean time to an answer. Default: 200.")
  double latencyMs = 200;

  @Option(
      names = "--latencySigma",
      paramLabel = "SIGMA",
      description = "Spread of its logarithm. Default: 0.5.")
  double latencySigma = 0.5;

  @Option(
      names = "--faults",
      paramLabel = "NAME=RATE,…",
      description = "Faults by rate: " + Simulator.FAULTS + ".")
  String faults = "";

  @Option(
      names = "--hostile",
      paramLabel = "NAME=RATE,…",
      description = "What no server should do, by rate: " + HostileFront.NAMES + ".")
  String hostile = "";

  @Option(
      names = "--labels",
      paramLabel = "LABEL",
      split = ",",
      description = "Answer with one of these.")
  List<String> labels = new ArrayList<>();

  @Option(
      names = "--creditUsd",
      paramLabel = "USD",
      description = "What each account can spend. Default: 1000000.")
  BigDecimal creditUsd = new BigDecimal(1_000_000);

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Another seed, other latencies. Default: 1.")
  long seed = 1;

  @Option(
      names = "--batchSeconds",
      paramLabel = "SECONDS",
      description = "From a batch's creation to its end. Default: 5.")
  double batchSeconds = BatchOptions.DEFAULT.seconds();

  @Option(
      names = "--batchEnqueuedTokens",
      paramLabel = "N",
      description = "Input tokens that an account's open batches may have (OpenAI). No default.")
  long batchEnqueuedTokens = BatchOptions.DEFAULT.enqueuedTokens();

  @Option(
      names = "--batchFaults",
      paramLabel = "NAME=RATE,…",
      description = "Faults of batches by rate: " + BatchOptions.FAULTS + ".")
  String batchFaults = "";

  private SimulateVerb() {}

  /** Runs until the process is interrupted. */
  static int run(List<String> args, PrintStream out) throws IOException {
    SimulateVerb flags = new SimulateVerb();
    CommandLine line = new CommandLine(flags);
    if (!VerbFlags.parse(line, args, out)) {
      return 0;
    }
    Simulator.Options options;
    try {
      HostileFront.check(flags.hostile);
      options = flags.options();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage() + VerbFlags.seeHelp(line.getCommandSpec()));
    }
    try (Simulator simulator = Simulator.start(options)) {
      if (flags.hostile.isBlank()) {
        flags.serve(simulator, simulator.port(), out);
        return 0;
      }
      try (HostileFront front =
          HostileFront.start(flags.port, simulator.port(), flags.hostile, flags.seed)) {
        flags.serve(simulator, front.port(), out);
      }
    } catch (BindException e) {
      throw new UsageException(
          "simulate cannot listen on --port="
              + flags.port
              + " ("
              + e.getMessage()
              + "): another process has it; end that, or name another port, 0 for any that is free");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  private void serve(Simulator simulator, int listening, PrintStream out)
      throws IOException, InterruptedException {
    if (portFile != null) {
      Files.writeString(Path.of(portFile), String.valueOf(listening));
    }
    String own = ":" + simulator.port();
    out.println(
        "Listening: set provider.baseUrl to "
            + simulator.baseUrls().entrySet().stream()
                .map(
                    kind ->
                        kind.getValue().replace(own, ":" + listening)
                            + " (kind "
                            + kind.getKey()
                            + ")")
                .collect(Collectors.joining(" or "))
            + "; books at "
            + simulator.statsUrl().replace(own, ":" + listening)
            + "; Ctrl-C ends it");
    out.flush();
    Thread.currentThread().join();
  }

  private Simulator.Options options() {
    return new Simulator.Options(
        // Behind a hostile front any port will do.
        hostile.isBlank() ? port : 0,
        requestsPerMinute,
        tokensPerMinute,
        burst,
        settle,
        latencyMs,
        latencySigma,
        faults,
        labels,
        creditUsd,
        seed,
        new BatchOptions(batchSeconds, batchEnqueuedTokens, batchFaults));
  }
}
