package io.sluice.pipeline.report;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerEntry.Outcome;
import io.sluice.pipeline.output.OutputPaths;
import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The files of a finished job, made by hand: a run of a hundred seconds. */
final class JobFiles {
  static final ObjectMapper JSON = new ObjectMapper();
  static final Instant START = Instant.parse("2030-01-02T03:04:05Z");
  static final String RUN = "20300102T030405_abcd";

  final Path root;

  JobFiles(Path root) throws IOException {
    this.root = root;
    Files.createDirectories(root.resolve("results"));
    Files.createDirectories(root.resolve("dead-letter"));
  }

  static ObjectNode summary(String state, int answered, int dead) {
    ObjectNode summary = JSON.createObjectNode();
    summary.put("name", "topics").put("run", RUN).put("runner", "DirectRunner");
    summary.put("state", state).put("documents", answered + dead);
    summary.put("succeeded", answered).put("deadLettered", dead).put("stillToDo", 0);
    summary.putObject("calls").put("sent", 120).put("rateLimited", 7).put("retried", 7);
    summary.put("costUsd", new BigDecimal("0.75")).put("costThisRunUsd", new BigDecimal("0.5"));
    summary.put("estimatedCostUsd", new BigDecimal("1.5")).put("budgetUsd", new BigDecimal("2"));
    summary.put("abandonedCostUsd", 0);
    ObjectNode quota = summary.putArray("quota").addObject();
    quota.putNull("key").put("requestsPerMinute", 70).put("tokensPerMinute", 5_000);
    quota.put("utilisation", 0.9).put("waitedMs", 1_000);
    summary.putObject("latencyMs").put("p50", 850).put("p95", 1_250).put("p99", 2_000);
    summary.put("startedAt", START.toString());
    summary.put("finishedAt", START.plusSeconds(100).toString()).put("wallSeconds", 100);
    return summary;
  }

  static ObjectNode answer(String id) {
    ObjectNode row = JSON.createObjectNode().put("id", id);
    row.putObject("source").put("file", "/data/in.jsonl").put("position", 7);
    return row;
  }

  static ObjectNode dead(String id, String kind, String text) {
    ObjectNode row = answer(id);
    row.putObject("document").put("text", text);
    row.putObject("error").put("kind", kind).put("message", text);
    return row.put("answer", text);
  }

  /** ASCII, in which halves of characters can be written too. */
  private static String line(ObjectNode node) throws IOException {
    return JSON.writer().with(JsonWriteFeature.ESCAPE_NON_ASCII).writeValueAsString(node);
  }

  JobFiles write(ObjectNode summary) throws IOException {
    Files.writeString(root.resolve("summary.json"), line(summary));
    return this;
  }

  JobFiles rows(String kind, Iterable<ObjectNode> rows) throws IOException {
    try (BufferedWriter out =
        Files.newBufferedWriter(root.resolve(kind).resolve(kind + "-00000.jsonl"))) {
      for (ObjectNode row : rows) {
        out.write(line(row) + "\n");
      }
    }
    return this;
  }

  /** A call a second that is answered or, every tenth, refused. */
  JobFiles ledger(String run, int calls) {
    AtomicLong now = new AtomicLong(START.toEpochMilli());
    try (Ledger ledger =
        Ledger.open(
            new Ledger.Options(
                root.resolve("ledger").toString(),
                "topics",
                run,
                part -> true,
                () -> Instant.ofEpochMilli(now.get())))) {
      for (int i = 0; i < calls; i++) {
        Ledger.Call call = ledger.begin("", String.format("%032x", i), BigDecimal.ONE);
        now.addAndGet(1_000);
        ledger.end(
            call,
            i % 10 == 9
                ? entry(Outcome.RETRY, ErrorKind.RATE_LIMITED)
                : entry(Outcome.ANSWER, null));
      }
    }
    return this;
  }

  private static LedgerEntry entry(Outcome outcome, @Nullable ErrorKind kind) {
    return new LedgerEntry(
        outcome,
        "x",
        "m",
        "stop",
        new Usage(60, 0, 1),
        new BigDecimal("0.005"),
        1,
        850,
        kind,
        "",
        kind == null ? null : 429,
        null,
        kind != null,
        "billed");
  }

  String report() throws IOException {
    Report.write(new OutputPaths(root.toString()), root.resolve("ledger").toString());
    return Files.readString(root.resolve("report.html"));
  }
}
