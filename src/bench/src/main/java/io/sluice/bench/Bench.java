package io.sluice.bench;

import io.sluice.Usage;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The benchmarks: each prints its figures beside a baseline of the same run. */
public final class Bench {
  private static final List<String> SCENARIOS =
      List.of(
          "ceiling",
          "requests",
          "tokens",
          "shared",
          "slow",
          "cascade",
          "keys",
          "stages",
          "ledger",
          "memory");
  private static final List<String[]> EMBEDDED =
      List.of(
          new String[] {"--runner=DirectRunner"},
          new String[] {"--runner=FlinkRunner", "--streaming=false"},
          new String[] {"--runner=FlinkRunner", "--streaming=true"});
  private static final String MASTER = "--flinkMaster=";
  private static final String UNLIMITED = "1000000000";
  private static final String NO_QUOTA =
      "requestsPerMinute: 1000000000, tokensPerMinute: 1000000000000, maxConcurrent: ";

  private final List<String> lines = new ArrayList<>();
  private final List<String[]> runners = new ArrayList<>(EMBEDDED);

  private Bench() {}

  public static void main(String[] args) throws Exception {
    Bench bench = new Bench();
    List<String> chosen = new ArrayList<>(List.of(args));
    chosen.removeIf(arg -> arg.startsWith(MASTER) && bench.addCluster(arg));
    if (chosen.isEmpty()) {
      chosen.addAll(SCENARIOS);
    }
    if (!SCENARIOS.containsAll(chosen)) {
      System.err.println(
          "Scenarios are "
              + String.join(", ", SCENARIOS)
              + "; a cluster is "
              + MASTER
              + "HOST:PORT");
      System.exit(2);
    }
    bench.line("| scenario | measured | figure | baseline, or what is meant by it |");
    bench.line("|---|---|---|---|");
    for (String scenario : chosen) {
      switch (scenario) {
        case "ceiling" -> bench.ceiling();
        case "requests" -> bench.requests();
        case "tokens" -> bench.tokens();
        case "shared" -> bench.shared();
        case "slow" -> bench.slow();
        case "cascade" -> bench.cascade();
        case "keys" -> bench.keys();
        case "stages" -> Stages.run(bench::row);
        case "ledger" -> bench.ledger();
        default -> bench.memory();
      }
    }
    bench.keep(String.join("-", chosen));
    System.exit(0);
  }

  /** The cluster's workers must have {@link Jar#KEY} in their environment. */
  private boolean addCluster(String master) {
    return runners.add(new String[] {"--runner=FlinkRunner", master});
  }

  private void line(String line) {
    lines.add(line);
    System.out.println(line);
  }

  private void row(String scenario, String measured, String figure, String baseline) {
    line("| " + scenario + " | " + measured + " | " + figure + " | " + baseline + " |");
  }

  private void keep(String name) throws IOException {
    Path directory = Files.createDirectories(Path.of("src/bench/results"));
    Path file = directory.resolve(LocalDate.now(ZoneOffset.UTC) + "-" + name + ".md");
    Files.writeString(
        file,
        String.format(
            Locale.ROOT,
            "%s, %d processors, Java %s%n%n%s%n",
            Instant.now(),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version(),
            String.join("\n", lines)));
    System.out.println("Kept in " + file);
  }

  /** A provider that takes all, and answers after so long. */
  private static String[] unlimited(int latencyMs) {
    return new String[] {
      "--requestsPerMinute=" + UNLIMITED,
      "--tokensPerMinute=" + UNLIMITED,
      "--latencyMs=" + latencyMs,
      "--latencySigma=0"
    };
  }

  private static Path scratch() throws IOException {
    return Files.createTempDirectory("sluice-bench");
  }

  private static String format(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /** 20,000 documents at 40 ms, with no limit but 100 in flight; a bare loop before each. */
  private void ceiling() throws Exception {
    int documents = 20_000;
    String[] provider = unlimited(40);
    Path directory = scratch();
    for (String[] runner : runners) {
      double bare;
      try (Provider server = new Provider(directory, provider);
          Loops loop = new Loops(server.url(), 100)) {
        bare = loop.bare(documents, 100);
      }
      try (Provider server = new Provider(directory, provider)) {
        Job job = new Job(scratch(), server.url(), NO_QUOTA + "100", 1);
        job.documents(documents);
        Jar.Ended ended = job.run(runner);
        Provider.Books books = server.books();
        String name = String.join(" ", runner);
        row(
            "ceiling",
            "calls/s between first and last call, " + name,
            format(bare / books.seconds()),
            String.format(
                Locale.ROOT,
                "bare loop: %.1f s for %,d calls; %d connections opened for 100 in flight",
                bare,
                documents,
                books.connections()));
        row(
            "ceiling",
            "whole command, " + name,
            format(bare / ended.seconds()),
            "the same, with the start of the JVM and the runner");
      }
    }
  }

  /** 6,000 requests a minute under a heavy tail. */
  private void requests() throws Exception {
    int documents = 9_000;
    String[] provider = {
      "--requestsPerMinute=6000",
      "--tokensPerMinute=" + UNLIMITED,
      "--latencyMs=1500",
      "--latencySigma=0.8"
    };
    Path directory = scratch();
    try (Provider server = new Provider(directory, provider);
        Loops loop = new Loops(server.url(), 500)) {
      loop.slidingWindow(Job.words(3_000, 20, 20), 500, 6_000, Long.MAX_VALUE);
      share("requests", "sliding-window loop", server.books(), "the common asyncio script");
    }
    for (String[] runner : runners) {
      try (Provider server = new Provider(directory, provider)) {
        Job job = atSixThousand(server, 500);
        job.documents(documents);
        job.run(runner);
        share("requests", String.join(" ", runner), server.books(), "1 is the quota");
      }
    }
  }

  /** 600,000 tokens a minute, documents from 10 to 10,000 tokens. */
  private void tokens() throws Exception {
    String[] provider = {
      "--requestsPerMinute=6000",
      "--tokensPerMinute=600000",
      "--latencyMs=1500",
      "--latencySigma=0.8"
    };
    int documents = 600;
    Path loops = scratch();
    try (Provider server = new Provider(loops, provider);
        Loops loop = new Loops(server.url(), 500)) {
      loop.slidingWindow(Job.words(documents, 10, 9_000), 500, 6_000, 600_000);
      tokenShare("sliding-window loop", server.books(), "the common asyncio script");
    }
    for (String[] runner : runners) {
      Path directory = scratch();
      try (Provider server = new Provider(directory, provider)) {
        Job job =
            new Job(
                directory,
                server.url(),
                "requestsPerMinute: 6000, tokensPerMinute: 600000, maxConcurrent: 500",
                1);
        job.documents(documents, 10, 9_000);
        job.run(runner);
        tokenShare(String.join(" ", runner), server.books(), "1 is the quota");
      }
    }
  }

  /** 6,000 requests a minute, of which a share finds no room by chance, whatever the rate. */
  private void shared() throws Exception {
    for (double refused : new double[] {0.04, 0.15, 0.3}) {
      String[] provider = {
        "--requestsPerMinute=6000",
        "--tokensPerMinute=" + UNLIMITED,
        "--latencyMs=1500",
        "--latencySigma=0.8",
        "--faults=shared=" + refused
      };
      Path directory = scratch();
      try (Provider server = new Provider(directory, provider);
          Loops loop = new Loops(server.url(), 200)) {
        loop.retrying(3_000, 200);
        answered(
            "shared", refused, "retrying loop", server.books(), "each call again, 200 at once");
      }
      for (String[] runner : runners) {
        try (Provider server = new Provider(directory, provider)) {
          Job job = atSixThousand(server, 500);
          job.documents(6_000);
          job.run(runner);
          answered(
              "shared", refused, String.join(" ", runner), server.books(), "1 is all there is");
        }
      }
    }
  }

  /** Beside what is left of the quota by chance, as it fell. */
  private void answered(
      String scenario, double refused, String measured, Provider.Books books, String baseline) {
    row(
        scenario,
        String.format(Locale.ROOT, "%.0f%% refused, %s", 100 * refused, measured),
        format(books.requestShare() / (1 - books.chanceShare())),
        baseline + "; 429s " + format(books.rateLimitedShare()));
  }

  /** A job that is told of 6,000 requests a minute. */
  private Job atSixThousand(Provider server, int most) throws IOException {
    return new Job(
        scratch(),
        server.url(),
        "requestsPerMinute: 6000, tokensPerMinute: 1000000000, maxConcurrent: " + most,
        1);
  }

  /** 6,000 requests a minute of a model that takes half a minute for each. */
  private void slow() throws Exception {
    String[] provider = {
      "--requestsPerMinute=6000",
      "--tokensPerMinute=" + UNLIMITED,
      "--latencyMs=30000",
      "--latencySigma=0.5"
    };
    Path directory = scratch();
    try (Provider server = new Provider(directory, provider);
        Loops loop = new Loops(server.url(), 200)) {
      loop.retrying(600, 200);
      share("slow", "retrying loop", server.books(), "200 at once");
    }
    for (String[] runner : runners) {
      try (Provider server = new Provider(directory, provider)) {
        Job job = atSixThousand(server, 5000);
        job.documents(12_000);
        Jar.Ended ended = job.run(runner);
        share(
            "slow",
            String.join(" ", runner),
            server.books(),
            "1 is the quota; " + ended.peakMb() + " MB at most");
      }
    }
  }

  /** 6,000 documents of four labels that can be learnt, with a small model and without. */
  private void cascade() throws Exception {
    int documents = 6_000;
    int labels = 4;
    for (int perMinute : new int[] {2_000, 30_000}) {
      String[] provider = {
        "--labels=" + Job.labels(labels),
        "--requestsPerMinute=" + perMinute,
        "--tokensPerMinute=" + UNLIMITED,
        "--latencyMs=500"
      };
      String quota =
          "requestsPerMinute: "
              + perMinute
              + ", tokensPerMinute: 1000000000000, maxConcurrent: 500";
      for (String[] runner : runners) {
        Jar.Ended without;
        try (Provider server = new Provider(scratch(), provider)) {
          without =
              Job.labelled(scratch(), server.url(), quota, documents, labels, false).run(runner);
        }
        try (Provider server = new Provider(scratch(), provider)) {
          Jar.Ended with =
              Job.labelled(scratch(), server.url(), quota, documents, labels, true).run(runner);
          row(
              "cascade",
              String.format(Locale.ROOT, "%,d a minute, %s", perMinute, String.join(" ", runner)),
              format(with.seconds() / without.seconds()),
              String.format(
                  Locale.ROOT,
                  "time beside %.0f s without it; %.3f of the calls, %+d MB",
                  without.seconds(),
                  (double) server.books().received() / documents,
                  with.peakMb() - without.peakMb()));
        }
      }
    }
  }

  private void tokenShare(String measured, Provider.Books books, String baseline) {
    row(
        "tokens",
        measured,
        format(books.tokenShare()),
        baseline + "; 429s " + format(books.rateLimitedShare()));
  }

  private void share(String scenario, String measured, Provider.Books books, String baseline) {
    row(
        scenario,
        measured,
        format(books.requestShare()),
        baseline + "; 429s " + format(books.rateLimitedShare()));
  }

  /** The same documents spread over more and more keys, with no limit. */
  private void keys() throws Exception {
    double one = 0;
    for (int keys : new int[] {1, 10, 100, 1_000}) {
      Path directory = scratch();
      try (Provider server = new Provider(directory, unlimited(40))) {
        Job job = new Job(directory, server.url(), NO_QUOTA + Math.max(1, 100 / keys), keys);
        job.documents(20_000);
        double seconds = job.run("--runner=FlinkRunner").seconds();
        one = keys == 1 ? seconds : one;
        row("keys", keys + " keys", format(one / seconds), "speed beside one key");
      }
    }
  }

  /** What keeping a call costs, beside the time between calls at 2,000 a second. */
  private void ledger() throws Exception {
    int calls = 100_000;
    Path directory = scratch();
    try (Ledger ledger =
        Ledger.open(
            new Ledger.Options(
                directory.toString(), "bench", "run", part -> true, InstantSource.system()))) {
      LedgerEntry entry =
          new LedgerEntry(
              LedgerEntry.Outcome.ANSWER,
              "an answer of some length, as they are",
              "gpt-4o-mini",
              "stop",
              new Usage(30, 0, 13),
              new BigDecimal("0.0000123"),
              1,
              40,
              null,
              "",
              null,
              null,
              false,
              "billed");
      keepCalls(ledger, entry, calls);
      // Time of the processor: what other processes of the machine take is not the ledger's.
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long begun = threads.getCurrentThreadCpuTime();
      keepCalls(ledger, entry, calls);
      double micros = (threads.getCurrentThreadCpuTime() - begun) / 1e3 / calls;
      row(
          "ledger",
          "begin and end of a call",
          String.format(Locale.ROOT, "%.1f µs", micros),
          String.format(Locale.ROOT, "%.1f%% of the 500 µs between calls at 2,000/s", micros / 5));
    }
  }

  private static void keepCalls(Ledger ledger, LedgerEntry entry, int calls) {
    for (int i = 0; i < calls; i++) {
      String fingerprint = String.format(Locale.ROOT, "%064x", i);
      ledger.end(ledger.begin("key", fingerprint, BigDecimal.ONE), entry);
    }
  }

  /**
   * Peak resident memory beside the number of documents, on embedded Flink. The heap is small, so
   * that what is not garbage would show: a larger one only delays collecting.
   */
  private void memory() throws Exception {
    for (int documents : new int[] {10_000, 100_000, 1_000_000}) {
      for (boolean steps : new boolean[] {false, true}) {
        Path directory = scratch();
        try (Provider server = new Provider(directory, unlimited(5))) {
          Job job =
              steps
                  ? Job.ofTwoSteps(directory, server.url(), NO_QUOTA + "50")
                  : new Job(directory, server.url(), NO_QUOTA + "50", 1);
          job.documents(documents);
          Jar.Ended ended = job.run(List.of("-Xmx768m"), "--runner=FlinkRunner");
          row(
              "memory",
              String.format(
                  Locale.ROOT, "%,d documents%s", documents, steps ? " of two steps" : ""),
              ended.peakMb() + " MB at most",
              String.format(Locale.ROOT, "%.0f s", ended.seconds()));
        }
      }
    }
  }
}
