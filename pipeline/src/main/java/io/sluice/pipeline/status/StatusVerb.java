package io.sluice.pipeline.status;

import io.sluice.internal.ledger.LedgerException;
import io.sluice.pipeline.flags.DirectoryFlags;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.words.Durations;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The verb {@code status}. */
@Command(
    name = "sluice status",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Says how far a job is, while it runs or after it ended or died, and how to continue it."
          + " Reads its output directory and its ledger; the job is not disturbed.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 whatever the job's state; 2 wrong flags, or a directory that holds no job."
          + " With --exitCode by the state: that of the run (0 succeeded, 1 failed, 3, 4, 5), 130"
          + " interrupted, 137 died, 10 at work.",
      "",
      "Examples:",
      "  sluice status --output=out/tickets --watch",
      "  sluice status --output=out/tickets --json | jq .succeeded",
      "  until sluice status --output=out/tickets --exitCode >/dev/null; do sleep 60; done"
    })
public final class StatusVerb {
  /** Clears the screen of a terminal and goes to its beginning. */
  private static final String CLEAR = "\u001b[H\u001b[2J";

  @Mixin final DirectoryFlags directory = new DirectoryFlags();

  @Option(
      names = "--watch",
      paramLabel = "TIME",
      arity = "0..1",
      fallbackValue = "2s",
      description = "Say it again every TIME until the run is over. Default: 2s.")
  @Nullable String watch;

  @Option(
      names = "--json",
      description = "One JSON object a line, for programs. The guide lists its fields.")
  boolean json;

  @Option(
      names = "--exitCode",
      description = "End with a code that tells the state, as said below, for scripts.")
  boolean exitCode;

  /** Of a job that is at work; none that a run ends with. */
  private static final int AT_WORK = 10;

  private static final int INTERRUPTED = 130;
  private static final int KILLED = 137;

  private StatusVerb() {}

  /** Waits between two looks. */
  interface Wait {
    void sleep(Duration time) throws InterruptedException;
  }

  /**
   * @return the exit code
   * @throws UsageException for a wrong flag, or a directory without a job
   */
  public static int run(List<String> args, PrintStream out) throws IOException {
    return run(
        args,
        out,
        System.console() != null,
        InstantSource.system(),
        time -> Thread.sleep(time.toMillis()));
  }

  static int run(
      List<String> args, PrintStream out, boolean terminal, InstantSource clock, Wait wait)
      throws IOException {
    StatusVerb flags = new StatusVerb();
    CommandLine line = new CommandLine(flags);
    if (!VerbFlags.parse(line, args, out)) {
      return 0;
    }
    Duration every = flags.every();
    OutputPaths paths = flags.directory.paths(line.getCommandSpec());
    JobReader reader = new JobReader(paths, flags.directory.ledger());
    try {
      while (true) {
        JobStatus status = look(reader, paths, clock);
        flags.print(status, out, terminal && every != null);
        // Where nobody reads any more, as behind head, there is nobody to say it to.
        if (every == null || !status.working() || out.checkError()) {
          return flags.exitCode ? exitCode(status) : 0;
        }
        wait.sleep(every);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static int exitCode(JobStatus status) {
    if (status.working()) {
      return AT_WORK;
    }
    return switch (status.state()) {
      case "interrupted" -> INTERRUPTED;
      case "died" -> KILLED;
      default -> RunState.ofCode(status.state()).exitCode();
    };
  }

  private @Nullable Duration every() {
    if (watch == null) {
      return null;
    }
    return Durations.parse(watch)
        .orElseThrow(
            () -> new UsageException("--watch: expected " + Durations.FORM + ", got " + watch));
  }

  private static JobStatus look(JobReader reader, OutputPaths paths, InstantSource clock)
      throws IOException {
    try {
      return reader
          .look(clock.instant())
          .orElseThrow(
              () ->
                  new UsageException(
                      "--output: "
                          + paths.root()
                          + " holds no job; give the directory that it was run with"));
    } catch (LedgerException e) {
      throw new UsageException("--ledger: " + e.getMessage());
    }
  }

  private void print(JobStatus status, PrintStream out, boolean inPlace) {
    if (json) {
      out.println(Json.line(status));
    } else {
      String text = StatusText.of(status);
      out.print(inPlace ? CLEAR + text : watch == null ? text : text + "\n");
    }
    out.flush();
  }
}
