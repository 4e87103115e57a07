package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.samskivert.mustache.Mustache;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.report.Page.Fact;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.UUID;
import org.apache.beam.sdk.io.FileSystems;

/**
 * Writes {@code report.html}: one file that needs nothing else, made of a finished run's summary,
 * its outputs and the ledger. They are read once, row by row; what is kept of them has a bound.
 */
public final class Report {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  private Report() {}

  /**
   * Writes the report whole or not at all.
   *
   * @param ledger the ledger's directory
   * @throws java.io.FileNotFoundException where no run has written a summary
   */
  public static void write(OutputPaths paths, String ledger) throws IOException {
    JsonNode summary;
    try (InputStream in =
        Channels.newInputStream(FileSystems.open(OutputPaths.file(paths.summary())))) {
      summary = JSON.readTree(in);
    }
    RunHistory history =
        new RunHistory(
            summary.path("run").asText(),
            Timeline.of(millis(summary, "startedAt"), millis(summary, "finishedAt")));
    LedgerScan.scan(ledger, history);
    AnswerStats answers = new AnswerStats();
    Rows.read(paths.results(), answers::add);
    DeadLetterStats dead = new DeadLetterStats();
    Rows.read(paths.deadLetters(), dead::add);
    OutputPaths.writeWhole(
        paths.report(),
        paths.temporary("report-" + UUID.randomUUID()) + "/report.html",
        "text/html",
        html(page(summary, history, answers, dead)).getBytes(StandardCharsets.UTF_8));
  }

  private static long millis(JsonNode summary, String field) {
    return Instant.parse(summary.path(field).asText()).toEpochMilli();
  }

  private static Page page(
      JsonNode summary, RunHistory history, AnswerStats answers, DeadLetterStats dead)
      throws IOException {
    Plots plots = new Plots();
    CallSections calls = new CallSections(summary, history, plots);
    RowSections rows = new RowSections(summary, plots);
    RunState state = RunState.ofCode(summary.path("state").asText());
    return new Page(
        resource("report.css"),
        Texts.clip(summary.path("name").asText(), 100),
        words(state),
        tone(state, summary.path("deadLettered").asLong()),
        Sentence.of(summary),
        figures(summary),
        about(summary),
        calls.rates(),
        calls.latency(),
        calls.cost(),
        rows.dead(dead),
        rows.answers(answers));
  }

  private static String words(RunState state) {
    return switch (state) {
      case WATCHING -> "watching";
      case SUCCEEDED -> "succeeded";
      case FAILED -> "failed";
      case STOPPED_BY_BUDGET -> "stopped at the budget";
      case TOO_MANY_FAILURES -> "too many failures";
      case STOPPED_BY_PROVIDER -> "stopped by the provider";
    };
  }

  private static String tone(RunState state, long dead) {
    return switch (state) {
      case WATCHING, SUCCEEDED -> dead == 0 ? "good" : "warn";
      case STOPPED_BY_BUDGET -> "warn";
      case FAILED, TOO_MANY_FAILURES, STOPPED_BY_PROVIDER -> "bad";
    };
  }

  private static List<Fact> figures(JsonNode summary) {
    JsonNode calls = summary.path("calls");
    return List.of(
        fact("documents", summary.path("documents")),
        fact("answered", summary.path("succeeded")),
        fact("dead letters", summary.path("deadLettered")),
        fact("from the ledger", summary.path("servedFromLedger")),
        fact("calls sent", calls.path("sent")),
        fact("refused (429)", calls.path("rateLimited")),
        fact("retried", calls.path("retried")),
        new Fact("this run cost", Usd.sum(summary.path("costThisRunUsd"))));
  }

  private static Fact fact(String name, JsonNode count) {
    return new Fact(name, Numbers.count(count.asLong()));
  }

  private static List<Fact> about(JsonNode summary) {
    JsonNode tokens = summary.path("tokens");
    return List.of(
        new Fact("Run", Texts.clip(summary.path("run").asText(), 60)),
        new Fact("Runner", Texts.clip(summary.path("runner").asText(), 60)),
        new Fact("Started", TIME.format(Instant.ofEpochMilli(millis(summary, "startedAt")))),
        new Fact("Finished", TIME.format(Instant.ofEpochMilli(millis(summary, "finishedAt")))),
        new Fact("Took", Durations.words(summary.path("wallSeconds").asDouble())),
        new Fact(
            "Tokens, all runs",
            Numbers.count(tokens.path("input").asLong())
                + " in ("
                + Numbers.count(tokens.path("cachedInput").asLong())
                + " cached), "
                + Numbers.count(tokens.path("output").asLong())
                + " out"));
  }

  private static String html(Page page) throws IOException {
    return Mustache.compiler().escapeHTML(true).compile(resource("report.html")).execute(page);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("The jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
