package io.sluice.pipeline.runner;

import io.sluice.internal.temporary.TemporaryFiles;
import io.sluice.pipeline.flags.UsageException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Embedded Flink listens for nobody but itself, and leaves nothing behind. Left alone it opens its
 * REST interface and its BLOB server on every address of the machine, and neither asks who is
 * there: whoever reaches them reads options and threads, and cancels the job. A configuration that
 * names other addresses is meant for a cluster; here it is overruled. It leaves a dozen directories
 * and 22 MB with each job in the temporary directory: it gets one of its own, which goes when the
 * process ends. And its sort takes rows of any length, which left alone it does not.
 */
public final class FlinkLoopback {
  private static final String FLAG = "--flinkConfDir=";
  private static final String HOST = "127.0.0.1";
  private static final List<String> ADDRESSES =
      List.of(
          "rest.address",
          "rest.bind-address",
          "jobmanager.bind-host",
          "jobmanager.rpc.address",
          "taskmanager.bind-host",
          "taskmanager.host");

  /**
   * Otherwise one row of more than some six megabytes ends a job: it does not fit where it sorts.
   */
  private static final String LARGE_ROWS = "taskmanager.runtime.large-record-handler";

  /** Whoever names directories of theirs has them used. */
  private static final List<String> TEMPORARY = List.of("io.tmp.dirs", "web.tmpdir");

  private FlinkLoopback() {}

  /**
   * Makes a Flink in this process stay on this machine.
   *
   * @param environment where {@code FLINK_CONF_DIR} would be
   * @throws UsageException if the configuration cannot be read
   */
  public static void confine(List<String> args, @Nullable String environment) {
    confine(args, environment, InetAddress::getLocalHost);
  }

  /**
   * @param machine this machine's own address, which Flink looks up and ends without
   */
  static void confine(
      List<String> args, @Nullable String environment, Callable<InetAddress> machine) {
    try {
      machine.call();
    } catch (Exception e) {
      throw new UsageException(
          "--runner=FlinkRunner: embedded Flink needs this machine's own name to have an address,"
              + " and it has none (%s): add a line \"127.0.0.1 NAME\" to /etc/hosts, or take"
                  .formatted(e.getMessage())
              + " --runner=DirectRunner");
    }
    String given =
        args.stream()
            .filter(arg -> arg.startsWith(FLAG))
            .map(arg -> arg.substring(FLAG.length()))
            .reduce((first, last) -> last)
            .orElse(environment);
    Map<String, String> settings = new TreeMap<>();
    if (given != null && !given.isEmpty()) {
      try {
        Configuration read = GlobalConfiguration.loadConfiguration(given);
        settings.putAll(read.toMap());
      } catch (RuntimeException e) {
        throw new UsageException("--flinkConfDir: " + given + " cannot be read: " + e.getMessage());
      }
    }
    ADDRESSES.forEach(name -> settings.put(name, HOST));
    settings.putIfAbsent(LARGE_ROWS, "true");
    try {
      TemporaryFiles.own();
      Path directory = TemporaryFiles.createDirectory("flink");
      TEMPORARY.forEach(name -> settings.putIfAbsent(name, directory.toString()));
      StringBuilder lines = new StringBuilder();
      settings.forEach((name, value) -> lines.append(name).append(": ").append(value).append('\n'));
      Path file = directory.resolve("flink-conf.yaml");
      Files.writeString(file, lines, StandardCharsets.UTF_8);
      args.removeIf(arg -> arg.startsWith(FLAG));
      args.add(FLAG + directory);
    } catch (IOException e) {
      throw new UsageException(
          "Write a configuration of Flink to the temporary directory "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + e
              + "; give another, SLUICE_JAVA_OPTS=-Djava.io.tmpdir=DIR, and run the same command"
              + " again");
    }
  }
}
