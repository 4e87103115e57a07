package io.sluice.pipeline.status;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import io.sluice.pipeline.words.Visible;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A job's status in a few lines for a person. */
final class StatusText {
  private static final int KEYS = 5;

  private final JsonNode status;
  private final List<String> lines = new ArrayList<>();

  private StatusText(JsonNode status) {
    this.status = status;
  }

  /** Lines, each with its end. */
  static String of(JsonNode status) {
    StatusText text = new StatusText(status);
    text.headline();
    text.documents();
    text.files();
    text.batches();
    text.calls();
    text.quota();
    text.cost();
    text.next();
    return text.lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  private boolean working() {
    return status.path("working").asBoolean();
  }

  private String ago(String field) {
    Duration since =
        Duration.between(
            Instant.parse(status.path(field).asText()), Instant.parse(status.path("at").asText()));
    return Durations.words(Math.max(0, since.toMillis() / 1000.0));
  }

  private void headline() {
    String name = status.path("name").asText();
    String state = status.path("state").asText();
    String runner = status.path("runner").asText("");
    String since = status.path("startedAt").isTextual() ? " for " + ago("startedAt") : "";
    String beat = status.path("heartbeatAt").isTextual() ? ago("heartbeatAt") : "";
    lines.add(
        (name.isEmpty() ? "The job" : name)
            + ": "
            + switch (state) {
              case "starting" -> "starting" + since;
              case "running" ->
                  "running" + since + (runner.isEmpty() ? "" : " on " + runner) + quiet();
              case "died" ->
                  beat.isEmpty()
                      ? "died before it sent anything"
                      : "died; its last sign is " + beat + " old";
              case "interrupted" -> "interrupted";
              case "succeeded" -> "finished " + ago("finishedAt") + " ago";
              case "stoppedByBudget" -> "stopped at the budget " + ago("finishedAt") + " ago";
              case "stoppedByProvider" -> "stopped by the provider " + ago("finishedAt") + " ago";
              case "tooManyFailures" ->
                  "finished " + ago("finishedAt") + " ago with more dead letters than allowed";
              default -> state;
            });
    String message = status.path("message").asText("");
    if (!message.isEmpty()) {
      lines.add(Visible.line(message));
    }
  }

  /** A run is quiet while it writes its outputs. */
  private String quiet() {
    return status.path("waiting").asLong() == 0
            && status.path("secondsLeft").asLong(-1) == 0
            && status.path("seen").asLong() > 0
        ? ", every document has ended"
        : "";
  }

  private void documents() {
    long done = status.path("succeeded").asLong() + status.path("deadLettered").asLong();
    JsonNode documents = status.path("documents");
    String of =
        documents.isNull()
            ? Numbers.count(done) + " documents"
            : Numbers.count(done)
                + " of "
                + (status.path("documentsExact").asBoolean() ? "" : "about ")
                + Numbers.count(documents.asLong())
                + " documents ("
                + Numbers.share(done, documents.asLong())
                + ")";
    lines.add(
        of
            + ": "
            + count("succeeded")
            + " answered ("
            + count("servedFromLedger")
            + " from the ledger), "
            + Numbers.of(status.path("deadLettered").asLong(), "dead letter")
            + Numbers.kinds(status.path("deadLettersByKind")));
    if (working()) {
      lines.add(
          count("inFlight")
              + " calls in flight, "
              + count("waiting")
              + " documents waiting, "
              + rate()
              + " documents a second"
              + (status.path("secondsLeft").asLong() > 0
                  ? ", about " + Durations.words(status.path("secondsLeft").asDouble()) + " left"
                  : ""));
    }
  }

  private void files() {
    if (status.has("watch")) {
      long files = status.path("files").asLong();
      lines.add(
          (working() ? "Looks for new files every " + status.path("watch").asText() + "; " : "")
              + Numbers.count(files)
              + (files == 1 ? " file is" : " files are")
              + " in the outputs");
    }
  }

  private void batches() {
    long batches = status.path("batches").asLong();
    if (batches > 0) {
      lines.add(
          Numbers.count(batches)
              + (batches == 1 ? " batch" : " batches")
              + " at work at the provider: "
              + count("batchDone")
              + " of "
              + count("batchRequests")
              + " requests done"
              + (working() ? "" : "; the same command takes them up, sluice cancel ends them"));
    }
  }

  private String count(String field) {
    return Numbers.count(status.path(field).asLong());
  }

  private String rate() {
    return String.format(Locale.ROOT, "%,.1f", status.path("perSecond").asDouble());
  }

  private void calls() {
    JsonNode calls = status.path("calls");
    lines.add(
        "Calls: "
            + Numbers.count(calls.path("sent").asLong())
            + " sent, "
            + Numbers.count(calls.path("rateLimited").asLong())
            + " rate-limited (429), "
            + Numbers.count(calls.path("retried").asLong())
            + " asked again, "
            + Numbers.count(calls.path("failed").asLong())
            + " failed");
  }

  private void quota() {
    List<JsonNode> busiest =
        StreamSupport.stream(status.path("quota").spliterator(), false)
            .sorted((a, b) -> Double.compare(share(b), share(a)))
            .limit(KEYS)
            .toList();
    for (JsonNode quota : busiest) {
      if (!quota.path("requestsPerMinute").isNumber()) {
        continue;
      }
      String key = quota.path("key").isNull() ? "" : " of " + quota.path("key").asText();
      lines.add(
          "Quota"
              + key
              + ": "
              + Numbers.percent(share(quota))
              + " used"
              + (quota.has("requestsPerMinuteUsed")
                  ? ": " + used(quota, "requests") + ", " + used(quota, "tokens") + " a minute"
                  : ""));
    }
    int more = status.path("quota").size() - KEYS;
    if (more > 0) {
      lines.add(Numbers.count(more) + " more quota keys, less busy: --json lists them");
    }
  }

  private static double share(JsonNode quota) {
    return quota.path("utilisation").asDouble();
  }

  private static String used(JsonNode quota, String what) {
    return Numbers.count(quota.path(what + "PerMinuteUsed").asLong())
        + " of "
        + Numbers.count(quota.path(what + "PerMinute").asLong())
        + " "
        + what;
  }

  private void cost() {
    if (status.path("costUsd").isNull()) {
      lines.add("Cost: unknown, there is no price for this model");
      return;
    }
    String abandoned = Usd.sum(status.path("abandonedCostUsd"));
    lines.add(
        "Cost: "
            + Usd.sum(status.path("costThisRunUsd"))
            + " this run, "
            + Usd.sum(status.path("costUsd"))
            + " over all runs"
            + (abandoned.equals("0 USD")
                ? ""
                : ", at most " + abandoned + " for calls of unknown outcome")
            + (status.path("budgetUsd").isNumber()
                ? "; budget " + Usd.sum(status.path("budgetUsd"))
                : "")
            + (status.path("estimatedCostUsd").isNumber()
                ? "; estimated at most " + Usd.sum(status.path("estimatedCostUsd"))
                : ""));
  }

  private void next() {
    String state = status.path("state").asText();
    String command = status.path("command").asText("");
    if (working() || state.equals("succeeded") || state.equals("tooManyFailures")) {
      return;
    }
    lines.add(
        "To continue, run the same command again"
            + (state.equals("stoppedByBudget") ? ", with a larger budget" : "")
            + (state.equals("stoppedByProvider") ? " once that is mended" : "")
            + (command.isEmpty()
                ? ""
                : ", in " + status.path("directory").asText() + ":\n  " + command));
  }
}
