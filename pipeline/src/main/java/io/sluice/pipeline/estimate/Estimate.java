package io.sluice.pipeline.estimate;

import io.sluice.AskModel;
import io.sluice.cost.Price;
import io.sluice.internal.store.StoredFiles;
import io.sluice.internal.temporary.TemporaryFiles;
import io.sluice.pipeline.claim.LedgerHold;
import io.sluice.pipeline.claim.OutputDirectory;
import io.sluice.pipeline.estimate.counting.CountDocuments;
import io.sluice.pipeline.estimate.counting.Counts;
import io.sluice.pipeline.estimate.counting.Draw;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.input.ReadDocuments;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.plan.JobArguments;
import io.sluice.pipeline.plan.Prices;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.runner.PipelineRun;
import io.sluice.pipeline.runner.RunnerOptions;
import io.sluice.pipeline.task.JobTask;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.jspecify.annotations.Nullable;

/**
 * The verb {@code estimate}: counts the whole input with the stages of a run, asks a sample where
 * that is wanted, and says what the job will take.
 */
public final class Estimate {
  /** Drawn in any case, to compare tokenizers. */
  private static final int LEAST_DRAWN = 200;

  private final PrintStream out;
  private final PrintStream err;

  public Estimate(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * @return the exit code
   * @throws UsageException if nothing was sent because a flag, the task or an input path is wrong
   */
  public int run(List<String> args) throws IOException {
    EstimateFlags flags = new EstimateFlags();
    if (!flags.parse(args, out)) {
      return 0;
    }
    PipelineOptions options =
        RunnerOptions.of(flags.job, flags.runner, false, EstimateFlags.spec());
    FileSystems.setDefaultPipelineOptions(options);
    JobTask job = JobArguments.task(flags.job, flags.budgetUsd, null, false, null);
    InputFiles input = JobArguments.input(flags.job, false);
    List<InputFile> files = JobArguments.list(input);
    JobArguments.checkTables(flags.job, input, files);
    boolean detached = RunnerOptions.detached(flags.runner);
    JobArguments.checkPipes(files, detached);
    if (detached && flags.job.output() == null) {
      throw new UsageException(
          "Missing --output=DIR: the cluster leaves its result there; see sluice estimate --help");
    }
    JobArguments.checkColumns(job, files, null);
    Prices prices = Prices.of(job, flags.job.prices());
    job = prices.priced();
    prices.checkAnswers();
    if (flags.sample == null) {
      return run(flags, options, job, input, files, prices, scratch(flags));
    }
    if (!detached) {
      // On a cluster the keys are the workers'; one that lacks its key says so and stops.
      JobArguments.checkKeys(job.task());
    }
    prices.forSpending();
    try (OutputDirectory directory =
            OutputDirectory.claim(flags.job.requiredOutput(), job.task().name());
        LedgerHold ledger = LedgerHold.claim(ledger(flags, directory.paths()), directory.paths())) {
      return run(
          flags, options, job, input, files, prices, directory.paths().temporary("estimate"));
    }
  }

  /** Where results pass from workers to here: with an output directory they share that one. */
  private static String scratch(EstimateFlags flags) throws IOException {
    String output = flags.job.output();
    if (output != null) {
      return new OutputPaths(JobArguments.absolute(output)).temporary("estimate");
    }
    Path named = TemporaryFiles.createDirectory("sluice-estimate");
    named.toFile().deleteOnExit();
    return named.toString();
  }

  private int run(
      EstimateFlags flags,
      PipelineOptions options,
      JobTask job,
      InputFiles input,
      List<InputFile> files,
      Prices prices,
      String scratch)
      throws IOException {
    String name =
        DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT)
                .withZone(ZoneOffset.UTC)
                .format(Instant.now())
            + "_"
            + UUID.randomUUID().toString().substring(0, 4);
    String directory = scratch + "-" + name;
    try {
      String ledger = ledger(flags);
      Counts counts = count(flags, options, job, prices.price(), input, ledger, directory);
      SampleForecast sample =
          flags.sample == null
              ? null
              : ask(flags.sample, options, job, prices.price(), counts, name, ledger, directory);
      ProviderCount counted =
          flags.countTokens && sample == null
              ? ProviderCount.of(job.task(), counts.draw.documents(), System::getenv, err)
              : null;
      Forecast forecast =
          Forecast.of(job, prices, counts, sample == null ? null : sample.known(), counted);
      EstimatePage page = new EstimatePage(job, prices, files, counts, forecast, sample);
      if (flags.json) {
        out.println(page.json());
      } else {
        page.print(out);
      }
      return sample == null ? 0 : exitCode(sample);
    } finally {
      StoredFiles.delete(StoredFiles.names(directory, "**"));
      if (!directory.contains("://")) {
        Files.deleteIfExists(Path.of(directory));
      }
    }
  }

  private static String ledger(EstimateFlags flags, OutputPaths paths) {
    String ledger = flags.job.ledger();
    return ledger == null ? paths.defaultLedger() : JobArguments.absolute(ledger);
  }

  private static @Nullable String ledger(EstimateFlags flags) {
    String ledger = flags.job.ledger();
    if (ledger != null) {
      return JobArguments.absolute(ledger);
    }
    String output = flags.job.output();
    return output == null ? null : new OutputPaths(JobArguments.absolute(output)).defaultLedger();
  }

  private Counts count(
      EstimateFlags flags,
      PipelineOptions options,
      JobTask job,
      @Nullable Price price,
      InputFiles input,
      @Nullable String ledger,
      String directory)
      throws IOException {
    int draw = Math.max(LEAST_DRAWN, flags.sample == null ? 0 : flags.sample);
    Pipeline pipeline = Pipeline.create(options);
    PCollectionTuple read =
        pipeline.apply("ReadDocuments", ReadDocuments.of(input, job.fields(), flags.job.limit()));
    CountDocuments.apply(read, job.task(), price, ledger, draw, flags.seed, directory);
    execute(pipeline);
    try {
      return CountDocuments.result(directory, draw);
    } catch (FileNotFoundException e) {
      throw new JobFailedException(
          "The workers' result is not in "
              + directory
              + "; give --output=DIR on a file system that they share with this machine",
          e);
    }
  }

  private SampleForecast ask(
      int size,
      PipelineOptions options,
      JobTask job,
      @Nullable Price price,
      Counts counts,
      String name,
      @Nullable String ledger,
      String directory)
      throws IOException {
    List<Draw.Drawn> drawn = counts.draw.documents();
    List<Draw.Drawn> sample = drawn.subList(0, Math.min(size, drawn.size()));
    if (ledger == null || sample.isEmpty()) {
      throw new UsageException("--sample: there is no document that can be asked");
    }
    String result = directory + "/endings.jsonl";
    Pipeline pipeline = Pipeline.create(options);
    SampleRun.apply(
        pipeline,
        sample.stream().map(Draw.Drawn::document).toList(),
        // What the task's model says and takes is what is wanted, of every one.
        AskModel.of(job.task().withCascade(null))
            .withRun(name)
            .withLedger(ledger)
            .withPrice(price)
            .withBudget(job.budgetUsd())
            .withKeyBudgets(job.caps().byKeyUsd()),
        result);
    PipelineRun.interruptibly(() -> execute(pipeline), () -> interrupted(ledger));
    SampleFacts facts = SampleFacts.read(ledger, sample, job.task(), price);
    facts.settle(counts);
    return SampleForecast.of(job, price, counts, sample, facts, SampleRun.read(result));
  }

  private static int exitCode(SampleForecast sample) {
    if (sample.kinds().containsKey("account")) {
      return RunState.STOPPED_BY_PROVIDER.exitCode();
    }
    return sample.kinds().containsKey("budget") ? RunState.STOPPED_BY_BUDGET.exitCode() : 0;
  }

  private void interrupted(String ledger) {
    err.println("\nInterrupted: nothing more is sent, waiting for calls in flight");
    PipelineRun.land();
    err.println("What was answered is kept in " + ledger);
  }

  private static void execute(Pipeline pipeline) {
    PipelineRun.toItsEnd(pipeline, "The estimate", running -> {});
  }
}
