package io.sluice.pipeline.show;

import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Verdict;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerException;
import io.sluice.pipeline.flags.DirectoryFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.task.JobTask;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The verb {@code show}. */
@Command(
    name = "sluice show",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Prints the newest answers of a job with their documents, while it runs or after it ended or"
          + " was stopped. Reads its ledger and its input; the job is not disturbed.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sluice show --output=out/tickets -n 3",
      "  sluice show --output=out/tickets --dead",
      "  sluice show --output=out/tickets --follow"
    })
public final class ShowVerb {
  private static final int MOST = 10_000;
  private static final int MOST_AT_ONCE = 100;
  private static final Duration BETWEEN = Duration.ofSeconds(1);

  @Mixin final DirectoryFlags directory = new DirectoryFlags();
  @Mixin final SourceFlags source = new SourceFlags();

  @Option(
      names = {"--number", "-n"},
      paramLabel = "N",
      description = "How many, the newest (-n 3). Default: 10.")
  int number = 10;

  @Option(
      names = "--dead",
      description = "What failed for good, in place of answers. What was never asked is not there.")
  boolean dead;

  @Option(names = "--follow", description = "Go on with what comes, until the run is over.")
  boolean follow;

  private ShowVerb() {}

  /** Waits between two looks. */
  interface Wait {
    void sleep(Duration time) throws InterruptedException;
  }

  /**
   * @return the exit code
   * @throws UsageException for a wrong flag, or a directory without a job
   */
  public static int run(List<String> args, PrintStream out, PrintStream err) throws IOException {
    return run(args, out, err, time -> Thread.sleep(time.toMillis()));
  }

  static int run(List<String> args, PrintStream out, PrintStream err, Wait wait)
      throws IOException {
    ShowVerb flags = new ShowVerb();
    CommandLine line = new CommandLine(flags);
    if (!VerbFlags.parse(line, args, out)) {
      return 0;
    }
    if (flags.number < 1 || flags.number > MOST) {
      throw new UsageException("-n: expected 1 to " + MOST + ", got " + flags.number);
    }
    OutputPaths paths = flags.directory.paths(line.getCommandSpec());
    JobPlaces job = JobPlaces.of(paths, flags.directory.ledger(), flags.source, null);
    if (!job.lacks().isEmpty()) {
      err.println("Documents are not shown: " + job.lacks());
    }
    try (Shower shower = new Shower(job, flags.dead, out)) {
      return flags.show(paths, shower, out, wait);
    } catch (LedgerException e) {
      throw new UsageException("--ledger: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private int show(OutputPaths paths, Shower shower, PrintStream out, Wait wait)
      throws IOException, InterruptedException {
    if (shower.show(number) == 0 && !follow) {
      out.println(
          dead
              ? "Nothing has failed for good yet, as far as it was asked"
              : "There is no answer yet; --follow waits for some");
    }
    out.flush();
    // Where nobody reads any more, as behind head, there is nobody to show it to.
    while (follow && !out.checkError()) {
      boolean over = isOver(paths);
      shower.show(MOST_AT_ONCE);
      if (over) {
        return 0;
      }
      wait.sleep(BETWEEN);
    }
    return 0;
  }

  /** Whether the last run has ended, or its process is gone. */
  private static boolean isOver(OutputPaths paths) throws IOException {
    RunFile file = RunFile.read(paths);
    return file == null
        || file.ended() != null
        || JobSummary.hasEnded(JobSummary.read(paths), file.run())
        || (!file.detached() && !file.isProcessAlive());
  }

  /** Prints what a feed has. */
  private static final class Shower implements AutoCloseable {
    private final Feed feed;
    private final boolean dead;
    private final PrintStream out;
    private final @Nullable DocumentSearch documents;

    /** Of the task's questions. */
    private final List<AnswerJudge> judges;

    Shower(JobPlaces job, boolean dead, PrintStream out) {
      this.feed = new Feed(job.ledger(), dead);
      this.dead = dead;
      this.out = out;
      JobTask task = job.task();
      this.documents =
          task != null && job.hasDocuments()
              ? new DocumentSearch(job.ledger(), task, job.files())
              : null;
      this.judges = task == null ? List.of() : Job.judges(task.task());
    }

    /** Prints what is new, so many at most; returns how many. */
    int show(int most) throws IOException {
      List<Feed.End> ends = feed.look(most);
      Map<String, DocumentSearch.Place> found =
          documents == null
              ? Map.of()
              : documents.find(
                  ends.stream().map(Feed.End::fingerprint).collect(Collectors.toSet()));
      for (Feed.End end : ends) {
        LedgerEntry entry = end.entry();
        DocumentSearch.Place place = found.get(end.fingerprint());
        AnswerJudge judge = judge(place);
        out.print(
            RowText.of(
                place == null
                    ? "request " + end.fingerprint().substring(0, 12)
                    : place.id() + (place.words().isEmpty() ? "" : " (" + place.words() + ")"),
                place == null ? null : place.json(),
                dead ? reason(entry, judge) : answer(entry, judge),
                new RowText.Took(entry.usage(), entry.costUsd(), entry.latencyMs())));
        out.println();
      }
      return ends.size();
    }

    /** Null where it is not known which of several questions it was. */
    private @Nullable AnswerJudge judge(DocumentSearch.@Nullable Place place) {
      return place == null && judges.size() != 1
          ? null
          : judges.get(place == null ? 0 : place.step());
    }

    private static String answer(LedgerEntry entry, @Nullable AnswerJudge judge) {
      String raw = entry.raw() == null ? "" : entry.raw();
      if (judge == null) {
        return raw;
      }
      StoredAnswers.Stored stored = StoredAnswers.judged(entry, judge);
      return stored != null && stored.verdict() instanceof Verdict.Fits fits
          ? RowText.output(fits.outputJson())
          : stored != null && stored.verdict() instanceof Verdict.Unfit unfit
              ? raw + "\n(does not fit the output as the task has it now: " + unfit.message() + ")"
              : raw;
    }

    private static String reason(LedgerEntry entry, @Nullable AnswerJudge judge) {
      String kind = entry.kind() == null ? "invalid_output" : entry.kind().code();
      StoredAnswers.Stored stored = judge == null ? null : StoredAnswers.judged(entry, judge);
      String message =
          stored != null && stored.verdict() instanceof Verdict.Unfit unfit
              ? unfit.message()
              : entry.message();
      return kind
          + (message.isEmpty() ? "" : ": " + message)
          + (entry.raw() == null ? "" : "\nIt said: " + entry.raw());
    }

    @Override
    public void close() throws IOException {
      if (documents != null) {
        documents.close();
      }
    }
  }
}
