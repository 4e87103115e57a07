package io.sluice.internal.engine.batch;

import io.sluice.ModelTask.Delivery;
import io.sluice.internal.batches.BatchClient;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchPacker;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.engine.prefix.Prefix;
import io.sluice.internal.ledger.BatchEvent;
import io.sluice.internal.temporary.TemporaryFiles;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.PrefixCache.Keep;
import io.sluice.spi.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * From requests that wait to a batch that the provider has: packed, intended in the ledger,
 * created, and looked for where that is not known. Used by one thread a lane at a time.
 */
final class BatchSubmission implements AutoCloseable {
  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_POLL = 2 * SECOND;

  /**
   * How long a list of batches may lag behind: it is looked at for so long before it is believed.
   */
  private static final long LISTED_AFTER = 20 * SECOND;

  private static final long LOOK_AGAIN = 5 * SECOND;

  private final BatchLanes lanes;
  private final BatchRequests requests;
  private final BatchClosing closing;
  private final Delivery delivery;
  private final Journal journal;
  private final Spending spending;
  private final EngineClock clock;
  private @Nullable Path directory;

  BatchSubmission(
      Job job, BatchLanes lanes, BatchRequests requests, BatchClosing closing, EngineClock clock) {
    this.lanes = lanes;
    this.requests = requests;
    this.closing = closing;
    this.delivery = job.task().delivery();
    this.journal = job.journal();
    this.spending = job.spending();
    this.clock = clock;
  }

  /**
   * Fills a batch and records its intent.
   *
   * @return null where the budget does not allow any, or too few for a batch
   */
  @Nullable RunningBatch fill(BatchLane lane, BatchClient client) {
    BatchLanes.Taken taken = lanes.take(lane);
    List<Flight> flights = taken.flights();
    List<RunningBatch.Line> lines = new ArrayList<>();
    @Nullable PackedBatch packed;
    boolean overBudget = false;
    try (BatchPacker packer = client.packer(taken.limits(), directory(), CustomIds::newIntent)) {
      int next = 0;
      for (; next < flights.size(); next++) {
        Flight flight = flights.get(next);
        Request request = lanes.sent(lane, flight);
        Spending.Hold hold =
            flight.keep == Keep.HOUR
                ? spending.holdInBatchForAnHour(lane.account, request)
                : spending.holdInBatch(lane.account, request);
        if (hold == null) {
          overBudget = true;
          break;
        }
        BatchPacker.Fit fit = packer.add(request);
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
      lanes.putBack(lane, left);
      boolean tooFew = lines.size() < lane.least;
      packed = tooFew ? null : packer.finish();
      if (tooFew) {
        lines.forEach(line -> spending.release(line.hold));
        requests.inRealtime(lines);
      }
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
    Instant now = Instant.ofEpochMilli(clock.epochNanos() / 1_000_000);
    RunningBatch batch =
        new RunningBatch(packed.intent(now), packed.inputTokens(), RunningBatch.Phase.TO_SUBMIT);
    batch.packed = packed;
    for (RunningBatch.Line line : lines) {
      batch.lines.put(CustomIds.shortened(line.fingerprint), line);
    }
    if (taken.ahead()) {
      lines.forEach(line -> goesAhead(batch, line));
    }
    lanes.begin(lane, batch);
    intend(lane, batch);
    return batch;
  }

  private static void goesAhead(RunningBatch batch, RunningBatch.Line line) {
    Flight flight = line.flight;
    Prefix prefix = flight == null ? null : flight.prefix;
    if (prefix != null) {
      batch.ahead.add(prefix);
    }
  }

  /** When this returns, a crash cannot hide that a batch is about to be created. */
  private void intend(BatchLane lane, RunningBatch batch) {
    String intent = batch.intent.id();
    for (RunningBatch.Line line : batch.lines.values()) {
      journal.intend(lane.account, intent, line.fingerprint, line.hold.usd());
    }
    journal.batch(
        lane.account, intent, new BatchEvent.Intended(batch.intent.requests(), batch.inputTokens));
  }

  private Path directory() throws IOException {
    Path existing = directory;
    if (existing == null) {
      existing = TemporaryFiles.createDirectory("sluice-batches");
      directory = existing;
    }
    return existing;
  }

  /** Creates a batch, or finds out why not. */
  void submit(BatchLane lane, BatchClient client, RunningBatch batch) throws InterruptedException {
    PackedBatch packed = batch.packed;
    if (packed == null) {
      closing.giveBack(lane, batch, "lost");
      return;
    }
    try {
      created(lane, batch, client.submit(batch.intent, packed, others(lane, batch)));
      requests.sent(batch.lines.size());
      journal.sent(batch.lines.size());
    } catch (BatchException e) {
      boolean isUncertain = e.problem() == BatchException.Problem.UNCERTAIN;
      if (isUncertain) {
        batch.phase = RunningBatch.Phase.TO_FIND;
        batch.lackingSince = 0;
      }
      if (closing.later(lane, batch, e, "Submit a batch: ") && isUncertain) {
        batch.dueAt = clock.epochNanos() + LOOK_AGAIN;
      }
    }
  }

  private Predicate<String> others(BatchLane lane, RunningBatch batch) {
    return lanes.idsBeside(lane, batch)::contains;
  }

  private void created(BatchLane lane, RunningBatch batch, BatchStatus status) {
    long now = clock.epochNanos();
    lanes.created(
        lane,
        batch,
        status.id(),
        BatchReading.word(status.state()),
        now,
        Math.min(FIRST_POLL, delivery.poll().toNanos()));
    journal.batch(
        lane.account,
        batch.intent.id(),
        new BatchEvent.Created(status.id(), batch.intent.requests()));
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
  void find(BatchLane lane, BatchClient client, RunningBatch batch) throws InterruptedException {
    Orphans orphans;
    long now = clock.epochNanos();
    try {
      orphans = client.findOrphans(batch.intent, others(lane, batch));
    } catch (BatchException e) {
      closing.later(lane, batch, e, "Look for a batch that may have been created: ");
      return;
    }
    if (!orphans.certain().isEmpty()) {
      created(lane, batch, orphans.certain().get(0));
      return;
    }
    if (!orphans.possible().isEmpty()) {
      if (!orphans.possible().get(0).state().isEnded()) {
        batch.lackingSince = 0;
      } else if (batch.lackingSince == 0) {
        batch.lackingSince = now;
      } else if (now - batch.lackingSince >= BatchReading.LATE_RESULTS) {
        closing.leave(lane, batch, orphans.untold());
        return;
      }
      batch.dueAt = now + delivery.poll().toNanos();
      return;
    }
    // Not by the intent's age: whoever was to create it may have come to that late, and crashed
    // then.
    batch.lackingSince = batch.lackingSince == 0 ? now : batch.lackingSince;
    if (now - batch.lackingSince < LISTED_AFTER) {
      batch.dueAt = now + LOOK_AGAIN;
    } else if (batch.packed != null) {
      batch.phase = RunningBatch.Phase.TO_SUBMIT;
      batch.tries = 0;
      batch.lackingSince = 0;
      batch.dueAt = now;
    } else {
      closing.giveBack(lane, batch, "not created");
    }
  }

  /** Removes what was packed and not created. */
  @Override
  public void close() {
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
