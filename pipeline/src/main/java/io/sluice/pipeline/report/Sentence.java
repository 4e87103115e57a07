package io.sluice.pipeline.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.pipeline.output.RunState;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;

/** What happened, in one sentence. */
final class Sentence {
  private static final int REASON = 300;

  private Sentence() {}

  static String of(JsonNode summary) {
    long documents = summary.path("documents").asLong();
    String toDo = Numbers.of(summary.path("stillToDo").asLong(), "document");
    return switch (RunState.ofCode(summary.path("state").asText())) {
      case WATCHING ->
          "New files are watched for. So far: " + lowered(counts(summary)) + spent(summary) + ".";
      case SUCCEEDED ->
          documents == 0
              ? "There were no documents to answer."
              : counts(summary) + spent(summary) + ".";
      case STOPPED_BY_BUDGET ->
          "Stopped at the budget with "
              + toDo
              + " still to do: "
              + lowered(counts(summary))
              + spent(summary)
              + "; the same command with a larger budget continues.";
      case STOPPED_BY_PROVIDER ->
          "Stopped by the provider"
              + reason(summary)
              + " with "
              + toDo
              + " still to do: "
              + lowered(counts(summary))
              + spent(summary)
              + "; once that is mended, the same command continues.";
      case TOO_MANY_FAILURES ->
          "More documents failed than failure.maxRate allows: "
              + lowered(counts(summary))
              + spent(summary)
              + ".";
      case FAILED ->
          "The job failed, and its outputs were not replaced: run the same command again; what was"
              + " paid for is kept.";
    };
  }

  private static String counts(JsonNode summary) {
    long documents = summary.path("documents").asLong();
    long answered = summary.path("succeeded").asLong();
    long dead = summary.path("deadLettered").asLong();
    if (dead == 0) {
      return documents == 1
          ? "The one document was answered"
          : "All " + Numbers.count(documents) + " documents were answered";
    }
    return "Of "
        + Numbers.of(documents, "document")
        + ", "
        + Numbers.count(answered)
        + (answered == 1 ? " was answered and " : " were answered and ")
        + Numbers.count(dead)
        + (dead == 1 ? " became a dead letter" : " became dead letters");
  }

  private static String lowered(String sentence) {
    return Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
  }

  private static String spent(JsonNode summary) {
    String time = ", in " + Durations.words(summary.path("wallSeconds").asDouble());
    JsonNode run = summary.path("costThisRunUsd");
    JsonNode job = summary.path("costUsd");
    if (!run.isNumber() || !job.isNumber()) {
      return time + ", at a cost that is not known";
    }
    if (job.decimalValue().signum() == 0) {
      return time + ", at no cost";
    }
    String all =
        run.decimalValue().compareTo(job.decimalValue()) == 0
            ? ""
            : " (" + Usd.sum(job) + " with the runs before it)";
    return time + ", for " + Usd.sum(run) + all;
  }

  private static String reason(JsonNode summary) {
    String reason = summary.path("stopReason").asText("");
    return reason.isEmpty() ? "" : " (" + Texts.clip(reason, REASON) + ")";
  }
}
