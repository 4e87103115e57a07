package io.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The bundled jar, started as a user starts it. */
final class Jar {
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

  /** The environment variable that the tasks take their API key from. */
  static final String KEY = "BENCH_KEY";

  private Jar() {}

  /**
   * How a run ended.
   *
   * @param seconds of the whole command
   * @param peakMb of resident memory; 0 where the system does not tell
   */
  record Ended(double seconds, long peakMb) {}

  static Process start(List<String> arguments, Path log) throws IOException {
    return start(List.of(), arguments, log);
  }

  private static Process start(List<String> javaOptions, List<String> arguments, Path log)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As scripts/sluice runs it.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:MetaspaceSize=192m");
    command.add("-XX:MinHeapFreeRatio=20");
    command.add("-XX:MaxHeapFreeRatio=40");
    command.addAll(javaOptions);
    command.add("-jar");
    command.add("pipeline/target/sluice.jar");
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put(KEY, "a-key-to-measure-with");
    return builder.start();
  }

  /**
   * Runs a job to its end.
   *
   * @param javaOptions such as the size of the heap
   */
  static Ended run(List<String> javaOptions, List<String> arguments, Path log)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    Process process = start(javaOptions, arguments, log);
    long peakKb = 0;
    while (process.isAlive()) {
      peakKb = Math.max(peakKb, peakKb(process.pid()));
      Thread.sleep(200);
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          arguments + " ended with " + process.exitValue() + ":\n" + Files.readString(log));
    }
    return new Ended((System.nanoTime() - begun) / 1e9, peakKb / 1024);
  }

  private static long peakKb(long pid) {
    try {
      Matcher peak = PEAK.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
      return peak.find() ? Long.parseLong(peak.group(1)) : 0;
    } catch (IOException e) {
      // It has ended, or this is no Linux.
      return 0;
    }
  }
}
