package io.sluice.pipeline.launch;

import io.sluice.cost.Price;
import io.sluice.pipeline.claim.LedgerHold;
import io.sluice.pipeline.claim.NotOurs;
import io.sluice.pipeline.claim.OutputDirectory;
import io.sluice.pipeline.claim.PrivateFiles;
import io.sluice.pipeline.claim.Replacing;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.output.RunInfo;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.plan.DeliveryPlan;
import io.sluice.pipeline.plan.JobArguments;
import io.sluice.pipeline.plan.KeyCheck;
import io.sluice.pipeline.plan.Prices;
import io.sluice.pipeline.plan.QuickEstimate;
import io.sluice.pipeline.report.Report;
import io.sluice.pipeline.runner.Dataflow;
import io.sluice.pipeline.runner.FlinkContext;
import io.sluice.pipeline.runner.FlinkMaster;
import io.sluice.pipeline.runner.RunnerOptions;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.watch.WatchFiles;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verb {@code run}: checks everything, says what it will take, runs the job, says what it did.
 */
public final class Run {
  private static final Logger LOG = LoggerFactory.getLogger(Run.class);

  private final PrintStream out;
  private final PrintStream err;

  public Run(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * @return the exit code
   * @throws UsageException if nothing could be sent
   */
  public int run(List<String> args) throws IOException {
    RunFlags flags = new RunFlags();
    if (!flags.parse(args, out)) {
      return 0;
    }
    Duration watch = flags.watch().orElse(null);
    PipelineOptions options =
        RunnerOptions.of(flags.job, flags.runner, watch != null, RunFlags.spec());
    FileSystems.setDefaultPipelineOptions(options);
    JobTask job =
        JobArguments.task(
            flags.job, flags.budgetUsd, flags.maxFailureRate, watch != null, flags::outputFormat);
    Dataflow.check(flags.job, flags.runner, job.task())
        .forEach(warning -> err.println("Warning: " + warning));
    JobArguments.checkWay(job.task()).forEach(warning -> err.println("Warning: " + warning));
    InputFiles input = JobArguments.input(flags.job, watch != null);
    if (watch != null && !flags.followLinks) {
      input = input.stayingInside();
    }
    List<InputFile> files = watch == null ? JobArguments.list(input) : JobArguments.look(input);
    JobArguments.checkTables(flags.job, input, files);
    JobArguments.checkModel(job.task());
    boolean detached = RunnerOptions.detached(flags.runner);
    JobArguments.checkPipes(files, detached || watch != null);
    // On a cluster the keys are the workers'; one that lacks its key says so and stops.
    boolean keys = !detached && !flags.isOffline();
    if (keys) {
      JobArguments.checkKeys(job.task());
    }
    int columns = JobArguments.checkColumns(job, files, flags.outputFormat(job.outputFormat()));
    job = JobArguments.typed(job, files);
    Prices prices = Prices.of(job, flags.job.prices());
    Price price = prices.forSpending();
    job = prices.priced();
    QuickEstimate estimate = QuickEstimate.of(job, files, flags.job.limit(), price);
    estimate.print(out, job, files);
    Duration autoDeadline = job.autoDeadline();
    if (autoDeadline != null && watch != null) {
      throw new UsageException(
          "--watch and provider.mode: auto: an input without an end has no deadline; say realtime or"
              + " batch");
    }
    if (autoDeadline != null) {
      DeliveryPlan plan =
          DeliveryPlan.of(job.task(), autoDeadline, estimate.realtime(job.task()).seconds(), price);
      out.println("Mode auto: " + plan.why());
      job = plan.apply(job, Instant.now().plus(autoDeadline));
    }
    OutputPaths paths = new OutputPaths(JobArguments.absolute(flags.job.requiredOutput()));
    NotOurs.check(paths, flags.replace);
    if (!flags.replace) {
      Replacing.check(
          paths,
          new Replacing.Next(
              files, job.fields(), flags.job.limit(), estimate.documents(), estimate.exact()),
          watch != null);
    }
    if (flags.isDry()) {
      return dry(job, columns, keys);
    }
    try (PrivateFiles closed = privateFiles(flags);
        OutputDirectory directory =
            OutputDirectory.claim(flags.job.requiredOutput(), job.task().name());
        LedgerHold ledger = LedgerHold.claim(ledger(flags, directory.paths()), directory.paths())) {
      FlinkMaster cluster =
          RunnerOptions.flinkMaster(flags.runner).map(FlinkMaster::new).orElse(null);
      RunnerOptions.nameJob(options, flags.runner, job.task().name(), directory.paths().root());
      if (cluster != null) {
        cluster.check(options.getJobName());
      } else if (FlinkContext.isInside()) {
        checkFree(options.getJobName());
      }
      directory.clearLeftovers();
      if (flags.fresh) {
        String aside = ledger.setAside(Instant.now());
        if (aside != null) {
          out.println("Starting over; the old ledger is kept in " + aside);
        }
      }
      return run(
          args, flags, options, cluster, job, input, files, price, estimate, directory.paths());
    }
  }

  /** What was checked, and the key. */
  private int dry(JobTask job, int columns, boolean keys) {
    out.println(
        "Checked: the task, its template and output, the first rows"
            + (columns == 0 ? "" : ", the columns of " + Numbers.of(columns, "file")));
    boolean passes = !keys || new KeyCheck(out, err).passes(job.task(), System::getenv);
    if (!keys) {
      out.println("Not checked: the key");
    }
    out.println("Nothing was sent to a model (--dryRun)");
    return passes ? 0 : RunState.STOPPED_BY_PROVIDER.exitCode();
  }

  private static String ledger(RunFlags flags, OutputPaths paths) {
    String named = flags.job.ledger();
    return named == null ? paths.defaultLedger() : JobArguments.absolute(named);
  }

  private static PrivateFiles privateFiles(RunFlags flags) {
    if (!flags.isPrivate) {
      return PrivateFiles.none();
    }
    if (RunnerOptions.detached(flags.runner)) {
      throw new UsageException(
          "--private: the files of a job on a cluster are its workers'; set the umask there");
    }
    String ledger = flags.job.ledger();
    return PrivateFiles.of(
        JobArguments.absolute(flags.job.requiredOutput()),
        ledger == null ? null : JobArguments.absolute(ledger));
  }

  /** Asks the cluster that this program runs in, where it lets itself be asked. */
  private static void checkFree(String jobName) {
    Optional<FlinkMaster> master = FlinkContext.master();
    if (master.isPresent()) {
      try {
        master.get().checkFree(jobName, FlinkContext.jobId().orElse(""));
      } catch (IOException e) {
        LOG.info("Jobs of the name {} were not looked for: {}", jobName, e.toString());
      }
    }
  }

  private int run(
      List<String> args,
      RunFlags flags,
      PipelineOptions options,
      @Nullable FlinkMaster cluster,
      JobTask job,
      InputFiles input,
      List<InputFile> files,
      @Nullable Price price,
      QuickEstimate estimate,
      OutputPaths paths)
      throws IOException {
    Instant started = Instant.now();
    Duration watch = flags.watch().orElse(null);
    String ledger = ledger(flags, paths);
    if (flags.isPrivate && flags.job.ledger() != null) {
      PrivateFiles.directory(ledger);
    }
    boolean inside = FlinkContext.isInside();
    String flinkJob = inside ? FlinkContext.jobId().orElse("") : "";
    Continued run =
        Continued.of(
            paths,
            flinkJob,
            RunnerOptions.fromSavepoint(flags.runner),
            flags.shards(options),
            started);
    RunInfo info =
        new RunInfo(
            run.name(),
            flags.runner.runner(),
            paths,
            ledger,
            job.task(),
            job.maxFailureRate(),
            flags.outputFormat(job.outputFormat()),
            job.table(),
            watch == null ? estimate.worstUsd() : null,
            job.budgetUsd(),
            price,
            run.startedAt().toEpochMilli());
    if (watch != null) {
      watchBegins(flags, input, watch, paths);
    }
    // A template's input is that of the day on which it is started.
    InputFiles read =
        watch == null && !Dataflow.isTemplate(flags.runner) ? input.having(files) : input;
    Pipeline pipeline = JobPipeline.of(options, flags, job, read, info, run.shards());
    RunFile file =
        RunFile.of(
            info,
            new RunFile.Start(
                RunFile.command(inside ? "flink run sluice-flink.jar" : "scripts/sluice run", args),
                watch == null ? estimate.documents() : -1,
                watch == null && estimate.exact(),
                RunnerOptions.detached(flags.runner),
                JobArguments.absolute(flags.job.task()),
                run.shards(),
                flinkJob,
                watch == null ? null : flags.watch,
                watch == null ? files.stream().map(InputFile::name).toList() : null));
    Execution execution = new Execution(err, paths, Launch.begin(paths, file), cluster);
    if (Dataflow.isTemplate(flags.runner)) {
      execution.submit(pipeline);
      out.println("The job is described and not started by this command (--templateLocation)");
      out.println("How far it is: scripts/sluice status --output=" + paths.root());
      return 0;
    }
    if (!inside) {
      execution.run(
          pipeline,
          watch == null ? new Expected(estimate.documents(), estimate.exact()) : Expected.UNKNOWN);
      if (watch != null) {
        // While it watched nobody could say that it was over.
        writeReport(paths, ledger);
      }
      return new LastLines(out, err).print(info);
    }
    execution.submit(pipeline);
    if (FlinkContext.isAttached()) {
      return new LastLines(out, err).print(info);
    }
    out.println("Submitted; the job writes " + info.paths().summary() + " when it is done");
    return 0;
  }

  private void watchBegins(RunFlags flags, InputFiles input, Duration every, OutputPaths paths)
      throws IOException {
    if (WatchFiles.prepare(paths, flags.fresh)) {
      out.println(
          "The outputs of an earlier run make room: what is in the ledger is written again, and not"
              + " asked again");
    }
    out.println(
        "Looking for new files of "
            + input.patterns()
            + " every "
            + Durations.words(every.toMillis() / 1000.0)
            + "; Ctrl-C stops it, and the same command continues");
  }

  private void writeReport(OutputPaths paths, String ledger) {
    try {
      Report.write(paths, ledger);
    } catch (IOException | RuntimeException e) {
      err.println("The outputs are complete, but not " + paths.report() + ": " + e.getMessage());
    }
  }
}
