package io.sluice.pipeline.output;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.pipeline.input.Start;
import java.util.List;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.transforms.SimpleFunction;
import org.apache.beam.sdk.transforms.windowing.FixedWindows;
import org.apache.beam.sdk.transforms.windowing.GlobalWindows;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;

/** Writes rows to files, and finishes the run once all of them are there. */
public final class WriteOutputs {
  private WriteOutputs() {}

  /**
   * @param none a single element, that lets a run without a row finish like any other
   * @param rowsRead numbers that add up to the rows of the input
   * @param whenFinished called on a worker after the summary was written
   */
  public static void apply(
      RunInfo run,
      PCollection<byte[]> none,
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
    PCollection<Tally> empty = none.apply("NoRows", MapElements.via(new NoRows())).setCoder(coder);
    beforeTheEnd(
            PCollectionList.of(List.of(counted, written, dead, empty))
                .apply("Tallies", Flatten.pCollections()))
        .apply("Add", Combine.globally(new Add()).withoutDefaults())
        .setCoder(coder)
        .apply("Finish", ParDo.of(new FinishFn(run, whenFinished)));
  }

  /**
   * Adds up before the rows' own window ends, where that is not the global one: a runner holds the
   * watermark at the end of a stage's window until it throws the stage's state away.
   */
  private static PCollection<Tally> beforeTheEnd(PCollection<Tally> tallies) {
    return tallies.getWindowingStrategy().getWindowFn() instanceof GlobalWindows
        ? tallies
        : tallies.apply("BeforeTheEnd", Window.into(FixedWindows.of(Start.WINDOW.dividedBy(10))));
  }

  private static final class RowsRead extends SimpleFunction<Long, Tally> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tally apply(Long rows) {
      return Tally.ofRowsRead(rows);
    }
  }

  private static final class NoRows extends SimpleFunction<byte[], Tally> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tally apply(byte[] none) {
      return new Tally();
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
