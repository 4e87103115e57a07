package io.sluice.internal.engine.batch;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.ModelTask.Delivery;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.ledger.LedgerBatches;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a step of an account's batches does at the provider: one thing after the other, each written
 * to the ledger before the next. Used by one thread a lane at a time.
 */
final class BatchWork implements AutoCloseable {
  private static final long FIRST_POLL = 2_000_000_000L;

  private final BatchRequests requests;
  private final BatchClosing closing;
  private final BatchSubmission submission;
  private final BatchReading reading;
  private final Journal journal;
  private final BatchClients clients;
  private final LongSupplier epochNanos;

  BatchWork(
      BatchRequests requests,
      BatchOutcomes outcomes,
      Delivery delivery,
      Journal journal,
      Spending spending,
      BatchClients clients,
      LongSupplier epochNanos) {
    this.requests = requests;
    this.closing = new BatchClosing(requests, journal, spending, epochNanos);
    this.submission =
        new BatchSubmission(requests, closing, delivery, journal, spending, epochNanos);
    this.reading = new BatchReading(requests, outcomes, closing, delivery, journal, epochNanos);
    this.journal = journal;
    this.clients = clients;
    this.epochNanos = epochNanos;
  }

  /** Does what is due. */
  void step(BatchLane lane) throws InterruptedException {
    BatchClient client;
    try {
      client = clients.of(lane.account, lane.quota);
    } catch (IllegalStateException e) {
      List<RunningBatch> running = new ArrayList<>();
      requests.locked(() -> running.addAll(lane.running));
      running.forEach(batch -> closing.leave(lane, batch, String.valueOf(e.getMessage())));
      requests.breakLane(lane, String.valueOf(e.getMessage()), List.of());
      return;
    }
    requests.locked(() -> lane.offered = client.limits());
    BatchRequests.Tasks tasks = requests.tasks(lane);
    for (RunningBatch batch : tasks.due()) {
      if (requests.isStopped()) {
        return;
      }
      switch (batch.phase) {
        case TO_SUBMIT -> submission.submit(lane, client, batch);
        case TO_FIND -> submission.find(lane, client, batch);
        case AT_WORK -> reading.look(lane, client, batch);
      }
    }
    if (tasks.outOfTime()) {
      recall(lane, client);
      requests.hurry(lane);
    }
    while (!requests.isStopped() && requests.tasks(lane).pack()) {
      RunningBatch batch = submission.pack(lane, client);
      if (batch == null) {
        return;
      }
      submission.submit(lane, client, batch);
    }
  }

  /** Takes back what is at work: the rest of the time is needed to ask it in real time. */
  private void recall(BatchLane lane, BatchClient client) throws InterruptedException {
    List<RunningBatch> running = new ArrayList<>();
    requests.locked(() -> running.addAll(lane.running));
    for (RunningBatch batch : running) {
      if (batch.phase != RunningBatch.Phase.AT_WORK || batch.recalled) {
        continue;
      }
      try {
        journal.batch(
            lane.account,
            batch.intent.id(),
            LedgerBatches.RECALLED,
            JsonNodeFactory.instance.objectNode());
        batch.recalled = true;
        client.cancel(batch.id);
        batch.pollNanos = FIRST_POLL;
        batch.dueAt = Math.min(batch.dueAt, epochNanos.getAsLong() + FIRST_POLL);
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
