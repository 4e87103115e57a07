package io.sluice.internal.engine;

import io.sluice.ModelTask;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.plan.Merging;
import io.sluice.internal.plan.Steps;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an engine works at, and by what it judges what comes of it. Thread-safe.
 *
 * @param journal what was asked before, and is written down now
 * @param judges of answers, by step
 * @param retries what becomes of a request after each batch
 */
public record Job(
    ModelTask task,
    Journal journal,
    Spending spending,
    List<AnswerJudge> judges,
    RetryPolicy retries) {

  public Job {
    judges = List.copyOf(judges);
  }

  /** A task with its own judge of answers, and the policy that takes batches at their word. */
  public static Job of(ModelTask task, Journal journal, Spending spending) {
    return new Job(
        task, journal, spending, judges(task), new RetryByReply(task.retry().maxAttempts()));
  }

  /** The judges of a task's questions, by step. */
  public static List<AnswerJudge> judges(ModelTask task) {
    return Steps.tasks(task).stream()
        .map(question -> new AnswerJudge(question.output(), question.operation()))
        .toList();
  }

  /** Whether rows are asked several things, and may go on after an answer. */
  public boolean rowsGoOn() {
    return !task.steps().isEmpty() || Merging.isNeeded(task);
  }

  /** What judges the answers to a request. */
  public AnswerJudge judge(Flight flight) {
    return judges.get(flight.step);
  }

  /** The same, of a request for which no row may wait: then any step's rules may be its. */
  public List<AnswerJudge> judges(@Nullable Flight flight) {
    return flight == null ? judges : List.of(judge(flight));
  }

  /** The same for an engine within another, which does not say how far it is. */
  public Job within() {
    return new Job(task, journal.within(), spending, judges, retries);
  }
}
