package io.sluice.pipeline.launch;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.output.RunInfo;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.runner.JobFailedException;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import io.sluice.pipeline.words.Visible;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.util.Locale;
import org.apache.beam.sdk.io.FileSystems;

/** What a run that has come to its end says of it, and its exit code. */
final class LastLines {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final PrintStream out;
  private final PrintStream err;

  LastLines(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * Prints what the summary says.
   *
   * @return the exit code
   * @throws JobFailedException if the summary is not this run's
   */
  int print(RunInfo info) throws IOException {
    JsonNode summary;
    try (InputStream in =
        Channels.newInputStream(
            FileSystems.open(FileSystems.matchNewResource(info.paths().summary(), false)))) {
      summary = JSON.readTree(in);
    }
    if (!summary.path("run").asText().equals(info.run())) {
      throw new JobFailedException(
          "The job ended without writing " + info.paths().summary() + "; run it again");
    }
    RunState state = RunState.ofCode(summary.path("state").asText());
    out.printf(
        Locale.ROOT,
        "%s: %,d answered (%,d from the ledger), %s%s%n",
        Numbers.of(summary.path("documents").asLong(), "document"),
        summary.path("succeeded").asLong(),
        summary.path("servedFromLedger").asLong(),
        Numbers.of(summary.path("deadLettered").asLong(), "dead letter"),
        Numbers.kinds(summary.path("deadLettersByKind")));
    out.println(
        Numbers.of(summary.path("calls").path("sent").asLong(), "call")
            + " in "
            + Durations.words(summary.path("wallSeconds").asDouble())
            + cost(summary));
    out.println("Answers: " + info.paths().results() + "/*." + info.format().extension());
    if (summary.path("deadLettered").asLong() > 0) {
      out.println("Dead letters: " + info.paths().deadLetters() + "/*.jsonl");
    }
    out.println("Summary: " + info.paths().summary());
    if (StoredFiles.exists(info.paths().report())) {
      out.println("Report: " + info.paths().report());
    }
    switch (state) {
      case STOPPED_BY_BUDGET ->
          err.println(
              "Stopped at the budget: "
                  + remain(summary)
                  + (summary.path("stillToDoUsd").isNumber()
                      ? ", estimated to cost " + Usd.sum(summary.path("stillToDoUsd"))
                      : "")
                  + "; run the same command with a larger budget to continue");
      case STOPPED_BY_PROVIDER ->
          err.println(
              "Stopped by the provider, "
                  + remain(summary)
                  + ": "
                  + Visible.line(summary.path("stopReason").asText("see the dead letters"))
                  + "\nMend it and run the same command to continue");
      case TOO_MANY_FAILURES ->
          err.println("More dead letters than maxFailureRate allows; see the dead letters");
      default -> {}
    }
    return state.exitCode();
  }

  private static String remain(JsonNode summary) {
    long documents = summary.path("stillToDo").asLong();
    return Numbers.of(documents, "document") + (documents == 1 ? " remains" : " remain");
  }

  /** What this run cost, and where others came before it what the whole job did. */
  private static String cost(JsonNode summary) {
    JsonNode run = summary.path("costThisRunUsd");
    JsonNode job = summary.path("costUsd");
    if (!job.isNumber()) {
      return ", at a cost that is not known";
    }
    String all =
        run.isNumber() && run.decimalValue().compareTo(job.decimalValue()) != 0
            ? " (" + Usd.sum(run) + " in this run)"
            : "";
    JsonNode abandoned = summary.path("abandonedCostUsd");
    return ", cost "
        + Usd.sum(job)
        + all
        + (abandoned.isNumber() && abandoned.decimalValue().signum() > 0
            ? "; calls of unknown outcome, at most " + Usd.sum(abandoned) + " more"
            : "");
  }
}
