package io.sluice.pipeline.launch;

import io.sluice.AskModel;
import io.sluice.DeadLetter;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.input.ReadDocuments;
import io.sluice.pipeline.input.Start;
import io.sluice.pipeline.output.RunInfo;
import io.sluice.pipeline.output.WriteOutputs;
import io.sluice.pipeline.report.Report;
import io.sluice.pipeline.runner.RunnerOptions;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.watch.PublishRounds;
import io.sluice.pipeline.watch.WatchFiles;
import java.time.Duration;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.apache.beam.sdk.values.PCollectionTuple;

/** The job as a pipeline: read, ask, write. */
final class JobPipeline {
  private final RunFlags flags;
  private final JobTask job;
  private final InputFiles input;
  private final RunInfo run;

  private JobPipeline(RunFlags flags, JobTask job, InputFiles input, RunInfo run) {
    this.flags = flags;
    this.job = job;
    this.input = input;
    this.run = run;
  }

  static Pipeline of(
      PipelineOptions options,
      RunFlags flags,
      JobTask job,
      InputFiles input,
      RunInfo run,
      int shards) {
    Pipeline pipeline = Pipeline.create(options);
    JobPipeline builder = new JobPipeline(flags, job, input, run);
    Duration watch = flags.watch().orElse(null);
    if (watch == null) {
      builder.once(pipeline, shards, RunnerOptions.sourcesLast(flags.runner, options));
    } else {
      builder.watching(pipeline, shards, watch);
    }
    return pipeline;
  }

  /** Over the files that are there. */
  private void once(Pipeline pipeline, int shards, boolean lasts) {
    Start start = lasts ? Start.lasting(run.paths().summary(), run.run()) : Start.once();
    PCollectionTuple read =
        pipeline.apply(
            "ReadDocuments", ReadDocuments.of(start, input, job.fields(), flags.job.limit()));
    AskModel.Result asked = ask(read, shards, lasts);
    WriteOutputs.apply(
        run,
        pipeline.apply("Begin", start),
        read.get(ReadDocuments.ROWS),
        asked.getAnswers(),
        allDeadLetters(read, asked),
        Report::write);
  }

  /** Over files as they come. */
  private void watching(Pipeline pipeline, int shards, Duration every) {
    WatchFiles files = new WatchFiles(input, every, run.paths(), run.run());
    PCollectionTuple read = pipeline.apply("ReadDocuments", ReadDocuments.of(files, job.fields()));
    AskModel.Result asked = ask(read, shards, true);
    PublishRounds.apply(
        run, read.get(ReadDocuments.ROWS), asked.getAnswers(), allDeadLetters(read, asked));
  }

  private AskModel.Result ask(PCollectionTuple read, int shards, boolean openEnd) {
    AskModel ask =
        AskModel.of(job.task())
            .withRun(run.run())
            .withShards(shards)
            .withOpenEnd(openEnd)
            .withLedger(run.ledger())
            .withPrice(run.price())
            .withBudget(run.budgetUsd())
            .withKeyBudgets(job.caps().byKeyUsd());
    return read.get(ReadDocuments.DOCUMENTS)
        .apply("AskModel", flags.keepFailures ? ask.withKeptFailures() : ask);
  }

  private static PCollection<DeadLetter> allDeadLetters(
      PCollectionTuple read, AskModel.Result asked) {
    return PCollectionList.of(read.get(ReadDocuments.DEAD_LETTERS))
        .and(asked.getDeadLetters())
        .apply("AllDeadLetters", Flatten.pCollections());
  }
}
