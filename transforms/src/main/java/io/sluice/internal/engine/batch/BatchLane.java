package io.sluice.internal.engine.batch;

import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.internal.engine.EngineCounts;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.batch.running.BatchPrefixes;
import io.sluice.internal.engine.batch.running.RunningBatch;
import io.sluice.internal.evidence.BatchPatience;
import io.sluice.internal.evidence.BatchRefusals;
import io.sluice.internal.evidence.Scope;
import io.sluice.spi.BatchLimits;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One account's batches: requests that wait for a batch, and batches at work. Guarded by the
 * engine's lock, except that only one step at a time touches a batch ({@link #busy}).
 */
final class BatchLane {
  /** Where no more rows are announced to end, a batch is made of what came before such a pause. */
  private static final long IDLE_NANOS = 30_000_000_000L;

  /** Where they come at short intervals without an end, the first of them waits no longer. */
  private static final long LONGEST_WAIT_NANOS = 300_000_000_000L;

  static final long NEVER = Long.MAX_VALUE;

  /** A provider takes up to ten minutes to cancel a batch. */
  private static final long TO_CANCEL_NANOS = 15 * 60_000_000_000L;

  final String account;
  final KeyQuota quota;
  final ArrayDeque<Flight> queue = new ArrayDeque<>();
  final List<RunningBatch> running = new ArrayList<>();
  final BatchPrefixes prefixes;
  private final Delivery delivery;

  /** How many requests a batch must have. */
  final int least;

  /** What the provider takes in a batch, as far as it is known. */
  BatchLimits offered = BatchLimits.UNTIL_KNOWN;

  /** The most input tokens that batches at work may hold together; learned where not known. */
  long enqueuedTokens;

  private long queuedTokens;
  private long queuedBytes;
  private long addedAt;

  /** Since when the queue has not been empty. */
  private long waitingSince;

  /** Whether a step runs. */
  boolean busy;

  /** No batch is filled before: the provider's queue is full. */
  long fillNotBefore;

  /** Whether the budget did not allow the next request; until something settles. */
  boolean overBudget;

  @Nullable String brokenBecause;

  final BatchPatience patience;

  /** Whether anything was ever answered on the account. */
  boolean isAnswered;

  /**
   * Whether the model has answered any request of its batches in this run. As the next, used by one
   * step at a time.
   */
  boolean passes;

  /** What was refused until then. */
  BatchRefusals refusals = new BatchRefusals();

  /** What failed of what was asked about batches, by whose failure it is taken for. */
  final Map<Scope, Long> failures = new EnumMap<>(Scope.class);

  BatchLane(
      String account,
      KeyQuota quota,
      Delivery delivery,
      int least,
      BatchPrefixes prefixes,
      BatchPatience patience) {
    this.patience = patience;
    this.least = least;
    this.prefixes = prefixes;
    this.account = account;
    this.quota = quota;
    this.delivery = delivery;
    this.enqueuedTokens = delivery.enqueuedTokens();
  }

  void add(Flight flight, long now) {
    if (queue.isEmpty()) {
      waitingSince = now;
    }
    queue.add(flight);
    counted(flight, 1);
    addedAt = now;
  }

  /** Those that have waited longest come first. */
  void putBack(List<Flight> flights) {
    for (int i = flights.size() - 1; i >= 0; i--) {
      queue.addFirst(flights.get(i));
      counted(flights.get(i), 1);
    }
  }

  /**
   * Takes requests that go ahead, for others that wait for them from now on.
   *
   * @return nothing where {@link #take} is next
   */
  List<Flight> takeAhead(long now) {
    List<Flight> ahead = prefixes.sort(queue, running, now);
    queuedTokens = 0;
    queuedBytes = 0;
    queue.forEach(flight -> counted(flight, 1));
    return ahead;
  }

  /** Whether a batch of what waits would be refused. */
  boolean hasTooFew() {
    return queue.size() < least;
  }

  /** Takes requests for one batch, and leaves enough for another where it leaves any. */
  List<Flight> take(BatchLimits limits) {
    List<Flight> taken = new ArrayList<>();
    long bytes = 0;
    int left = queue.size() - limits.requests();
    int most = limits.requests();
    if (left > 0 && left < least && queue.size() >= 2 * least) {
      most = queue.size() - least;
    }
    while (taken.size() < most && bytes < limits.bytes() && !queue.isEmpty()) {
      Flight flight = queue.remove();
      counted(flight, -1);
      bytes += flight.request.body().length();
      taken.add(flight);
    }
    // The rest is what came last.
    waitingSince = addedAt;
    return taken;
  }

  /** Empties the queue. */
  List<Flight> drain() {
    List<Flight> all = prefixes.takeHeld();
    all.addAll(queue);
    queue.clear();
    queuedTokens = 0;
    queuedBytes = 0;
    return all;
  }

  private void counted(Flight flight, int sign) {
    queuedTokens += sign * flight.request.inputTokens();
    queuedBytes += (long) sign * flight.request.body().length();
  }

  /** What the provider takes in the next batch. */
  BatchLimits limits() {
    return offered
        .withRequests(Math.min(offered.requests(), delivery.maxRequests()))
        .withInputTokens(Math.max(1, Math.min(offered.inputTokens(), freeTokens())));
  }

  private long freeTokens() {
    long used = running.stream().mapToLong(batch -> batch.inputTokens).sum();
    return enqueuedTokens - used;
  }

  /** When a batch may be filled. */
  long fillAt(boolean noMoreRows) {
    if (!prefixes.isEmpty()) {
      putBack(prefixes.takeReleased(running));
    }
    // A queue that is nearly full would be topped up by a crumb at a time.
    if (queue.isEmpty()
        || overBudget
        || (!running.isEmpty() && freeTokens() < Math.min(enqueuedTokens / 4, queuedTokens))) {
      return NEVER;
    }
    boolean full =
        queue.size() >= Math.min(offered.requests(), delivery.maxRequests())
            || queuedBytes >= offered.bytes()
            || queuedTokens >= freeTokens();
    return Math.max(
        fillNotBefore,
        noMoreRows || full ? 0 : Math.min(addedAt + IDLE_NANOS, waitingSince + LONGEST_WAIT_NANOS));
  }

  /** When the next step is due. */
  long dueAt(boolean noMoreRows) {
    long due = fillAt(noMoreRows);
    for (RunningBatch batch : running) {
      due = Math.min(due, batch.dueAt);
    }
    return due;
  }

  /** Whether a batch is at work that nobody has cancelled yet. */
  boolean hasToRecall() {
    return running.stream()
        .anyMatch(batch -> batch.phase == RunningBatch.Phase.AT_WORK && !batch.recalled);
  }

  /** How long everything that is not answered would take in real time, in nanoseconds. */
  long realtimeNanos() {
    long requests = queue.size() + prefixes.heldRequests();
    long tokens = queuedTokens + prefixes.heldTokens();
    for (RunningBatch batch : running) {
      long open = batch.lines.size() - batch.done;
      requests += open;
      tokens += batch.lines.isEmpty() ? 0 : batch.inputTokens * open / batch.lines.size();
    }
    double minutes =
        Math.max(
            requests / (double) quota.requestsPerMinute(),
            tokens / (double) quota.tokensPerMinute());
    return (long) (minutes * 60e9);
  }

  /**
   * Whether only real time can still answer what is left by the deadline.
   *
   * @param begunAt when the engine began, epoch nanos
   */
  boolean isOutOfTime(long now, long begunAt) {
    Instant last = delivery.deadline();
    if (last == null || (queue.isEmpty() && !hasToRecall())) {
      return false;
    }
    long deadline = last.toEpochMilli() * 1_000_000;
    long margin = Math.min(TO_CANCEL_NANOS, (deadline - begunAt) / 8);
    return now >= deadline - margin - realtimeNanos();
  }

  /** Adds what is at work. */
  void addTo(EngineCounts counts) {
    failures.forEach((scope, count) -> counts.failures.merge(scope, count, Long::sum));
    for (RunningBatch batch : running) {
      BatchPatience.Failing failing = batch.failing;
      if (failing != null && counts.situation == null) {
        counts.situation = patience.situation(failing, batch.dueAt);
      }
      counts.batches++;
      counts.batchRequests += batch.intent.requests();
      counts.batchDone += batch.done + batch.failed;
      counts.inFlight += batch.phase == RunningBatch.Phase.AT_WORK ? batch.lines.size() : 0;
    }
  }
}
