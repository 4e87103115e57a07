package io.sluice.pipeline.flags;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The flags of a verb that runs a pipeline: which runner, and what is passed on to Beam. */
public final class RunnerFlags {
  private static final List<String> RUNNERS =
      List.of("DirectRunner", "FlinkRunner", "DataflowRunner");

  @Option(
      order = 200,
      names = "--runner",
      paramLabel = "RUNNER",
      description =
          "DirectRunner, FlinkRunner (embedded, or a cluster with --flinkMaster=HOST:PORT) or"
              + " DataflowRunner. Default: DirectRunner; where Flink starts this jar, FlinkRunner.")
  String runner;

  private List<String> beamFlags = List.of();

  /**
   * @param runner where none is named
   */
  public RunnerFlags(String runner) {
    this.runner = runner;
  }

  /**
   * Reads the flags of a verb that has these; what it does not know is passed on.
   *
   * @return false where the help was asked for, and printed
   * @throws UsageException for a value that does not fit
   */
  public boolean parse(CommandLine verb, List<String> args, PrintStream out) {
    verb.setUnmatchedArgumentsAllowed(true);
    if (!VerbFlags.parse(verb, args, out)) {
      return false;
    }
    beamFlags = List.copyOf(verb.getUnmatchedArguments());
    runner = RUNNERS.stream().filter(name -> isMeant(name, runner)).findFirst().orElse(runner);
    return true;
  }

  /** {@code flink} and {@code flinkrunner} are meant for FlinkRunner. */
  private static boolean isMeant(String name, String written) {
    return written.equalsIgnoreCase(name) || (written + "Runner").equalsIgnoreCase(name);
  }

  public String runner() {
    return runner;
  }

  /** Flags that are Beam's own, or nobody's. */
  public List<String> beamFlags() {
    return beamFlags;
  }

  /** Whether a flag of Beam's was given. */
  public boolean has(String name) {
    return beamFlags.stream()
        .anyMatch(flag -> flag.equals("--" + name) || flag.startsWith("--" + name + "="));
  }

  /** The value of a flag of Beam's. */
  public Optional<String> value(String name) {
    String prefix = "--" + name + "=";
    return beamFlags.stream()
        .filter(flag -> flag.startsWith(prefix))
        .map(flag -> flag.substring(prefix.length()))
        .findFirst();
  }
}
