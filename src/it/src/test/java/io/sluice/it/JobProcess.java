package io.sluice.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The bundled jar, running in a JVM of its own; what it prints goes to a file. */
final class JobProcess implements AutoCloseable {
  /** Longer than any job here takes on a slow machine: a job that hangs fails its test. */
  private static final int MOST_SECONDS = 180;

  private final Process process;
  private final Path log;

  private JobProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static JobProcess start(Path log, List<String> arguments) throws IOException {
    return start(log, arguments, Map.of());
  }

  /**
   * @param environment what the process sees beside this one's
   */
  static JobProcess start(Path log, List<String> arguments, Map<String, String> environment)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx1g");
    // As scripts/sluice compiles it; twice, it starts half as fast, and many are started here.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Djava.io.tmpdir=" + Files.createDirectories(temporary(log)));
    command.add("-jar");
    command.add(Objects.requireNonNull(System.getProperty("sluice.jar"), "sluice.jar"));
    command.addAll(arguments);
    ProcessBuilder process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    process.environment().putAll(environment);
    return new JobProcess(process.start(), log);
  }

  /** Where jobs that log beside this file put what is temporary. */
  static Path temporary(Path log) {
    return log.resolveSibling("temporary");
  }

  /** Kill -9: no hook runs, nothing is flushed. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Ctrl-C, as a scheduler gives it. */
  void terminate() {
    process.destroy();
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /**
   * @return the exit code
   */
  int await() throws InterruptedException {
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the job did not end; it printed:\n" + printed());
    }
    return process.exitValue();
  }

  String printed() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "nothing (" + e.getMessage() + ")";
    }
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
