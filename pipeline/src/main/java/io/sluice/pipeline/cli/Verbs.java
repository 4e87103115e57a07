package io.sluice.pipeline.cli;

import io.sluice.internal.temporary.TemporaryFiles;
import io.sluice.pipeline.cancel.CancelVerb;
import io.sluice.pipeline.estimate.Estimate;
import io.sluice.pipeline.flags.NearestName;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.launch.Run;
import io.sluice.pipeline.report.ReportVerb;
import io.sluice.pipeline.runner.FlinkContext;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.show.CompareVerb;
import io.sluice.pipeline.show.ExportVerb;
import io.sluice.pipeline.show.ShowVerb;
import io.sluice.pipeline.show.TryVerb;
import io.sluice.pipeline.status.StatusVerb;
import io.sluice.pipeline.words.Visible;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The command line: finds the verb, turns what goes wrong into a message and an exit code. */
public final class Verbs {
  private static final String HELP =
      """
      sluice: asks a model about every document, within the account's limits

        sluice run --task=FILE --input=PATTERN --output=DIR   the job (also without the verb)
        sluice estimate --task=FILE --input=PATTERN           what it will cost and take
        sluice try --task=FILE --input=PATTERN                asks a few documents, shows answers
        sluice status --output=DIR [--watch]                  how far it is, or what to do
        sluice show --output=DIR [--follow]                   the newest answers
        sluice export --output=DIR --to=FILE                  the answers so far, in a file
        sluice compare DIR DIR                                two outputs against each other
        sluice cancel --output=DIR                            cancels its batches at the provider
        sluice report --output=DIR                            rewrites report.html of a job
        sluice simulate --port=8089                           a rehearsal provider on localhost

      sluice VERB --help tells more; sluice --version which one this is.
      """;

  /** Verbs whose libraries write temporary files. */
  private static final Set<String> WRITING = Set.of("run", "estimate", "try");

  private static final List<String> VERBS =
      List.of(
          "run",
          "estimate",
          "try",
          "status",
          "show",
          "export",
          "compare",
          "cancel",
          "report",
          "simulate");

  private Verbs() {}

  public static void main(String[] args) {
    if (FlinkContext.isInside()) {
      insideFlink(Arrays.asList(args));
      return;
    }
    LastResort.install();
    PrintStream out = Visible.stream(System.out);
    PrintStream err = Visible.stream(System.err);
    // What libraries print or log goes through these.
    System.setOut(out);
    System.setErr(Visible.log(System.err));
    if (areWriting(Arrays.asList(args))) {
      try {
        TemporaryFiles.own();
      } catch (IOException e) {
        // It is told where the directory for all is looked at.
      }
    }
    int code = run(Arrays.asList(args), out, err);
    out.flush();
    LastResort.leave();
    // Runners leave threads behind that would keep the process.
    System.exit(code);
  }

  /** The process is Flink's, perhaps its JobManager: it must go on, and is told by exceptions. */
  private static void insideFlink(List<String> args) {
    if (!args.isEmpty() && !args.get(0).startsWith("--") && !args.get(0).equals("run")) {
      throw new UsageException(
          "Inside Flink there is run alone, not " + args.get(0) + "; use scripts/sluice for it");
    }
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int code =
        run(
            args,
            Visible.stream(System.out),
            Visible.stream(new PrintStream(said, true, StandardCharsets.UTF_8)));
    String message = said.toString(StandardCharsets.UTF_8).strip();
    if (code != 0) {
      throw new JobFailedException("Exit code " + code + ": " + message);
    }
    if (!message.isEmpty()) {
      System.err.println(message);
    }
  }

  /** What the process' locale has no characters for has become a mark of that before we see it. */
  private static void checkNames(List<String> args) {
    for (String arg : args) {
      if (arg.indexOf('\uFFFD') >= 0) {
        throw new UsageException(
            arg
                + " has characters that this process cannot read, with names in "
                + System.getProperty("sun.jnu.encoding")
                + "; start it with LC_ALL=C.UTF-8, as scripts/sluice does");
      }
    }
  }

  private static boolean areWriting(List<String> args) {
    return !args.isEmpty() && (args.get(0).startsWith("--") || WRITING.contains(args.get(0)));
  }

  /**
   * @return the exit code
   */
  static int run(List<String> args, PrintStream out, PrintStream err) {
    try {
      checkNames(args);
      if (args.isEmpty() || args.get(0).equals("help") || args.equals(List.of("--help"))) {
        out.print(HELP);
        return args.isEmpty() ? 2 : 0;
      }
      if (args.contains("--version") || args.equals(List.of("version"))) {
        out.println(Version.line());
        return 0;
      }
      if (areWriting(args)) {
        LastResort.checkTemporary(Path.of(System.getProperty("java.io.tmpdir")));
      }
      if (args.get(0).startsWith("--")) {
        return new Run(out, err).run(args);
      }
      List<String> rest = args.subList(1, args.size());
      return switch (args.get(0)) {
        case "run" -> new Run(out, err).run(rest);
        case "estimate" -> new Estimate(out, err).run(rest);
        case "cancel" -> CancelVerb.run(rest, out);
        case "report" -> ReportVerb.run(rest, out);
        case "status" -> StatusVerb.run(rest, out);
        case "try" -> new TryVerb(out, err).run(rest);
        case "show" -> ShowVerb.run(rest, out, err);
        case "export" -> ExportVerb.run(rest, out, err);
        case "compare" -> CompareVerb.run(rest, out);
        case "simulate" -> SimulateVerb.run(rest, out);
        default ->
            throw new UsageException(
                "There is no verb "
                    + args.get(0)
                    + NearestName.of(args.get(0), VERBS)
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("; verbs are " + String.join(", ", VERBS)));
      };
    } catch (UsageException e) {
      err.println(e.getMessage());
      return 2;
    } catch (JobFailedException e) {
      err.println("The job failed: " + Visible.line(LastResort.reason(e)));
      return 1;
    } catch (Exception | VirtualMachineError | LinkageError e) {
      err.println("The job failed: " + Visible.line(LastResort.reason(e)));
      return 1;
    }
  }
}
