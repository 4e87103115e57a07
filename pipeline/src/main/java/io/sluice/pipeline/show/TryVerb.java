package io.sluice.pipeline.show;

import io.sluice.AskModel;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.store.StoredFiles;
import io.sluice.internal.temporary.TemporaryFiles;
import io.sluice.pipeline.claim.LedgerHold;
import io.sluice.pipeline.claim.OutputDirectory;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputDocuments;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.plan.JobArguments;
import io.sluice.pipeline.plan.Prices;
import io.sluice.pipeline.runner.PipelineRun;
import io.sluice.pipeline.runner.RunnerOptions;
import io.sluice.pipeline.task.JobTask;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptions;
import org.jspecify.annotations.Nullable;

/**
 * The verb {@code try}: asks a few documents through the stages of a run, and shows the answers.
 */
public final class TryVerb {
  /** As many documents are drawn from at most: reading more takes longer than it tells. */
  private static final int DRAWN_FROM = 200_000;

  private final PrintStream out;
  private final PrintStream err;

  public TryVerb(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * @return the exit code
   * @throws UsageException if nothing was sent because a flag, the task or an input path is wrong
   */
  public int run(List<String> args) throws IOException {
    TryFlags flags = new TryFlags();
    if (!flags.parse(args, out)) {
      return 0;
    }
    PipelineOptions options = RunnerOptions.of(flags.job, flags.runner, false, TryFlags.spec());
    FileSystems.setDefaultPipelineOptions(options);
    if (RunnerOptions.detached(flags.runner)) {
      throw new UsageException("try asks from this machine; leave --flinkMaster and --runner out");
    }
    JobTask job = JobArguments.task(flags.job, flags.budgetUsd, null, false, null);
    JobArguments.checkWay(job.task()).forEach(warning -> err.println("Warning: " + warning));
    InputFiles input = JobArguments.input(flags.job, false);
    List<InputFile> files = JobArguments.list(input);
    JobArguments.checkTables(flags.job, input, files);
    JobArguments.checkModel(job.task());
    JobArguments.checkKeys(job.task());
    JobArguments.checkColumns(job, files, null);
    Prices prices = Prices.of(job, flags.job.prices());
    Price price = prices.forSpending();
    job = prices.priced();
    List<Document> documents = draw(files, job, flags);
    if (documents.isEmpty()) {
      throw new UsageException("--input: there is no document that can be asked");
    }
    String output = flags.job.output();
    if (output == null) {
      String scratch = TemporaryFiles.createDirectory("sluice-try").toString();
      try {
        return ask(documents, new Way(job, price, options, scratch + "/ledger", scratch, false));
      } finally {
        clear(scratch);
      }
    }
    try (OutputDirectory directory = OutputDirectory.claim(output, job.task().name());
        LedgerHold ledger = LedgerHold.claim(ledger(flags, directory.paths()), directory.paths())) {
      String scratch = directory.paths().temporary("try-" + UUID.randomUUID());
      try {
        return ask(
            documents,
            new Way(job, price, options, ledger(flags, directory.paths()), scratch, true));
      } finally {
        clear(scratch);
      }
    }
  }

  private static void clear(String directory) throws IOException {
    StoredFiles.delete(StoredFiles.names(directory, "**"));
    if (StoredFiles.isLocal(directory) && Files.isDirectory(Path.of(directory))) {
      try (Stream<Path> left = Files.walk(Path.of(directory))) {
        for (Path one : left.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(one);
        }
      }
    }
  }

  private static String ledger(TryFlags flags, OutputPaths paths) {
    String named = flags.job.ledger();
    return named == null ? paths.defaultLedger() : JobArguments.absolute(named);
  }

  /**
   * How documents are asked.
   *
   * @param kept whether the ledger is one that a run takes answers from
   */
  private record Way(
      JobTask job,
      @Nullable Price price,
      PipelineOptions options,
      String ledger,
      String scratch,
      boolean kept) {}

  /** So many documents, each as likely as any other (Vitter's algorithm R). */
  private static List<Document> draw(List<InputFile> files, JobTask job, TryFlags flags)
      throws IOException {
    Random random = new Random(flags.seed);
    long limit = flags.job.limit() > 0 ? Math.min(flags.job.limit(), DRAWN_FROM) : DRAWN_FROM;
    List<Document> drawn = new ArrayList<>();
    try (InputDocuments documents = new InputDocuments(files, job.fields())) {
      Document document = documents.next();
      for (int seen = 1; document != null && seen <= limit; seen++) {
        if (drawn.size() < flags.number) {
          drawn.add(document);
        } else {
          int at = random.nextInt(seen);
          if (at < drawn.size()) {
            drawn.set(at, document);
          }
        }
        document = documents.next();
      }
    }
    return drawn;
  }

  private int ask(List<Document> documents, Way way) throws IOException {
    String result = way.scratch() + "/rows.jsonl";
    Pipeline pipeline = Pipeline.create(way.options());
    TryRun.apply(
        pipeline,
        documents,
        AskModel.of(way.job().task().withDelivery(ModelTask.Delivery.REALTIME))
            .withRun("try-" + UUID.randomUUID().toString().substring(0, 8))
            .withLedger(way.ledger())
            .withPrice(way.price())
            .withBudget(way.job().budgetUsd())
            .withKeyBudgets(way.job().caps().byKeyUsd()),
        result);
    PipelineRun.interruptibly(
        () -> PipelineRun.toItsEnd(pipeline, "Trying", running -> {}),
        () -> {
          err.println("\nInterrupted: nothing more is sent, waiting for calls in flight");
          PipelineRun.land();
        });
    TryRun.Rows rows = TryRun.read(result);
    rows.print(out);
    out.println(
        way.kept()
            ? "The answers are kept in " + way.ledger() + ": run takes them from there"
            : "The answers are not kept: with --output=DIR, that of the run, it has them for free");
    if (rows.count("account") > 0) {
      return RunState.STOPPED_BY_PROVIDER.exitCode();
    }
    if (rows.count("budget") > 0) {
      return RunState.STOPPED_BY_BUDGET.exitCode();
    }
    return rows.answered() == 0 ? RunState.TOO_MANY_FAILURES.exitCode() : 0;
  }
}
