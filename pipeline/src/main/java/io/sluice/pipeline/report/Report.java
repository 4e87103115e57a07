package io.sluice.pipeline.report;

import com.samskivert.mustache.Mustache;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.input.InputRows;
import io.sluice.pipeline.json.DamagedFileException;
import io.sluice.pipeline.output.DeadLetterRow;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.ResultRows;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.report.Page.Fact;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.beam.sdk.io.fs.ResourceId;

/**
 * Writes {@code report.html}: one file that needs nothing else, made of a finished run's summary,
 * its outputs and the ledger. They are read once, row by row; what is kept of them has a bound.
 */
public final class Report {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Report() {}

  /**
   * Writes the report whole or not at all.
   *
   * @param ledger the ledger's directory
   * @throws FileNotFoundException where no run has written a summary
   */
  public static void write(OutputPaths paths, String ledger) throws IOException {
    JobSummary summary = JobSummary.read(paths);
    if (summary == null) {
      throw new FileNotFoundException(paths.summary());
    }
    if (summary.startedAt().isEmpty()) {
      throw new DamagedFileException(paths.summary(), "its startedAt is no time");
    }
    RunHistory history =
        new RunHistory(
            summary.run(),
            Timeline.of(started(summary).toEpochMilli(), finished(summary).toEpochMilli()));
    LedgerScan.scan(ledger, history);
    AnswerStats answers = new AnswerStats();
    ResultRows.read(paths.results(), answers::add);
    DeadLetterStats dead = new DeadLetterStats();
    for (ResourceId file : ResultRows.files(paths.deadLetters())) {
      InputRows.read(file.toString(), DeadLetterRow.class, dead::add);
    }
    OutputPaths.writeWhole(
        paths.report(),
        paths.temporary("report-" + UUID.randomUUID()) + "/report.html",
        "text/html",
        html(page(summary, history, answers, dead)).getBytes(StandardCharsets.UTF_8));
  }

  private static Instant started(JobSummary summary) {
    return Instant.parse(summary.startedAt());
  }

  private static Instant finished(JobSummary summary) {
    String at = summary.finishedAt();
    return Instant.parse(at == null ? summary.startedAt() : at);
  }

  private static Page page(
      JobSummary summary, RunHistory history, AnswerStats answers, DeadLetterStats dead)
      throws IOException {
    Plots plots = new Plots();
    CallSections calls = new CallSections(summary, history, plots);
    RowSections rows = new RowSections(summary, plots);
    RunState state = summary.runState();
    return new Page(
        resource("report.css"),
        Texts.clip(summary.name(), 100),
        words(state),
        tone(state, summary.deadLettered()),
        Sentence.of(summary),
        figures(summary),
        about(summary),
        calls.rates(),
        calls.latency(),
        calls.cost(),
        CascadeSection.of(summary.cascade()),
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

  private static List<Fact> figures(JobSummary summary) {
    JobSummary.Calls calls = summary.calls();
    return List.of(
        fact("documents", summary.documents()),
        fact("answered", summary.succeeded()),
        fact("dead letters", summary.deadLettered()),
        fact("from the ledger", summary.servedFromLedger()),
        fact("calls sent", calls.sent()),
        fact("refused (429)", calls.rateLimited()),
        fact("retried", calls.retried()),
        new Fact("this run cost", Usd.sum(summary.costs().costThisRunUsd())));
  }

  private static Fact fact(String name, long count) {
    return new Fact(name, Numbers.count(count));
  }

  private static List<Fact> about(JobSummary summary) {
    Costs.Tokens tokens = summary.costs().allTokens();
    return List.of(
        new Fact("Run", Texts.clip(summary.run(), 60)),
        new Fact("Runner", Texts.clip(summary.runner(), 60)),
        new Fact("Started", TIME.format(started(summary))),
        new Fact("Finished", TIME.format(finished(summary))),
        new Fact("Took", Durations.words(summary.wallSeconds())),
        new Fact(
            "Tokens, all runs",
            Numbers.count(tokens.input())
                + " in ("
                + Numbers.count(tokens.cachedInput())
                + " cached), "
                + Numbers.count(tokens.output())
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
