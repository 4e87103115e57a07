package io.sluice.pipeline.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.ledger.LedgerFollower;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunCalls;
import io.sluice.pipeline.output.RunFile;
import io.sluice.pipeline.output.Spend;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import org.apache.beam.sdk.io.fs.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * Reads how far a job is from its output directory and its ledger, without disturbing it. Every
 * look reads what is new since the last one. Not thread-safe.
 */
public final class JobReader {

  /** The ledger as far as it was read, seen from one run. */
  private static final class Reading {
    final String run;
    final String ledger;
    final LedgerFollower follower;
    LedgerTotals job = new LedgerTotals();
    RunCalls calls;
    Recent recent = new Recent();

    Reading(String run, String ledger) {
      this.run = run;
      this.ledger = ledger;
      follower = new LedgerFollower(ledger);
      calls = new RunCalls(run);
    }

    void readOn() {
      if (!follower.poll(this::add)) {
        job = new LedgerTotals();
        calls = new RunCalls(run);
        recent = new Recent();
      }
    }

    private void add(String segment, long offset, ObjectNode record) {
      job.add(segment, record);
      calls.add(segment, record);
      if (RunCalls.isOf(run, segment)) {
        recent.add(record);
      }
    }
  }

  private final OutputPaths paths;
  private final @Nullable String ledger;
  private @Nullable Reading reading;

  /**
   * @param ledger the ledger's directory; null for the one that the run was given
   */
  public JobReader(OutputPaths paths, @Nullable String ledger) {
    this.paths = paths;
    this.ledger = ledger;
  }

  /**
   * How far the last run of the job is, as {@code status --json} writes it; empty where the
   * directory holds no job.
   *
   * @throws io.sluice.internal.ledger.LedgerException if the ledger is damaged
   */
  public Optional<ObjectNode> look(Instant now) throws IOException {
    JsonNode file = orMissing(RunFile.read(paths));
    JsonNode summary = orMissing(RunFile.summary(paths));
    String directory = ledger(file);
    String run = file.path("run").asText("");
    if (run.isEmpty()) {
      run = newestRun(directory);
    }
    if (run.isEmpty()) {
      run = summary.path("run").asText("");
    }
    if (run.isEmpty()) {
      return Optional.empty();
    }
    Reading mine = reading;
    if (mine == null || !mine.run.equals(run) || !mine.ledger.equals(directory)) {
      mine = new Reading(run, directory);
      reading = mine;
    }
    mine.readOn();
    Liveness liveness = Liveness.of(file, mine.recent, now);
    // In this order: a run that ended meanwhile has said so by now.
    file = orMissing(RunFile.read(paths));
    summary = orMissing(RunFile.summary(paths));
    if (!file.isMissingNode() && !file.path("run").asText().equals(run)) {
      return look(now);
    }
    return Optional.of(status(run, mine, file, summary, liveness, now));
  }

  /** What the run has cost as far as it was read; null where that is not known. */
  public @Nullable BigDecimal spentUsd() {
    return reading == null ? null : reading.calls.spentUsd();
  }

  private static JsonNode orMissing(@Nullable JsonNode node) {
    return node == null ? MissingNode.getInstance() : node;
  }

  private String ledger(JsonNode file) {
    if (ledger != null) {
      return ledger;
    }
    String given = file.path("ledger").asText(paths.defaultLedger());
    // The whole directory may have been moved or copied since.
    return LedgerScan.segments(given).isEmpty() ? paths.defaultLedger() : given;
  }

  /** Of a ledger without a launcher's file, as the library writes it. */
  private static String newestRun(String ledger) {
    return LedgerScan.segments(ledger).stream()
        .max(Comparator.comparingLong(MatchResult.Metadata::lastModifiedMillis))
        .map(segment -> String.valueOf(segment.resourceId().getFilename()))
        .map(name -> name.replaceFirst("-[^-]*-[^-]*$", ""))
        .orElse("");
  }

  private static ObjectNode status(
      String run,
      Reading reading,
      JsonNode file,
      JsonNode summary,
      Liveness liveness,
      Instant now) {
    boolean finished = RunFile.hasEnded(summary, run);
    boolean working = !finished && liveness.working();
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("name", finished ? summary.path("name").asText() : file.path("name").asText(""));
    out.put("run", run);
    out.put("state", finished ? summary.path("state").asText() : liveness.state(file));
    out.put("working", working);
    out.put("at", now.toString());
    long newest = reading.recent.newestMillis();
    out.put("heartbeatAt", newest == 0 ? null : Instant.ofEpochMilli(newest).toString());
    copy(finished ? summary : file, out, "runner", "startedAt");
    if (finished) {
      copy(summary, out, "finishedAt", "wallSeconds", "stillToDo", "deadLettersByKind");
    }
    if (file.has("watch")) {
      out.set("watch", file.get("watch"));
      out.put("files", summary.path("files").asLong());
    }
    String message = message(reading, file, finished);
    if (!message.isEmpty()) {
      out.put("message", message);
    }
    new Figures(reading.recent, file, now.toEpochMilli())
        .write(out, finished ? summary : null, working);
    out.set("calls", reading.calls.calls());
    new Spend(reading.job, reading.calls, segment -> !working || !RunCalls.isOf(run, segment))
        .write(out);
    copy(finished ? summary : file, out, "estimatedCostUsd", "budgetUsd");
    if (!file.isMissingNode()) {
      copy(file, out, "directory", "command");
    }
    return out;
  }

  private static String message(Reading reading, JsonNode file, boolean finished) {
    String ended = finished ? "" : file.path("ended").path("message").asText("");
    String stopped = reading.calls.stopReason();
    return ended.isEmpty() && stopped != null ? stopped : ended;
  }

  private static void copy(JsonNode from, ObjectNode to, String... fields) {
    for (String field : fields) {
      to.set(field, from.has(field) ? from.path(field) : JsonNodeFactory.instance.nullNode());
    }
  }
}
