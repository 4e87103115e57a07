package io.sluice.internal.engine.batch;

import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchClients;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.RowSignals;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.ledger.BatchEvent;
import org.jspecify.annotations.Nullable;

/**
 * What a step of an account's batches does at the provider: one thing after the other, each written
 * to the ledger before the next. Used by one thread a lane at a time.
 */
final class BatchWork implements AutoCloseable {
  private static final long FIRST_POLL = 2_000_000_000L;

  private final BatchLanes lanes;
  private final BatchRequests requests;
  private final BatchClosing closing;
  private final BatchSubmission submission;
  private final BatchReading reading;
  private final Journal journal;
  private final BatchClients clients;
  private final EngineClock clock;
  private final @Nullable RowSignals signals;

  BatchWork(
      Job job, BatchLanes lanes, BatchRequests requests, BatchClients clients, EngineClock clock) {
    this.lanes = lanes;
    this.requests = requests;
    this.closing = new BatchClosing(job, lanes, requests, clock);
    this.submission = new BatchSubmission(job, lanes, requests, closing, clock);
    BatchOutcomes outcomes = new BatchOutcomes(job, lanes, requests, clock);
    this.reading = new BatchReading(job, lanes, requests, outcomes, closing, clock);
    this.journal = job.journal();
    this.signals = job.signals();
    this.clients = clients;
    this.clock = clock;
  }

  /**
   * Does what is due.
   *
   * @throws IllegalStateException if the API key is not on this worker
   */
  void step(BatchLane lane) throws InterruptedException {
    BatchClient client = clients.of(lane.account, lane.quota);
    lanes.offer(lane, client.limits());
    BatchLanes.Tasks tasks = requests.tasks(lane);
    for (RunningBatch batch : tasks.due()) {
      if (lanes.isStopped()) {
        return;
      }
      switch (batch.phase) {
        case TO_SUBMIT -> submission.submit(lane, client, batch);
        case TO_FIND -> submission.find(lane, client, batch);
        case AT_WORK -> look(lane, client, batch);
      }
    }
    if (tasks.outOfTime()) {
      recall(lane, client);
      requests.hurry(lane);
    }
    while (!lanes.isStopped() && requests.tasks(lane).fill()) {
      if (lanes.hasTooFew(lane)) {
        requests.hurry(lane);
        return;
      }
      RunningBatch batch = submission.fill(lane, client);
      if (batch == null) {
        return;
      }
      submission.submit(lane, client, batch);
    }
  }

  private void look(BatchLane lane, BatchClient client, RunningBatch batch)
      throws InterruptedException {
    if (signals == null) {
      reading.look(lane, client, batch);
      return;
    }
    // More of its results end soon, and what follows from them may come to another engine.
    signals.begins();
    try {
      reading.look(lane, client, batch);
    } finally {
      signals.done();
    }
  }

  /** Takes back what is at work: the rest of the time is needed to ask it in real time. */
  private void recall(BatchLane lane, BatchClient client) throws InterruptedException {
    for (RunningBatch batch : lanes.running(lane)) {
      if (batch.phase != RunningBatch.Phase.AT_WORK || batch.recalled) {
        continue;
      }
      try {
        journal.batch(lane.account, batch.intent.id(), new BatchEvent.Recalled());
        batch.recalled = true;
        client.cancel(batch.id);
        batch.pollNanos = FIRST_POLL;
        batch.dueAt = Math.min(batch.dueAt, clock.epochNanos() + FIRST_POLL);
      } catch (BatchException e) {
        // Tried again with the next step.
        batch.recalled = false;
      }
    }
  }

  @Override
  public void close() {
    clients.close();
    submission.close();
  }
}
