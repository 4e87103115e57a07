package io.sluice.simulate.batches;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.batches.BatchJob.Item;
import io.sluice.simulate.batches.BatchJob.Outcome;
import io.sluice.simulate.batches.BatchJob.Phase;
import io.sluice.simulate.batches.BatchJob.Refusal;
import io.sluice.simulate.batches.BatchJob.Result;
import io.sluice.simulate.wire.FaultRates;
import io.sluice.simulate.wire.Faults;
import io.sluice.simulate.wire.Reply;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One provider's batches, of all accounts. A batch's requests are answered, and billed, when
 * somebody looks after its end: what was not looked at cannot be told from what was not done.
 * Thread-safe.
 */
public final class BatchStore {
  /** Answers a request of a batch and bills it. */
  public interface Answering {
    /**
     * @param fault null leaves it to the faults of answers
     */
    Reply answer(BatchJob job, Item item, Faults.@Nullable Fault fault);

    /** How often a request has been answered. */
    int attempts(Item item);
  }

  private static final long SPREAD = 0x632BE59BD9B4E019L;

  private final BatchOptions options;
  private final FaultRates<BatchFault> faults;
  private final LongSupplier nanos;
  private final Answering answering;
  private final Map<String, BatchJob> jobs = new LinkedHashMap<>();
  private final AtomicLong looks = new AtomicLong();

  public BatchStore(BatchOptions options, LongSupplier nanos, Answering answering) {
    this.options = options;
    this.faults = BatchFault.parse(options.faults());
    this.nanos = nanos;
    this.answering = answering;
  }

  /**
   * @param validated whether the provider refuses a file after the batch was created
   */
  public synchronized BatchJob create(
      String prefix,
      String key,
      JsonNode asked,
      List<Item> items,
      List<Refusal> refusals,
      boolean validated) {
    int number = jobs.size();
    List<Refusal> all = new ArrayList<>(refusals);
    long tokens = items.stream().mapToLong(Item::inputTokens).sum();
    if (validated && faults.strikes(BatchFault.VALIDATION, number * SPREAD)) {
      int line = 1 + Math.floorMod(number * 31, Math.max(1, items.size()));
      all.add(new Refusal("invalid_json_line", "This line is not parseable as valid JSON.", line));
    } else if (validated && enqueued(key) + tokens > options.enqueuedTokens()) {
      all.add(
          new Refusal(
              "token_limit_exceeded",
              "Enqueued token limit reached for this model: Limit "
                  + options.enqueuedTokens()
                  + " enqueued tokens. Please try again once some in_progress batches have been"
                  + " completed.",
              0));
    }
    BatchJob job =
        new BatchJob(
            new BatchJob.Created(
                prefix
                    + String.format(
                        Locale.ROOT, "%06d%012x", number, (number + 1) * SPREAD & 0xFFFFFFFFFFFFL),
                key,
                number,
                Instant.now(),
                asked),
            items,
            all,
            nanos.getAsLong(),
            (long) (options.seconds() * 1e9));
    jobs.put(job.id, job);
    return job;
  }

  private long enqueued(String key) {
    long now = nanos.getAsLong();
    return jobs.values().stream()
        .filter(job -> job.key.equals(key) && !job.phase(now).isOver())
        .mapToLong(BatchJob::inputTokens)
        .sum();
  }

  /** An account's batch, with its results if it has ended; null where there is none. */
  public synchronized @Nullable BatchJob get(String key, String id) {
    BatchJob job = jobs.get(id);
    if (job == null || !job.key.equals(key)) {
      return null;
    }
    settle(job);
    return job;
  }

  /** An account's batches, newest first. */
  public synchronized List<BatchJob> list(String key) {
    List<BatchJob> own = new ArrayList<>();
    for (BatchJob job : jobs.values()) {
      if (job.key.equals(key)) {
        settle(job);
        own.add(0, job);
      }
    }
    return own;
  }

  public synchronized void cancel(BatchJob job) {
    job.cancel(nanos.getAsLong());
    settle(job);
  }

  /** Ends what is past its time, so that the books have it. */
  public synchronized void settleAll() {
    jobs.values().forEach(this::settle);
  }

  public synchronized int size() {
    return jobs.size();
  }

  public long now() {
    return nanos.getAsLong();
  }

  public boolean strikes(BatchFault fault, BatchJob job) {
    return faults.strikes(fault, job.number * SPREAD);
  }

  /** Whether this look at the state of batches fails. */
  public boolean strikesLook() {
    return faults.strikes(BatchFault.POLL, looks.incrementAndGet() * SPREAD);
  }

  /** Whether this download of a batch's results is cut. */
  public synchronized boolean strikesDownload(BatchJob job) {
    return faults.strikes(BatchFault.CUT, job.number * SPREAD + ++job.downloads);
  }

  private void settle(BatchJob job) {
    long now = nanos.getAsLong();
    Phase phase = job.phase(now);
    if (job.results() != null || !phase.isOver() || phase == Phase.REFUSED) {
      return;
    }
    int reached = job.reached(now);
    boolean none = strikes(BatchFault.NOOUTPUT, job);
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < job.items.size(); i++) {
      Item item = job.items.get(i);
      results.add(
          i >= reached ? new Result(item, Outcome.CANCELLED, null) : result(job, item, none));
    }
    List<Result> all = new ArrayList<>(results);
    for (Result result : results) {
      if (faults.strikes(BatchFault.DUPLICATE, 31L * result.item().body().hashCode())) {
        all.add(result);
      }
    }
    if (strikes(BatchFault.SHUFFLED, job)) {
      Collections.shuffle(all, new Random(job.number));
    }
    job.setResults(results, all);
  }

  private Result result(BatchJob job, Item item, boolean fails) {
    long seed = 31L * item.body().hashCode() + answering.attempts(item) * SPREAD;
    if (!fails && faults.strikes(BatchFault.EXPIRED, seed + job.number)) {
      return new Result(item, Outcome.EXPIRED, null);
    }
    boolean failed = fails || faults.strikes(BatchFault.FAILED, seed);
    Reply reply = answering.answer(job, item, failed ? Faults.Fault.SERVER : null);
    return new Result(item, reply.status() == 200 ? Outcome.ANSWERED : Outcome.FAILED, reply);
  }
}
