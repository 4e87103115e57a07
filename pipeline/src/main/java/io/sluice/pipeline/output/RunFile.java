package io.sluice.pipeline.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.store.StoredFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code .sluice/run.json}: what the launcher knows of a run and the ledger does not, for {@code
 * status} to read. Appears whole or not at all.
 */
public final class RunFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");
  private static final Pattern SECRET =
      Pattern.compile("(--[^=]*(?:key|secret|token|password|credential)[^=]*)=.*");

  private RunFile() {}

  /**
   * What is known when a run begins.
   *
   * @param args of the verb {@code run}
   * @param documents expected
   * @param exact whether {@code documents} was counted
   * @param detached whether the job goes on without its launcher, as on a cluster
   */
  public static ObjectNode of(
      RunInfo run, List<String> args, long documents, boolean exact, boolean detached) {
    ObjectNode file = JSON.createObjectNode();
    file.put("run", run.run()).put("name", run.task().name()).put("runner", run.runner());
    file.put("startedAt", Instant.ofEpochMilli(run.startedAtMillis()).toString());
    file.put("host", host()).put("pid", ProcessHandle.current().pid());
    file.put("processStartedAt", startOf(ProcessHandle.current()));
    file.put("detached", detached);
    file.put("directory", System.getProperty("user.dir"));
    file.put("command", command("scripts/sluice run", args));
    file.put("ledger", run.ledger());
    file.put("documents", documents).put("documentsExact", exact);
    Spend.putMoney(file, "estimatedCostUsd", run.estimatedUsd());
    Spend.putMoney(file, "budgetUsd", run.budgetUsd());
    if (!Providers.of(run.task()).runsInProcess()) {
      ModelTask.Quota quota = run.task().quota();
      ObjectNode limits = file.putObject("quota");
      limits(limits, quota.requestsPerMinute(), quota.tokensPerMinute());
      ObjectNode keys = limits.putObject("keys");
      for (Map.Entry<String, KeyQuota> key : quota.keys().entrySet()) {
        KeyQuota own = key.getValue();
        limits(keys.putObject(key.getKey()), own.requestsPerMinute(), own.tokensPerMinute());
      }
    }
    return file;
  }

  private static void limits(ObjectNode out, long requests, long tokens) {
    out.put("requestsPerMinute", requests).put("tokensPerMinute", tokens);
  }

  /**
   * Adds how a run ended without a summary.
   *
   * @param how {@code failed} or {@code interrupted}
   */
  public static void end(ObjectNode file, String how, String message) {
    file.putObject("ended").put("at", Instant.now().toString()).put("how", how);
    file.withObject("/ended").put("message", message);
  }

  /** Writes the file in the place of the one before. */
  public static void write(OutputPaths paths, ObjectNode file) throws IOException {
    try {
      OutputPaths.writeWhole(
          paths.runFile(),
          paths.root() + "/.sluice/run-" + UUID.randomUUID() + ".json",
          "application/json",
          JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(file));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON object can be written", e);
    }
  }

  /** The name of the task that a directory belongs to; null where it belongs to none yet. */
  public static @Nullable String owner(OutputPaths paths) throws IOException {
    JsonNode job = readJson(paths.root() + "/.sluice/job.json");
    return job == null ? null : job.path("task").asText();
  }

  /** Gives a directory to a task. */
  public static void writeOwner(OutputPaths paths, String task) throws IOException {
    OutputPaths.writeWhole(
        paths.root() + "/.sluice/job.json",
        paths.root() + "/.sluice/job-" + UUID.randomUUID() + ".json",
        "application/json",
        JSON.writeValueAsBytes(JSON.createObjectNode().put("task", task)));
  }

  /** The last run's file; null where there is none. */
  public static @Nullable JsonNode read(OutputPaths paths) throws IOException {
    return readJson(paths.runFile());
  }

  /** The last summary; null where there is none. */
  public static @Nullable JsonNode summary(OutputPaths paths) throws IOException {
    return readJson(paths.summary());
  }

  /** Whether a run has come to its end, as a summary says; one that watches has not. */
  public static boolean hasEnded(@Nullable JsonNode summary, String run) {
    return summary != null
        && summary.path("run").asText().equals(run)
        && !summary.path("state").asText().equals(RunState.WATCHING.code());
  }

  private static @Nullable JsonNode readJson(String name) throws IOException {
    byte[] content = StoredFiles.read(name);
    if (content == null) {
      return null;
    }
    try {
      JsonNode read = JSON.readTree(content);
      if (read.isObject()) {
        return read;
      }
    } catch (JsonProcessingException e) {
      throw new IOException(damaged(name) + "; " + e.getOriginalMessage(), e);
    }
    throw new IOException(damaged(name));
  }

  private static String damaged(String name) {
    return name
        + " is damaged: expected a JSON object. What was paid for is in the ledger; delete the file,"
        + " and run the same command again";
  }

  /** This machine's name. */
  public static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  /** When a process began, to tell it from a later one with the same number; empty if unknown. */
  public static String startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("");
  }

  /** A command with its arguments, to be shown. */
  public static String command(String program, List<String> args) {
    return program + " " + quoted(args);
  }

  /** As a shell would take it; no flag of ours holds a secret, but one passed on to Beam may. */
  static String quoted(List<String> args) {
    return args.stream()
        .map(
            arg ->
                SECRET.matcher(arg.toLowerCase(Locale.ROOT)).matches()
                    ? arg.substring(0, arg.indexOf('=') + 1) + "…"
                    : PLAIN.matcher(arg).matches() ? arg : "'" + arg.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }
}
