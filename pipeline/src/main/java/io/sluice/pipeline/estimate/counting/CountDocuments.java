package io.sluice.pipeline.estimate.counting;

import io.sluice.DeadLetter;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.pipeline.estimate.counting.Counts.CountsCoder;
import io.sluice.pipeline.input.ReadDocuments;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.util.UUID;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.GroupByKey;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.WithKeys;
import org.apache.beam.sdk.transforms.windowing.GlobalWindow;
import org.apache.beam.sdk.util.CoderUtils;
import org.apache.beam.sdk.values.KV;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what {@link ReadDocuments} read, and leaves the sum in a file for the launcher.
 *
 * <p>A bundle's counts go to a file of their own and its name to the step that adds them up: only
 * bundles that the runner has committed are added. Counts themselves as elements are as right and
 * slower: the Direct runner copies what a key has gathered with every bundle, which took a quarter
 * of the time of 400,000 documents.
 */
public final class CountDocuments {
  private static final String RESULT = "/counts";

  private CountDocuments() {}

  /**
   * @param ledger null where there is none
   * @param directory on a file system that workers and launcher share; nothing else uses it
   */
  public static void apply(
      PCollectionTuple read,
      ModelTask task,
      @Nullable Price price,
      @Nullable String ledger,
      int drawSize,
      long seed,
      String directory) {
    CountsCoder coder = new CountsCoder(drawSize);
    PCollection<String> counted =
        read.get(ReadDocuments.DOCUMENTS)
            .apply("Count", ParDo.of(new CountFn(task, price, directory, ledger, coder, seed)))
            .setCoder(StringUtf8Coder.of());
    PCollection<String> bad =
        read.get(ReadDocuments.DEAD_LETTERS)
            .apply("CountBadInput", ParDo.of(new CountBadInputFn(coder, directory)))
            .setCoder(StringUtf8Coder.of());
    // An input without a single row has an estimate like any other.
    PCollection<String> none =
        read.getPipeline().apply("NoRows", Create.of("").withCoder(StringUtf8Coder.of()));
    PCollectionList.of(counted)
        .and(bad)
        .and(none)
        .apply("Parts", Flatten.pCollections())
        .apply("Together", WithKeys.<Integer, String>of(0).withKeyType(TypeDescriptors.integers()))
        .setCoder(KvCoder.of(VarIntCoder.of(), StringUtf8Coder.of()))
        .apply("Gather", GroupByKey.create())
        .apply("Add", ParDo.of(new AddFn(coder, directory)));
  }

  /**
   * The sum.
   *
   * @throws java.io.FileNotFoundException if the workers have left none
   */
  public static Counts result(String directory, int drawSize) throws IOException {
    return read(directory + RESULT, new CountsCoder(drawSize));
  }

  /** Writes a bundle's counts, and returns the file. */
  public static String writePart(Counts counts, CountsCoder coder, String directory)
      throws IOException {
    String part = directory + "/part-" + UUID.randomUUID();
    write(part, counts, coder);
    return part;
  }

  private static void write(String file, Counts counts, CountsCoder coder) throws IOException {
    OutputPaths.writeWhole(
        file,
        file + "." + UUID.randomUUID(),
        "application/octet-stream",
        CoderUtils.encodeToByteArray(coder, counts));
  }

  private static Counts read(String file, CountsCoder coder) throws IOException {
    try (InputStream in = Channels.newInputStream(FileSystems.open(OutputPaths.file(file)))) {
      return CoderUtils.decodeFromByteArray(coder, in.readAllBytes());
    }
  }

  private static final class CountBadInputFn extends DoFn<DeadLetter, String> {
    private static final long serialVersionUID = 1L;
    private final CountsCoder coder;
    private final String directory;
    private transient long rows;

    CountBadInputFn(CountsCoder coder, String directory) {
      this.coder = coder;
      this.directory = directory;
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
    public void finishBundle(FinishBundleContext context) throws IOException {
      if (rows > 0) {
        Counts counts = coder.empty(0);
        counts.documents = rows;
        counts.badInput = rows;
        context.output(
            writePart(counts, coder, directory),
            GlobalWindow.INSTANCE.maxTimestamp(),
            GlobalWindow.INSTANCE);
      }
    }
  }

  private static final class AddFn extends DoFn<KV<Integer, Iterable<String>>, Void> {
    private static final long serialVersionUID = 1L;
    private final CountsCoder coder;
    private final String directory;

    AddFn(CountsCoder coder, String directory) {
      this.coder = coder;
      this.directory = directory;
    }

    @ProcessElement
    public void process(@Element KV<Integer, Iterable<String>> parts) throws IOException {
      Counts sum = coder.empty(0);
      for (String part : parts.getValue()) {
        if (!part.isEmpty()) {
          sum.add(read(part, coder));
        }
      }
      write(directory + RESULT, sum, coder);
    }
  }
}
