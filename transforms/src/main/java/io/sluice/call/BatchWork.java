package io.sluice.call;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ErrorKind;
import io.sluice.ModelTask.Delivery;
import io.sluice.batch.BatchClient;
import io.sluice.batch.BatchException;
import io.sluice.batch.BatchLimits;
import io.sluice.batch.BatchPacker;
import io.sluice.batch.BatchStatus;
import io.sluice.batch.BatchStatus.State;
import io.sluice.batch.CustomIds;
import io.sluice.batch.Orphans;
import io.sluice.batch.PackedBatch;
import io.sluice.ledger.LedgerBatches;
import io.sluice.provider.RateHeaders;
import io.sluice.provider.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a step of an account's batches does at the provider: one thing after the other, each written
 * to the ledger before the next. Used by one thread a lane at a time.
 */
final class BatchWork implements AutoCloseable {
  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_POLL = 2 * SECOND;
  private static final long LONGEST_PAUSE = 300 * SECOND;

  /** How long a list of batches may lag behind: before, an intent is not taken for unfulfilled. */
  private static final long LISTED_AFTER = 20 * SECOND;

  private static final long LOOK_AGAIN = 5 * SECOND;

  private final BatchRequests requests;
  private final BatchOutcomes outcomes;
  private final Delivery delivery;
  private final Journal journal;
  private final Spending spending;
  private final BatchClients clients;
  private final LongSupplier epochNanos;
  private @Nullable Path directory;

  BatchWork(
      BatchRequests requests,
      BatchOutcomes outcomes,
      Delivery delivery,
      Journal journal,
      Spending spending,
      BatchClients clients,
      LongSupplier epochNanos) {
    this.requests = requests;
    this.outcomes = outcomes;
    this.delivery = delivery;
    this.journal = journal;
    this.spending = spending;
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
      running.forEach(batch -> leave(lane, batch, String.valueOf(e.getMessage())));
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
        case TO_SUBMIT -> submit(lane, client, batch);
        case TO_FIND -> find(lane, client, batch);
        case AT_WORK -> look(lane, client, batch);
      }
    }
    if (tasks.outOfTime()) {
      recall(lane, client);
      requests.hurry(lane);
    }
    while (!requests.isStopped() && requests.tasks(lane).pack()) {
      RunningBatch batch = pack(lane, client);
      if (batch == null) {
        return;
      }
      submit(lane, client, batch);
    }
  }

  // ---- pack and submit --------------------------------------------------------------------------

  /**
   * Packs a batch and records its intent.
   *
   * @return null where the budget does not allow any
   */
  private @Nullable RunningBatch pack(BatchLane lane, BatchClient client) {
    BatchLimits[] most = new BatchLimits[1];
    List<Flight> flights = new ArrayList<>();
    requests.locked(
        () -> {
          most[0] = lane.limits();
          flights.addAll(lane.take(most[0]));
        });
    List<RunningBatch.Line> lines = new ArrayList<>();
    PackedBatch packed;
    boolean overBudget = false;
    try (BatchPacker packer = client.packer(most[0], directory(), BatchWork::newIntent)) {
      int next = 0;
      for (; next < flights.size(); next++) {
        Flight flight = flights.get(next);
        Spending.Hold hold = spending.holdInBatch(flight.request);
        if (hold == null) {
          overBudget = true;
          break;
        }
        BatchPacker.Fit fit = packer.add(flight.request);
        if (fit == BatchPacker.Fit.ADDED) {
          lines.add(new RunningBatch.Line(flight.request.fingerprint(), hold, flight));
          continue;
        }
        spending.release(hold);
        if (fit == BatchPacker.Fit.FULL) {
          break;
        }
        requests.tooLarge(flight);
      }
      List<Flight> left =
          List.copyOf(flights.subList(Math.min(next, flights.size()), flights.size()));
      requests.locked(() -> lane.putBack(left));
      packed = packer.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Pack a batch into " + directory + ": " + e.getMessage() + "; make room there", e);
    }
    if (packed == null) {
      if (overBudget) {
        requests.budgetBlocks(lane);
      }
      return null;
    }
    Instant now = Instant.ofEpochMilli(epochNanos.getAsLong() / 1_000_000);
    RunningBatch batch =
        new RunningBatch(packed.intent(now), packed.inputTokens(), RunningBatch.Phase.TO_SUBMIT);
    batch.packed = packed;
    for (RunningBatch.Line line : lines) {
      batch.lines.put(CustomIds.shortened(line.fingerprint), line);
    }
    requests.locked(() -> lane.running.add(batch));
    journal.intend(lane.account, batch);
    return batch;
  }

  /** Anyone who lists the account's batches sees it: it tells nothing of the job. */
  private static String newIntent() {
    return UUID.randomUUID().toString().replace("-", "").substring(0, CustomIds.MAX_INTENT);
  }

  private Path directory() throws IOException {
    Path existing = directory;
    if (existing == null) {
      existing = Files.createTempDirectory("sluice-batches");
      directory = existing;
    }
    return existing;
  }

  private void submit(BatchLane lane, BatchClient client, RunningBatch batch)
      throws InterruptedException {
    PackedBatch packed = batch.packed;
    if (packed == null) {
      giveBack(lane, batch, "lost");
      return;
    }
    try {
      created(lane, batch, client.submit(batch.intent, packed, others(lane, batch)));
      requests.sent(batch.lines.size());
      journal.sent(batch.lines.size());
    } catch (BatchException e) {
      switch (e.problem()) {
        case RETRY -> batch.dueAt = epochNanos.getAsLong() + pause(++batch.tries);
        case UNCERTAIN -> {
          batch.phase = RunningBatch.Phase.TO_FIND;
          batch.tries = 0;
          batch.dueAt = epochNanos.getAsLong() + LOOK_AGAIN;
        }
        case ACCOUNT, FATAL -> {
          String why = "Submit a batch: " + e.getMessage();
          close(lane, batch, "refused");
          List<RunningBatch.Line> lines = batch.openLines();
          lines.forEach(line -> spending.release(line.hold));
          requests.breakLane(lane, why, lines);
        }
      }
    }
  }

  private java.util.function.Predicate<String> others(BatchLane lane, RunningBatch batch) {
    Set<String> ids = new HashSet<>();
    requests.locked(
        () ->
            lane.running.stream()
                .filter(other -> other != batch && !other.id.isEmpty())
                .forEach(other -> ids.add(other.id)));
    return ids::contains;
  }

  private void created(BatchLane lane, RunningBatch batch, BatchStatus status) {
    long now = epochNanos.getAsLong();
    requests.locked(
        () -> {
          batch.id = status.id();
          batch.phase = RunningBatch.Phase.AT_WORK;
          batch.state = word(status.state());
          batch.tries = 0;
          batch.pollNanos = Math.min(FIRST_POLL, delivery.poll().toNanos());
          batch.dueAt = now + batch.pollNanos;
          batch.createdAt = now;
        });
    journal.batch(
        lane.account,
        batch.intent.id(),
        LedgerBatches.CREATED,
        JsonNodeFactory.instance
            .objectNode()
            .put("id", status.id())
            .put("requests", batch.intent.requests()));
    PackedBatch packed = batch.packed;
    if (packed != null) {
      batch.packed = null;
      try {
        packed.delete();
      } catch (IOException e) {
        // A temporary file stays; the directory goes with the process.
        packed.file().toFile().deleteOnExit();
      }
    }
  }

  /** Whether an intent became a batch. */
  private void find(BatchLane lane, BatchClient client, RunningBatch batch)
      throws InterruptedException {
    Orphans orphans;
    long now = epochNanos.getAsLong();
    try {
      orphans = client.findOrphans(batch.intent, others(lane, batch));
    } catch (BatchException e) {
      notNow(lane, batch, e, "Look for a batch that may have been created: ");
      return;
    }
    if (!orphans.certain().isEmpty()) {
      created(lane, batch, orphans.certain().get(0));
      return;
    }
    if (!orphans.possible().isEmpty()) {
      batch.dueAt = now + delivery.poll().toNanos();
      return;
    }
    long age = now - batch.intent.createdAt().toEpochMilli() * 1_000_000;
    if (++batch.tries < 2 || age < LISTED_AFTER) {
      batch.dueAt = now + LOOK_AGAIN;
    } else if (batch.packed != null) {
      batch.phase = RunningBatch.Phase.TO_SUBMIT;
      batch.tries = 0;
      batch.dueAt = now;
    } else {
      giveBack(lane, batch, "not created");
    }
  }

  /** The batch does not exist: its requests may be asked again. */
  private void giveBack(BatchLane lane, RunningBatch batch, String why) {
    close(lane, batch, why);
    List<RunningBatch.Line> lines = batch.openLines();
    lines.forEach(line -> spending.release(line.hold));
    requests.putBack(lane, lines);
  }

  private void close(BatchLane lane, RunningBatch batch, String why) {
    journal.batch(
        lane.account,
        batch.intent.id(),
        LedgerBatches.CLOSED,
        JsonNodeFactory.instance.objectNode().put("why", why));
    requests.locked(
        () -> {
          lane.running.remove(batch);
          lane.overBudget = false;
        });
  }

  /** The batch stays open in the ledger, for a run that can see it. */
  private void leave(BatchLane lane, RunningBatch batch, String why) {
    requests.locked(() -> lane.running.remove(batch));
    requests.breakLane(lane, why, batch.openLines());
  }

  private void notNow(BatchLane lane, RunningBatch batch, BatchException e, String what) {
    if (e.problem() == BatchException.Problem.RETRY
        || e.problem() == BatchException.Problem.UNCERTAIN) {
      batch.dueAt = epochNanos.getAsLong() + pause(++batch.tries);
    } else {
      leave(lane, batch, what + e.getMessage());
    }
  }

  private static long pause(int tries) {
    return Math.min(LONGEST_PAUSE, (2 * SECOND) << Math.min(tries, 10));
  }

  // ---- look and read ----------------------------------------------------------------------------

  private void look(BatchLane lane, BatchClient client, RunningBatch batch)
      throws InterruptedException {
    try {
      BatchStatus status = client.poll(batch.id);
      // Cancelled before this run began: its requests are this run's to ask.
      batch.recalled |= batch.taken && isCancelled(status);
      batch.taken = false;
      note(lane, batch, status);
      if (status.state().isEnded()) {
        ended(lane, client, batch, status);
      } else {
        long longest = delivery.poll().toNanos();
        batch.pollNanos = Math.min(longest, Math.max(SECOND, batch.pollNanos * 3 / 2));
        batch.dueAt = epochNanos.getAsLong() + Math.min(longest, batch.pollNanos);
        batch.tries = 0;
      }
    } catch (BatchException e) {
      notNow(lane, batch, e, "Look at batch " + batch.id + ": ");
    }
  }

  private static boolean isCancelled(BatchStatus status) {
    return status.state() == State.CANCELLED || status.state() == State.CANCELLING;
  }

  private void note(BatchLane lane, RunningBatch batch, BatchStatus status) {
    String state = word(status.state());
    long done = status.counts().succeeded();
    long failed = status.counts().failed() + status.counts().expired();
    boolean[] changed = new boolean[1];
    requests.locked(
        () -> {
          changed[0] = !state.equals(batch.state) || done != batch.done || failed != batch.failed;
          batch.state = state;
          batch.done = done;
          batch.failed = failed;
        });
    if (changed[0]) {
      ObjectNode fields = JsonNodeFactory.instance.objectNode();
      fields.put("id", batch.id).put("done", done).put("failed", failed);
      journal.batch(lane.account, batch.intent.id(), state, fields);
    }
  }

  private static String word(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private void ended(BatchLane lane, BatchClient client, RunningBatch batch, BatchStatus status)
      throws BatchException, InterruptedException {
    if (status.state() == State.FAILED) {
      refused(lane, batch, status);
      return;
    }
    // Whoever cancelled it does not want it asked again at once.
    boolean cancelled = status.state() == State.CANCELLED && !batch.recalled;
    client.results(
        status,
        result -> {
          RunningBatch.Line line = batch.lines.get(CustomIds.fingerprintOf(result.customId()));
          if (line != null && !line.ended) {
            outcomes.end(lane, batch, line, result.reply(), cancelled);
          }
        });
    for (RunningBatch.Line line : batch.openLines()) {
      outcomes.end(lane, batch, line, missing(status), cancelled);
    }
    close(lane, batch, word(status.state()));
    try {
      client.discardInput(status);
    } catch (BatchException e) {
      // The provider deletes it in time by itself.
      batch.tries++;
    }
  }

  private static Reply.Failed missing(BatchStatus status) {
    boolean over = status.state() == State.EXPIRED || status.state() == State.CANCELLED;
    return failure(
        over ? ErrorKind.EXPIRED : ErrorKind.SERVER_ERROR,
        true,
        over
            ? "Batch " + status.id() + " ended before this request was answered"
            : "The results of batch " + status.id() + " have no line for this request",
        null);
  }

  private static Reply.Failed failure(
      ErrorKind kind, boolean retryable, String message, @Nullable String code) {
    return new Reply.Failed(
        kind,
        Reply.Scope.ROW,
        retryable,
        message,
        null,
        code,
        null,
        Reply.Billing.NOT_BILLED,
        null,
        null,
        RateHeaders.NONE);
  }

  /** Nothing of the batch ran: whose fault that was decides what becomes of its requests. */
  private void refused(BatchLane lane, RunningBatch batch, BatchStatus status) {
    if (status.isQueueFull()) {
      queueFull(lane, batch);
      return;
    }
    List<RunningBatch.Line> lines = batch.openLines();
    Set<RunningBatch.Line> blamed = new HashSet<>();
    for (BatchStatus.BatchProblem problem : status.problems()) {
      Long number = problem.line();
      if (number != null && number >= 1 && number <= lines.size()) {
        RunningBatch.Line line = lines.get((int) (number - 1));
        if (blamed.add(line)) {
          outcomes.end(
              lane,
              batch,
              line,
              failure(ErrorKind.BAD_REQUEST, false, problem.message(), problem.code()),
              true);
        }
      }
    }
    if (!blamed.isEmpty()) {
      giveBack(lane, batch, "failed");
      return;
    }
    String why =
        status.problems().isEmpty()
            ? "no reason given"
            : status.problems().get(0).code() + ": " + status.problems().get(0).message();
    close(lane, batch, "failed");
    lines.forEach(line -> spending.release(line.hold));
    requests.breakLane(lane, "The provider refused batch " + batch.id + ": " + why, lines);
  }

  /** As much as was at work beside it is what the queue takes; alone, it was too large itself. */
  private void queueFull(BatchLane lane, RunningBatch batch) {
    requests.locked(
        () -> {
          long beside =
              lane.running.stream()
                  .filter(other -> other != batch)
                  .mapToLong(other -> other.inputTokens)
                  .sum();
          lane.enqueuedTokens =
              Math.max(
                  1,
                  beside > 0 ? beside + batch.inputTokens / 2 : Math.max(1, batch.inputTokens / 2));
          lane.packNotBefore =
              epochNanos.getAsLong() + Math.min(delivery.poll().toNanos(), 60 * SECOND);
        });
    giveBack(lane, batch, "queue full");
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
    Path made = directory;
    if (made != null) {
      try (var files = Files.list(made)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
        Files.deleteIfExists(made);
      } catch (IOException e) {
        made.toFile().deleteOnExit();
      }
    }
  }
}
