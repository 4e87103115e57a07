package io.sluice.internal.engine;

import io.sluice.ModelTask;
import io.sluice.internal.judge.AnswerJudge;

/**
 * What an engine works at, and by what it judges what comes of it. Thread-safe.
 *
 * @param journal what was asked before, and is written down now
 * @param retries what becomes of a request after each batch
 */
public record Job(
    ModelTask task, Journal journal, Spending spending, AnswerJudge judge, RetryPolicy retries) {

  /** A task with its own judge of answers, and the policy that takes batches at their word. */
  public static Job of(ModelTask task, Journal journal, Spending spending) {
    return new Job(
        task,
        journal,
        spending,
        new AnswerJudge(task.output(), task.operation()),
        new RetryByReply(task.retry().maxAttempts()));
  }

  /** The same for an engine within another, which does not say how far it is. */
  public Job within() {
    return new Job(task, journal.within(), spending, judge, retries);
  }
}
