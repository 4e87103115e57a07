package io.sluice.pipeline.report;

import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;

/** What happened, in one sentence. */
final class Sentence {
  private static final int REASON = 300;

  private Sentence() {}

  static String of(JobSummary summary) {
    long documents = summary.documents();
    String toDo = Numbers.of(summary.stillToDo(), "document");
    return switch (summary.runState()) {
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
          summary.succeeded() == 0
              ? (documents == 1
                      ? "The one document was not answered"
                      : "None of the " + Numbers.count(documents) + " documents was answered")
                  + spent(summary)
                  + "."
              : "More documents failed than failure.maxRate allows: "
                  + lowered(counts(summary))
                  + spent(summary)
                  + ".";
      case FAILED ->
          "The job failed, and its outputs were not replaced: run the same command again; what was"
              + " paid for is kept.";
    };
  }

  private static String counts(JobSummary summary) {
    long documents = summary.documents();
    long answered = summary.succeeded();
    long dead = summary.deadLettered();
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

  private static String spent(JobSummary summary) {
    String time = ", in " + Durations.words(summary.wallSeconds());
    BigDecimal run = summary.costs().costThisRunUsd();
    BigDecimal job = summary.costs().costUsd();
    if (run == null || job == null) {
      return time + ", at a cost that is not known";
    }
    if (job.signum() == 0) {
      return time + ", at no cost";
    }
    String all = run.compareTo(job) == 0 ? "" : " (" + Usd.sum(job) + " with the runs before it)";
    return time + ", for " + Usd.sum(run) + all;
  }

  private static String reason(JobSummary summary) {
    String reason = summary.stopReason();
    return reason == null || reason.isEmpty() ? "" : " (" + Texts.clip(reason, REASON) + ")";
  }
}
