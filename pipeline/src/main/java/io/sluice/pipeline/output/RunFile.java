package io.sluice.pipeline.output;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Quota;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.quota.AccountKey;
import io.sluice.pipeline.json.JobFile;
import io.sluice.pipeline.json.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code .sluice/run.json}: what the launcher knows of a run and the ledger does not, for {@code
 * status} to read. Appears whole or not at all. What an earlier version did not write is null, zero
 * or empty.
 *
 * @param startedAt ISO 8601
 * @param processStartedAt tells the process from a later one with the same number; empty if unknown
 * @param detached whether the job goes on without its launcher, as on a cluster
 * @param documents expected; null or below zero where that is not known
 * @param documentsExact whether {@code documents} was counted
 * @param quota null where the provider has no limits
 * @param shards over how many keys the accounts are spread
 * @param flinkJob the id that Flink gave the job before it was submitted; empty for none
 * @param watch the time between two looks for new files; null for a job that does not watch
 * @param inputs the files that it reads; null or empty where that is not known, or they are too
 *     many
 * @param ended how the run ended without a summary; null where it did not
 */
public record RunFile(
    String run,
    String name,
    @Nullable String runner,
    @Nullable String startedAt,
    String host,
    long pid,
    String processStartedAt,
    boolean detached,
    @Nullable String directory,
    @Nullable String command,
    @Nullable String ledger,
    @Nullable Long documents,
    boolean documentsExact,
    @Nullable BigDecimal estimatedCostUsd,
    @Nullable BigDecimal budgetUsd,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Limits quota,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String task,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer shards,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String flinkJob,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String watch,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable List<String> inputs,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Ended ended) {
  private static final int MOST_INPUTS = 10_000;
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");
  private static final Pattern SECRET =
      Pattern.compile("(--[^=]*(?:key|secret|token|password|credential)[^=]*)=.*");

  public RunFile {
    run = orEmpty(run);
    name = orEmpty(name);
    startedAt = JobFile.moment(startedAt);
    host = orEmpty(host);
    processStartedAt = orEmpty(processStartedAt);
  }

  /**
   * Limits of the task's own account, and of its keys.
   *
   * @param burstSeconds for so long unused quota is saved up; null where an early version has
   *     written it
   * @param models limits of other models that the task asks, by their names; null for none
   */
  public record Limits(
      @Nullable Long requestsPerMinute,
      @Nullable Long tokensPerMinute,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double burstSeconds,
      Map<String, KeyLimits> keys,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable Map<String, Limits> models) {

    /** Of an account whose burst is not known. */
    public Limits(
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        Map<String, KeyLimits> keys) {
      this(requestsPerMinute, tokensPerMinute, null, keys, null);
    }

    /** For so many seconds unused quota is saved up. */
    public double burst() {
      return burstSeconds == null ? 1 : burstSeconds;
    }

    /** Those of a ledger's key; the account's where it has none of its own. */
    public KeyLimits of(String ledgerKey) {
      AccountKey key = AccountKey.of(ledgerKey);
      Limits model = models == null ? null : models.get(key.model());
      if (model != null) {
        return model.of(key.account());
      }
      KeyLimits own = keys.get(key.account());
      return own == null ? new KeyLimits(requestsPerMinute, tokensPerMinute) : own;
    }
  }

  /** Limits of one key. */
  public record KeyLimits(@Nullable Long requestsPerMinute, @Nullable Long tokensPerMinute) {}

  /**
   * How a run ended without a summary.
   *
   * @param how {@code failed} or {@code interrupted}
   */
  public record Ended(@Nullable String at, @Nullable String how, @Nullable String message) {}

  /**
   * What is known of a job beside its {@link RunInfo} when it begins.
   *
   * @param command as it can be given again
   * @param documents expected; below zero where that is not known
   * @param inputs the files that are read; null where they are not known
   */
  public record Start(
      String command,
      long documents,
      boolean documentsExact,
      boolean detached,
      String task,
      int shards,
      String flinkJob,
      @Nullable String watch,
      @Nullable List<String> inputs) {}

  /** What is known when a run begins. */
  public static RunFile of(RunInfo run, Start start) {
    return new RunFile(
        run.run(),
        run.task().name(),
        run.runner(),
        Instant.ofEpochMilli(run.startedAtMillis()).toString(),
        Machine.host(),
        ProcessHandle.current().pid(),
        Machine.startOf(ProcessHandle.current()),
        start.detached(),
        System.getProperty("user.dir"),
        start.command(),
        run.ledger(),
        start.documents(),
        start.documentsExact(),
        run.estimatedUsd(),
        run.budgetUsd(),
        limits(run.task()),
        start.task(),
        start.shards(),
        start.flinkJob(),
        start.watch(),
        start.inputs() == null || start.inputs().size() > MOST_INPUTS ? null : start.inputs(),
        null);
  }

  private static @Nullable Limits limits(ModelTask task) {
    Targets targets = Targets.of(task, null);
    Map<String, Limits> models = new LinkedHashMap<>();
    targets.all().stream()
        .skip(1)
        .filter(target -> !Providers.of(target.task()).runsInProcess())
        .forEach(target -> models.put(target.name(), limits(target.task().quota(), null)));
    ModelTask own = targets.get(0).task();
    return Providers.of(own).runsInProcess()
        ? null
        : limits(own.quota(), models.isEmpty() ? null : models);
  }

  private static Limits limits(Quota quota, @Nullable Map<String, Limits> models) {
    Map<String, KeyLimits> keys = new LinkedHashMap<>();
    quota
        .keys()
        .forEach(
            (key, own) ->
                keys.put(key, new KeyLimits(own.requestsPerMinute(), own.tokensPerMinute())));
    return new Limits(
        quota.requestsPerMinute(),
        quota.tokensPerMinute(),
        quota.burst().toMillis() / 1000.0,
        keys,
        models);
  }

  /**
   * The same with how the run ended without a summary.
   *
   * @param how {@code failed} or {@code interrupted}
   */
  public RunFile ended(Instant at, String how, String message) {
    return new RunFile(
        run,
        name,
        runner,
        startedAt,
        host,
        pid,
        processStartedAt,
        detached,
        directory,
        command,
        ledger,
        documents,
        documentsExact,
        estimatedCostUsd,
        budgetUsd,
        quota,
        task,
        shards,
        flinkJob,
        watch,
        inputs,
        new Ended(at.toString(), how, message));
  }

  /** Writes it in the place of the one before. */
  public void write(OutputPaths paths) throws IOException {
    OutputPaths.writeWhole(
        paths.runFile(),
        paths.root() + "/.sluice/run-" + UUID.randomUUID() + ".json",
        "application/json",
        Json.pretty(this));
  }

  /** The last run's; null where there is none. */
  public static @Nullable RunFile read(OutputPaths paths) throws IOException {
    return JobFile.read(paths.runFile(), RunFile.class);
  }

  /** Whether the process that launched the run is this machine's, and alive. */
  public boolean isProcessAlive() {
    return Machine.isAlive(pid, processStartedAt);
  }

  /** {@code .sluice/job.json}: the task that a directory belongs to. */
  private record Owner(@Nullable String task) {}

  /** The name of the task that a directory belongs to; null where it belongs to none yet. */
  public static @Nullable String owner(OutputPaths paths) throws IOException {
    Owner owner = JobFile.read(ownerFile(paths), Owner.class);
    return owner == null ? null : orEmpty(owner.task());
  }

  /** Gives a directory to a task. */
  public static void writeOwner(OutputPaths paths, String task) throws IOException {
    OutputPaths.writeWhole(
        ownerFile(paths),
        paths.root() + "/.sluice/job-" + UUID.randomUUID() + ".json",
        "application/json",
        Json.line(new Owner(task)).getBytes(StandardCharsets.UTF_8));
  }

  private static String ownerFile(OutputPaths paths) {
    return paths.root() + "/.sluice/job.json";
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

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
