package io.sluice.pipeline.watch;

import io.sluice.Answer;
import io.sluice.DeadLetter;
import io.sluice.pipeline.input.FileRows;
import io.sluice.pipeline.output.OutputException;
import io.sluice.pipeline.output.Placement;
import io.sluice.pipeline.output.RunInfo;
import io.sluice.pipeline.output.Tally;
import io.sluice.pipeline.output.WriteOutputs;
import java.io.IOException;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.apache.beam.sdk.state.BagState;
import org.apache.beam.sdk.state.StateSpec;
import org.apache.beam.sdk.state.StateSpecs;
import org.apache.beam.sdk.state.ValueState;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows to files, and puts each round's in place once all of them have ended. A round with
 * documents that were not sent, at the budget or because the provider refuses the account, is not
 * put in place: its files are read again by the run that continues, and what was answered of them
 * is in the ledger.
 */
public final class PublishRounds {
  private static final SerializableCoder<Tally> TALLY = SerializableCoder.of(Tally.class);

  private PublishRounds() {}

  /**
   * @param rowsRead what adds up to the rows of each file
   */
  public static void apply(
      RunInfo run,
      PCollection<FileRows> rowsRead,
      PCollection<Answer> answers,
      PCollection<DeadLetter> deadLetters) {
    BookRounds rounds = new BookRounds(run.paths(), run.run());
    PCollectionList.of(WriteOutputs.parts(run, rounds, rowsRead, answers, deadLetters))
        .apply("Tallies", Flatten.pCollections())
        .apply("Publish", ParDo.of(new PublishFn(run)))
        .setCoder(WriteOutputs.TALLIES)
        .apply("Summarize", ParDo.of(new SummarizeFn(run)));
  }

  /** Adds up a round, and puts it in place when it is whole. */
  private static final class PublishFn extends DoFn<KV<Integer, Tally>, KV<Integer, Tally>> {
    private static final long serialVersionUID = 1L;
    private final RunInfo run;

    /** What was counted, without the names of parts: those would be written with every bundle. */
    @StateId("sum")
    private final StateSpec<ValueState<Tally>> sumSpec = StateSpecs.value(TALLY);

    @StateId("parts")
    private final StateSpec<BagState<Tally>> partsSpec = StateSpecs.bag(TALLY);

    PublishFn(RunInfo run) {
      this.run = run;
    }

    @ProcessElement
    public void process(
        @Element KV<Integer, Tally> part,
        @StateId("sum") ValueState<Tally> sum,
        @StateId("parts") BagState<Tally> parts,
        OutputReceiver<KV<Integer, Tally>> out)
        throws OutputException {
      int number = part.getKey();
      RoundBook book = RoundBook.of(run.paths(), run.run());
      Tally before = sum.read();
      Tally counted = (before == null ? new Tally() : before).plus(part.getValue().counts());
      parts.add(part.getValue());
      try {
        if (!counted.isWhole(book.files(number))) {
          sum.write(counted);
          return;
        }
        Tally whole = new Tally();
        for (Tally some : parts.read()) {
          whole = whole.plus(some);
        }
        if (whole.stillToDo() == 0) {
          publish(book, number, whole);
        }
      } catch (IOException e) {
        throw new OutputException(run.paths().root(), e);
      }
      sum.clear();
      parts.clear();
      // All in one place, to be written to the one summary.
      out.output(KV.of(0, counted));
    }

    private void publish(RoundBook book, int number, Tally whole) throws IOException {
      book.refresh();
      Placement placement = Placement.ofRound(run, number);
      if (!book.isDone(number)) {
        placement.place(whole);
        book.done(number, whole.counts());
      }
      // A runner that was set back brings a round again: its parts are not needed either.
      placement.dropParts(whole);
    }
  }

  /** Writes the summary anew after each round; one key, so one at a time. */
  private static final class SummarizeFn extends DoFn<KV<Integer, Tally>, Void> {
    private static final long serialVersionUID = 1L;
    private final RunInfo run;
    private transient @Nullable WatchSummary summary;

    /** Rounds that are not in place because documents of them were not sent. */
    @StateId("unsent")
    private final StateSpec<ValueState<Tally>> unsentSpec = StateSpecs.value(TALLY);

    SummarizeFn(RunInfo run) {
      this.run = run;
    }

    @ProcessElement
    public void process(
        @Element KV<Integer, Tally> round, @StateId("unsent") ValueState<Tally> unsent)
        throws OutputException {
      Tally before = unsent.read();
      Tally waiting = before == null ? new Tally() : before;
      if (round.getValue().stillToDo() > 0) {
        waiting = waiting.plus(round.getValue());
      }
      unsent.write(waiting);
      if (summary == null) {
        summary = new WatchSummary(run);
      }
      try {
        summary.write(waiting);
      } catch (IOException e) {
        throw new OutputException(run.paths().summary(), e);
      }
    }
  }
}
