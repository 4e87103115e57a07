package io.sluice.pipeline.estimate;

import io.sluice.DeadLetter;
import io.sluice.ModelTask;
import io.sluice.pipeline.estimate.Counts.CountsCoder;
import io.sluice.pipeline.input.ReadDocuments;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.CoderRegistry;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.util.CoderUtils;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.jspecify.annotations.Nullable;

/** Adds up what {@link ReadDocuments} read, and writes the sum to a file for the launcher. */
final class CountDocuments {
  private CountDocuments() {}

  /**
   * @param ledger null where there is none
   * @param result the file, on a file system that workers and launcher share
   */
  static void apply(
      PCollectionTuple read,
      ModelTask task,
      @Nullable String ledger,
      int drawSize,
      long seed,
      String result) {
    CountsCoder coder = new CountsCoder(drawSize);
    PCollection<Counts> counted =
        read.get(ReadDocuments.DOCUMENTS)
            .apply("Count", ParDo.of(new CountFn(task, result, ledger, drawSize, seed)))
            .setCoder(coder);
    PCollection<Counts> bad =
        read.get(ReadDocuments.DEAD_LETTERS)
            .apply("CountBadInput", ParDo.of(new CountBadInputFn(drawSize)))
            .setCoder(coder);
    // An input without a single row has an estimate like any other.
    PCollection<Counts> none =
        read.getPipeline().apply("NoRows", Create.of(new Counts(drawSize)).withCoder(coder));
    PCollectionList.of(counted)
        .and(bad)
        .and(none)
        .apply("Counts", Flatten.pCollections())
        .apply("Add", Combine.globally(new Add(drawSize)).withoutDefaults())
        .setCoder(coder)
        .apply("Keep", ParDo.of(new KeepFn(coder, result)));
  }

  private static final class CountBadInputFn extends DoFn<DeadLetter, Counts> {
    private static final long serialVersionUID = 1L;
    private final int drawSize;
    private transient long rows;

    CountBadInputFn(int drawSize) {
      this.drawSize = drawSize;
    }

    @StartBundle
    public void startBundle() {
      rows = 0;
    }

    @ProcessElement
    public void process() {
      rows++;
    }

    @FinishBundle
    public void finishBundle(FinishBundleContext context) {
      if (rows > 0) {
        Counts counts = new Counts(drawSize);
        counts.documents = rows;
        counts.badInput = rows;
        context.output(counts, GlobalWindow.INSTANCE.maxTimestamp(), GlobalWindow.INSTANCE);
      }
    }
  }

  private static final class Add extends Combine.CombineFn<Counts, Counts, Counts> {
    private static final long serialVersionUID = 1L;
    private final int drawSize;

    Add(int drawSize) {
      this.drawSize = drawSize;
    }

    @Override
    public Counts createAccumulator() {
      return new Counts(drawSize);
    }

    @Override
    public Counts addInput(Counts sum, Counts part) {
      sum.add(part);
      return sum;
    }

    @Override
    public Counts mergeAccumulators(Iterable<Counts> parts) {
      Counts sum = createAccumulator();
      parts.forEach(sum::add);
      return sum;
    }

    @Override
    public Counts extractOutput(Counts sum) {
      return sum;
    }

    @Override
    public Coder<Counts> getAccumulatorCoder(CoderRegistry registry, Coder<Counts> input) {
      return new CountsCoder(drawSize);
    }

    @Override
    public Coder<Counts> getDefaultOutputCoder(CoderRegistry registry, Coder<Counts> input) {
      return new CountsCoder(drawSize);
    }
  }

  private static final class KeepFn extends DoFn<Counts, Void> {
    private static final long serialVersionUID = 1L;
    private final CountsCoder coder;
    private final String file;

    KeepFn(CountsCoder coder, String file) {
      this.coder = coder;
      this.file = file;
    }

    @ProcessElement
    public void process(@Element Counts counts) throws IOException {
      OutputPaths.writeWhole(
          file,
          file + ".part",
          "application/octet-stream",
          CoderUtils.encodeToByteArray(coder, counts));
    }
  }
}
