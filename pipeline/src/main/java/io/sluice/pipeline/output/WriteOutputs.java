package io.sluice.pipeline.output;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import java.util.List;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.transforms.SimpleFunction;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;

/** Writes rows to files, and finishes the run once all of them are there. */
public final class WriteOutputs {
  private WriteOutputs() {}

  /**
   * @param rowsRead numbers that add up to the rows of the input
   * @param whenFinished called on a worker after the summary was written
   */
  public static void apply(
      RunInfo run,
      PCollection<Long> rowsRead,
      PCollection<Answer> answers,
      PCollection<DeadLetter> deadLetters,
      WhenFinished whenFinished) {
    SerializableCoder<Tally> coder = SerializableCoder.of(Tally.class);
    String temporary = run.paths().temporary(run.run());
    PCollection<Tally> counted =
        rowsRead.apply("CountRows", MapElements.via(new RowsRead())).setCoder(coder);
    PCollection<Tally> written =
        answers
            .apply("WriteResults", ParDo.of(new WriteAnswers(temporary, run.includeDocument())))
            .setCoder(coder);
    PCollection<Tally> dead =
        deadLetters
            .apply("WriteDeadLetters", ParDo.of(new WriteDeadLetters(temporary)))
            .setCoder(coder);
    // The empty tally lets a run without a single row finish like any other.
    PCollection<Tally> none =
        answers.getPipeline().apply("NoRows", Create.of(new Tally()).withCoder(coder));
    PCollectionList.of(List.of(counted, written, dead, none))
        .apply("Tallies", Flatten.pCollections())
        .apply("Add", Combine.globally(new Add()).withoutDefaults())
        .setCoder(coder)
        .apply("Finish", ParDo.of(new FinishFn(run, whenFinished)));
  }

  private static final class RowsRead extends SimpleFunction<Long, Tally> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tally apply(Long rows) {
      return Tally.ofRowsRead(rows);
    }
  }

  private static final class Add implements SerializableFunction<Iterable<Tally>, Tally> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tally apply(Iterable<Tally> parts) {
      Tally sum = new Tally();
      parts.forEach(sum::add);
      return sum;
    }
  }

  private static final class WriteAnswers extends WriteParts<Answer> {
    private static final long serialVersionUID = 1L;
    private final boolean includeDocument;

    WriteAnswers(String directory, boolean includeDocument) {
      super(directory + "/results");
      this.includeDocument = includeDocument;
    }

    @Override
    String line(Answer row, Tally tally) {
      tally.add(row);
      return RowLines.of(row, includeDocument);
    }

    @Override
    void part(Tally tally, String file) {
      tally.resultParts.add(file);
    }
  }

  private static final class WriteDeadLetters extends WriteParts<DeadLetter> {
    private static final long serialVersionUID = 1L;

    WriteDeadLetters(String directory) {
      super(directory + "/dead-letter");
    }

    @Override
    String line(DeadLetter row, Tally tally) {
      tally.add(row);
      return RowLines.of(row);
    }

    @Override
    void part(Tally tally, String file) {
      tally.deadLetterParts.add(file);
    }
  }

  private static final class FinishFn extends DoFn<Tally, Void> {
    private static final long serialVersionUID = 1L;
    private final RunInfo run;
    private final WhenFinished whenFinished;

    FinishFn(RunInfo run, WhenFinished whenFinished) {
      this.run = run;
      this.whenFinished = whenFinished;
    }

    @ProcessElement
    public void process(@Element Tally tally) throws java.io.IOException {
      new Finish(run, whenFinished).finish(tally);
    }
  }
}
