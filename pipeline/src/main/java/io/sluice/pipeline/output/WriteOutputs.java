package io.sluice.pipeline.output;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.pipeline.input.FileRows;
import io.sluice.pipeline.input.Start;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.CoderRegistry;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.SimpleFunction;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.apache.beam.sdk.transforms.windowing.FixedWindows;
import org.apache.beam.sdk.transforms.windowing.GlobalWindows;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.joda.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writes rows to files, and finishes the run once all of them are there. */
public final class WriteOutputs {
  public static final KvCoder<Integer, Tally> TALLIES =
      KvCoder.of(VarIntCoder.of(), SerializableCoder.of(Tally.class));

  /**
   * Parts are added up in so many sums first: the Direct runner copies what waits under a key with
   * every bundle that adds to it, which takes time in the square of the bundles.
   */
  private static final int SHARES = 64;

  private WriteOutputs() {}

  /**
   * @param none a single element, that lets a run without a row finish like any other
   * @param rowsRead what adds up to the rows of the input
   * @param whenFinished called on a worker after the summary was written
   */
  public static void apply(
      RunInfo run,
      PCollection<byte[]> none,
      PCollection<FileRows> rowsRead,
      PCollection<Answer> answers,
      PCollection<DeadLetter> deadLetters,
      WhenFinished whenFinished) {
    PCollection<KV<Integer, Tally>> empty =
        none.apply("NoRows", MapElements.via(new NoRows())).setCoder(TALLIES);
    add(PCollectionList.of(parts(run, Rounds.ONE, rowsRead, answers, deadLetters))
            .and(empty)
            .apply("Tallies", Flatten.pCollections()))
        .setCoder(TALLIES)
        .apply("Finish", ParDo.of(new FinishFn(run, whenFinished)));
  }

  /** Writes rows to parts, and counts rows and files, by their rounds. */
  public static List<PCollection<KV<Integer, Tally>>> parts(
      RunInfo run,
      Rounds rounds,
      PCollection<FileRows> rowsRead,
      PCollection<Answer> answers,
      PCollection<DeadLetter> deadLetters) {
    String temporary = run.paths().temporary(run.run());
    return List.of(
        rowsRead.apply("CountRows", ParDo.of(new CountRowsFn(rounds))).setCoder(TALLIES),
        answers
            .apply("WriteResults", ParDo.of(new WriteAnswers(temporary, rounds, RowLines.of(run))))
            .setCoder(TALLIES),
        deadLetters
            .apply("WriteDeadLetters", ParDo.of(new WriteDeadLetters(temporary, rounds)))
            .setCoder(TALLIES));
  }

  /**
   * Adds up before the rows' own window ends, where that is not the global one: a runner holds the
   * watermark at the end of a stage's window until it throws the stage's state away. There is no
   * second stage in that window for the same reason.
   */
  private static PCollection<KV<Integer, Tally>> add(PCollection<KV<Integer, Tally>> tallies) {
    Combine.PerKey<Integer, Tally, Tally> sum = Combine.perKey(new AddFn());
    if (tallies.getWindowingStrategy().getWindowFn() instanceof GlobalWindows) {
      return tallies.apply("Add", sum.withHotKeyFanout(SHARES));
    }
    return tallies
        .apply("BeforeTheEnd", Window.into(FixedWindows.of(Start.WINDOW.dividedBy(10))))
        .apply("Add", sum);
  }

  /** Adds up the rows of a bundle's files, by their rounds. */
  private static final class CountRowsFn extends DoFn<FileRows, KV<Integer, Tally>> {
    private static final long serialVersionUID = 1L;
    private final Rounds rounds;
    private transient @Nullable Map<Integer, Tally> sums;
    private transient @Nullable BoundedWindow window;
    private transient Instant timestamp = Instant.EPOCH;

    CountRowsFn(Rounds rounds) {
      this.rounds = rounds;
    }

    @StartBundle
    public void startBundle() {
      sums = new TreeMap<>();
    }

    @ProcessElement
    public void process(@Element FileRows read, BoundedWindow in, @Timestamp Instant at)
        throws IOException {
      window = in;
      timestamp = at;
      if (sums != null) {
        sums.merge(rounds.of(read.file()), Tally.of(read), Tally::add);
      }
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) {
      if (sums != null && window != null) {
        for (Map.Entry<Integer, Tally> sum : sums.entrySet()) {
          context.output(KV.of(sum.getKey(), sum.getValue()), timestamp, window);
        }
      }
    }
  }

  private static final class NoRows extends SimpleFunction<byte[], KV<Integer, Tally>> {
    private static final long serialVersionUID = 1L;

    @Override
    public KV<Integer, Tally> apply(byte[] none) {
      return KV.of(0, new Tally());
    }
  }

  private static final class AddFn extends Combine.CombineFn<Tally, Tally, Tally> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tally createAccumulator() {
      return new Tally();
    }

    @Override
    public Tally addInput(Tally sum, Tally part) {
      return sum.add(part);
    }

    @Override
    public Tally mergeAccumulators(Iterable<Tally> sums) {
      Tally sum = new Tally();
      sums.forEach(sum::add);
      return sum;
    }

    @Override
    public Tally extractOutput(Tally sum) {
      return sum;
    }

    @Override
    public Coder<Tally> getAccumulatorCoder(CoderRegistry registry, Coder<Tally> input) {
      return input;
    }
  }

  private static final class WriteAnswers extends WriteParts<Answer> {
    private static final long serialVersionUID = 1L;
    private final RowLines lines;

    WriteAnswers(String directory, Rounds rounds, RowLines lines) {
      super(directory + "/results", rounds);
      this.lines = lines;
    }

    @Override
    String source(Answer row) {
      return row.document().source().file();
    }

    @Override
    String line(Answer row, Tally tally) {
      tally.add(row);
      return lines.of(row);
    }

    @Override
    void part(Tally tally, String file) {
      tally.resultParts.add(file);
    }
  }

  private static final class WriteDeadLetters extends WriteParts<DeadLetter> {
    private static final long serialVersionUID = 1L;

    WriteDeadLetters(String directory, Rounds rounds) {
      super(directory + "/dead-letter", rounds);
    }

    @Override
    String source(DeadLetter row) {
      return row.document().source().file();
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

  private static final class FinishFn extends DoFn<KV<Integer, Tally>, Void> {
    private static final long serialVersionUID = 1L;
    private final RunInfo run;
    private final WhenFinished whenFinished;

    FinishFn(RunInfo run, WhenFinished whenFinished) {
      this.run = run;
      this.whenFinished = whenFinished;
    }

    @ProcessElement
    public void process(@Element KV<Integer, Tally> sum) throws IOException {
      new Finish(run, whenFinished).finish(sum.getValue());
    }
  }
}
