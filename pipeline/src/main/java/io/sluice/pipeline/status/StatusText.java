package io.sluice.pipeline.status;

import io.sluice.pipeline.cascade.CascadeUse;
import io.sluice.pipeline.costs.Costs;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import io.sluice.pipeline.words.Visible;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A job's status in a few lines for a person. */
final class StatusText {
  private static final int KEYS = 5;

  private final JobStatus status;
  private final JobStatus.Documents documents;
  private final List<String> lines = new ArrayList<>();

  private StatusText(JobStatus status) {
    this.status = status;
    this.documents = status.documents();
  }

  /** Lines, each with its end. */
  static String of(JobStatus status) {
    StatusText text = new StatusText(status);
    text.headline();
    text.documents();
    text.files();
    text.batches();
    text.calls();
    text.quota();
    text.cost();
    text.cascade();
    text.next();
    return text.lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  private String ago(String moment) {
    Duration since = Duration.between(Instant.parse(moment), Instant.parse(status.at()));
    return Durations.words(Math.max(0, since.toMillis() / 1000.0));
  }

  private void headline() {
    String started = status.startedAt();
    String since = started == null ? "" : " for " + ago(started);
    String runner = status.runner();
    String beat = status.heartbeatAt();
    lines.add(
        (status.name().isEmpty() ? "The job" : status.name())
            + ": "
            + switch (status.state()) {
              case "starting" -> "starting" + since;
              case "running" ->
                  "running" + since + (runner == null ? "" : " on " + runner) + quiet();
              case "died" ->
                  beat == null
                      ? "died before it sent anything"
                      : "died; its last sign is " + ago(beat) + " old";
              case "interrupted" -> "interrupted";
              case "succeeded" -> "finished" + finishedAgo();
              case "stoppedByBudget" -> "stopped at the budget" + finishedAgo();
              case "stoppedByProvider" -> "stopped by the provider" + finishedAgo();
              case "tooManyFailures" ->
                  "finished"
                      + finishedAgo()
                      + (documents.succeeded() == 0
                          ? "; nothing was answered"
                          : " with more dead letters than allowed");
              default -> status.state();
            });
    if (status.message() != null) {
      lines.add(Visible.line(status.message()));
    }
  }

  private String finishedAgo() {
    JobStatus.Finished finished = status.finished();
    String at = finished == null ? null : finished.finishedAt();
    return at == null ? "" : " " + ago(at) + " ago";
  }

  /** A run is quiet while it writes its outputs. */
  private String quiet() {
    Long left = status.pace().secondsLeft();
    return documents.waiting() == 0 && left != null && left == 0 && documents.seen() > 0
        ? ", every document has ended"
        : "";
  }

  private void documents() {
    long done = documents.succeeded() + documents.deadLettered();
    Long expected = documents.documents();
    JobStatus.Finished finished = status.finished();
    String of =
        expected == null
            ? Numbers.count(done) + " documents"
            : Numbers.count(done)
                + " of "
                + (documents.documentsExact() ? "" : "about ")
                + Numbers.count(expected)
                + " documents ("
                + Numbers.share(done, expected)
                + ")";
    lines.add(
        of
            + ": "
            + Numbers.count(documents.succeeded())
            + " answered ("
            + Numbers.count(documents.servedFromLedger())
            + " from the ledger), "
            + Numbers.of(documents.deadLettered(), "dead letter")
            + (finished == null ? "" : Numbers.kinds(finished.deadLettersByKind())));
    if (status.working()) {
      Long left = status.pace().secondsLeft();
      lines.add(
          Numbers.count(documents.inFlight())
              + " calls in flight, "
              + Numbers.count(documents.waiting())
              + " documents waiting, "
              + String.format(Locale.ROOT, "%,.1f", status.pace().perSecond())
              + " documents a second"
              + (left != null && left > 0
                  ? ", about " + Durations.words((double) left) + " left"
                  : ""));
    }
  }

  private void files() {
    JobStatus.Watched watched = status.watched();
    if (watched != null) {
      lines.add(
          (status.working() ? "Looks for new files every " + watched.watch() + "; " : "")
              + Numbers.count(watched.files())
              + (watched.files() == 1 ? " file is" : " files are")
              + " in the outputs");
    }
  }

  private void batches() {
    JobStatus.Batches batches = status.batches();
    if (batches != null) {
      lines.add(
          Numbers.count(batches.batches())
              + (batches.batches() == 1 ? " batch" : " batches")
              + " at work at the provider: "
              + Numbers.count(batches.batchDone())
              + " of "
              + Numbers.count(batches.batchRequests())
              + " requests done"
              + (status.working()
                  ? ""
                  : "; the same command takes them up, sluice cancel ends them"));
    }
  }

  private void calls() {
    JobSummary.Calls calls = status.calls();
    lines.add(
        "Calls: "
            + Numbers.count(calls.sent())
            + " sent, "
            + Numbers.count(calls.rateLimited())
            + " rate-limited (429), "
            + Numbers.count(calls.retried())
            + " asked again, "
            + Numbers.count(calls.failed())
            + " failed");
    if (!calls.failuresInWords().isEmpty()) {
      lines.add("Without an answer: " + calls.failuresInWords());
    }
  }

  private void quota() {
    List<JobStatus.Quota> busiest =
        status.quota().stream()
            .sorted(Comparator.comparingDouble(JobStatus.Quota::utilisation).reversed())
            .limit(KEYS)
            .toList();
    for (JobStatus.Quota quota : busiest) {
      Long requests = quota.requestsPerMinute();
      if (requests == null) {
        continue;
      }
      lines.add(
          "Quota"
              + (quota.words().isEmpty() ? "" : " of " + quota.words())
              + ": "
              + Numbers.percent(quota.utilisation())
              + " used"
              + (quota.requestsPerMinuteUsed() == null
                  ? ""
                  : ": "
                      + used(quota.requestsPerMinuteUsed(), requests, "requests")
                      + ", "
                      + used(quota.tokensPerMinuteUsed(), quota.tokensPerMinute(), "tokens")
                      + " a minute"));
    }
    int more = status.quota().size() - KEYS;
    if (more > 0) {
      lines.add(Numbers.count(more) + " more quota keys, less busy: --json lists them");
    }
  }

  private static String used(@Nullable Long used, @Nullable Long limit, String what) {
    return count(used) + " of " + count(limit) + " " + what;
  }

  private static String count(@Nullable Long number) {
    return Numbers.count(number == null ? 0 : number);
  }

  private void cost() {
    Costs costs = status.costs();
    if (costs.costUsd() == null) {
      lines.add("Cost: unknown, there is no price for this model");
      return;
    }
    String abandoned = Usd.sum(costs.abandonedCostUsd());
    lines.add(
        "Cost: "
            + Usd.sum(costs.costThisRunUsd())
            + " this run, "
            + Usd.sum(costs.costUsd())
            + " over all runs"
            + (abandoned.equals("0 USD")
                ? ""
                : ", at most " + abandoned + " for calls of unknown outcome")
            + (status.budgetUsd() == null ? "" : "; budget " + Usd.sum(status.budgetUsd()))
            + (status.estimatedCostUsd() == null
                ? ""
                : "; estimated at most " + Usd.sum(status.estimatedCostUsd())));
  }

  private void cascade() {
    CascadeUse cascade = status.cascade();
    if (cascade != null) {
      lines.addAll(cascade.words());
    }
  }

  private void next() {
    String state = status.state();
    if (status.working() || state.equals("succeeded") || state.equals("tooManyFailures")) {
      return;
    }
    JobStatus.Place place = status.place();
    String command = place == null ? null : place.command();
    lines.add(
        "To continue, run the same command again"
            + (state.equals("stoppedByBudget") ? ", with a larger budget" : "")
            + (state.equals("stoppedByProvider") ? " once that is mended" : "")
            + (place == null || command == null || command.isEmpty()
                ? ""
                : ", in " + place.directory() + ":\n  " + command));
  }
}
