package io.sluice.simulate.batches;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulate.wire.Reply;
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
public final class BatchJob {
  /**
   * @param body the request as text, which the books count by
   */
  public record Item(String customId, JsonNode request, String body, long inputTokens) {}

  /**
   * What a batch was created as.
   *
   * @param asked what the provider shows of the request that created it
   */
  record Created(String id, String key, int number, Instant at, JsonNode asked) {}

  /** Why a batch is refused; {@code line} 0 means the whole of it. */
  public record Refusal(String code, String message, int line) {}

  /** How a request ended. */
  public enum Outcome {
    ANSWERED,
    FAILED,
    EXPIRED,
    CANCELLED
  }

  /**
   * @param reply null where the request was not reached
   */
  public record Result(Item item, Outcome outcome, @Nullable Reply reply) {}

  public enum Phase {
    VALIDATING,
    REFUSED,
    WORKING,
    WRITING,
    ENDED,
    CANCELLING,
    CANCELLED;

    public boolean isOver() {
      return this == REFUSED || this == ENDED || this == CANCELLED;
    }
  }

  public final String id;
  public final String key;
  public final int number;
  public final Instant createdAt;
  public final List<Item> items;

  /** What the provider shows of the request that created it. */
  public final JsonNode asked;

  private final List<Refusal> refusals;
  private final long createdNanos;
  private final long nanos;
  private long cancelledNanos = Long.MAX_VALUE;
  private final Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
  private @Nullable List<Result> results;
  public int downloads;

  public BatchJob(
      Created created, List<Item> items, List<Refusal> refusals, long createdNanos, long nanos) {
    this.id = created.id();
    this.key = created.key();
    this.number = created.number();
    this.createdAt = created.at();
    this.asked = created.asked();
    this.items = List.copyOf(items);
    this.refusals = List.copyOf(refusals);
    this.createdNanos = createdNanos;
    this.nanos = nanos;
  }

  public Phase phase(long now) {
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

  /** When its requests are begun. */
  public long begunNanos() {
    return createdNanos + nanos / 10;
  }

  /** When its requests are answered. */
  public long answeredNanos() {
    return createdNanos + nanos / 10 * 9;
  }

  /** Asks for the end; no effect on a batch that is over. */
  public void cancel(long now) {
    if (!phase(now).isOver() && cancelledNanos == Long.MAX_VALUE) {
      cancelledNanos = now;
    }
  }

  public boolean isCancelled() {
    return cancelledNanos != Long.MAX_VALUE;
  }

  /** How many requests have been reached by now. */
  public int reached(long now) {
    if (!refusals.isEmpty()) {
      return 0;
    }
    double share = nanos == 0 ? 1 : (Math.min(now, cancelledNanos) - createdNanos) / (double) nanos;
    return (int) (items.size() * Math.max(0, Math.min(1, (share - 0.1) / 0.8)));
  }

  public List<Refusal> refusals() {
    return refusals;
  }

  public long inputTokens() {
    return items.stream().mapToLong(Item::inputTokens).sum();
  }

  /** The results as they are written, repetitions included; null before the end. */
  public @Nullable List<Result> results() {
    return results;
  }

  /**
   * @param each one a request
   * @param written as they are written
   */
  public void setResults(List<Result> each, List<Result> written) {
    each.forEach(result -> counts.merge(result.outcome(), 1L, Long::sum));
    results = List.copyOf(written);
  }

  /** How many requests ended so. */
  public long count(Outcome outcome) {
    return counts.getOrDefault(outcome, 0L);
  }
}
