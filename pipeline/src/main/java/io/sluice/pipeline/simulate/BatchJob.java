package io.sluice.pipeline.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One batch, from its creation over a tenth of its time for validation, eight tenths of work and a
 * tenth of writing results to its end; a cancelled one ends a tenth after that was asked. Not
 * thread-safe; times are given.
 */
final class BatchJob {
  /**
   * @param body the request as text, which the books count by
   */
  record Item(String customId, JsonNode request, String body, long inputTokens) {}

  /** Why a batch is refused; {@code line} 0 means the whole of it. */
  record Refusal(String code, String message, int line) {}

  /** How a request ended. */
  enum Outcome {
    ANSWERED,
    FAILED,
    EXPIRED,
    CANCELLED
  }

  /**
   * @param reply null where the request was not reached
   */
  record Result(Item item, Outcome outcome, @Nullable Reply reply) {}

  enum Phase {
    VALIDATING,
    REFUSED,
    WORKING,
    WRITING,
    ENDED,
    CANCELLING,
    CANCELLED;

    boolean isOver() {
      return this == REFUSED || this == ENDED || this == CANCELLED;
    }
  }

  final String id;
  final String key;
  final int number;
  final Instant createdAt;
  final List<Item> items;

  /** What the provider shows of the request that created it. */
  final JsonNode asked;

  private final List<Refusal> refusals;
  private final long createdNanos;
  private final long nanos;
  private long cancelledNanos = Long.MAX_VALUE;
  private final Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
  private @Nullable List<Result> results;
  int downloads;

  BatchJob(
      String id,
      String key,
      int number,
      Instant createdAt,
      JsonNode asked,
      List<Item> items,
      List<Refusal> refusals,
      long createdNanos,
      long nanos) {
    this.id = id;
    this.key = key;
    this.number = number;
    this.createdAt = createdAt;
    this.asked = asked;
    this.items = List.copyOf(items);
    this.refusals = List.copyOf(refusals);
    this.createdNanos = createdNanos;
    this.nanos = nanos;
  }

  Phase phase(long now) {
    double share = nanos == 0 ? 1 : (now - createdNanos) / (double) nanos;
    if (cancelledNanos != Long.MAX_VALUE) {
      return now - cancelledNanos < nanos / 10 ? Phase.CANCELLING : Phase.CANCELLED;
    }
    if (share < 0.1) {
      return Phase.VALIDATING;
    }
    if (!refusals.isEmpty()) {
      return Phase.REFUSED;
    }
    return share < 0.9 ? Phase.WORKING : share < 1 ? Phase.WRITING : Phase.ENDED;
  }

  /** Asks for the end; no effect on a batch that is over. */
  void cancel(long now) {
    if (!phase(now).isOver() && cancelledNanos == Long.MAX_VALUE) {
      cancelledNanos = now;
    }
  }

  boolean isCancelled() {
    return cancelledNanos != Long.MAX_VALUE;
  }

  /** How many requests have been reached by now. */
  int reached(long now) {
    if (!refusals.isEmpty()) {
      return 0;
    }
    double share = nanos == 0 ? 1 : (Math.min(now, cancelledNanos) - createdNanos) / (double) nanos;
    return (int) (items.size() * Math.max(0, Math.min(1, (share - 0.1) / 0.8)));
  }

  List<Refusal> refusals() {
    return refusals;
  }

  long inputTokens() {
    return items.stream().mapToLong(Item::inputTokens).sum();
  }

  /** The results as they are written, repetitions included; null before the end. */
  @Nullable List<Result> results() {
    return results;
  }

  /**
   * @param each one a request
   * @param written as they are written
   */
  void setResults(List<Result> each, List<Result> written) {
    each.forEach(result -> counts.merge(result.outcome(), 1L, Long::sum));
    results = List.copyOf(written);
  }

  /** How many requests ended so. */
  long count(Outcome outcome) {
    return counts.getOrDefault(outcome, 0L);
  }
}
