package io.sluice.pipeline.watch;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.input.Start;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.io.Read;
import org.apache.beam.sdk.io.fs.ResourceId;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.windowing.FixedWindows;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;

/** The files of an input as they appear, for as long as the run watches it. */
public final class WatchFiles extends PTransform<PBegin, PCollection<InputFile>> {
  private static final long serialVersionUID = 1L;

  private final WatchSource source;

  /**
   * @param every how long between two looks
   * @param paths where the job's book of rounds is
   * @param run the run's name
   */
  public WatchFiles(InputFiles files, Duration every, OutputPaths paths, String run) {
    this.source = new WatchSource(files, every, paths, run);
  }

  /**
   * Makes room for outputs by rounds, before a run begins: those of a run over an input with an end
   * would be doubled by them. What was paid for is in the ledger.
   *
   * @param fresh whether outputs by rounds are to go, too
   * @return whether there was something to take away
   */
  public static boolean prepare(OutputPaths paths, boolean fresh) throws IOException {
    List<ResourceId> rounds = StoredFiles.names(paths.rounds(), "*");
    if (!rounds.isEmpty() && !fresh) {
      return false;
    }
    List<ResourceId> old = new ArrayList<>(OutputPaths.rows(paths.results()));
    old.addAll(OutputPaths.rows(paths.deadLetters()));
    for (String file : List.of(paths.summary(), paths.report())) {
      if (StoredFiles.exists(file)) {
        old.add(OutputPaths.file(file));
      }
    }
    // The rounds go last: where this is cut off, it is begun again.
    StoredFiles.delete(old);
    StoredFiles.delete(rounds);
    return !old.isEmpty();
  }

  @Override
  public PCollection<InputFile> expand(PBegin begin) {
    return begin
        .apply("Watch", Read.from(source))
        .apply("Files", ParDo.of(new FilesFn()))
        .apply("Window", Window.into(FixedWindows.of(Start.WINDOW)));
  }

  private static final class FilesFn extends DoFn<Round, InputFile> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element Round round, OutputReceiver<InputFile> out) {
      round.files().forEach(out::output);
    }
  }
}
