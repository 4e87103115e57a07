package io.sluice.pipeline.costs;

import io.sluice.Answer;
import io.sluice.Usage;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What answers were paid for, by the key of their documents. The ledger knows accounts, and
 * documents whose keys the task does not list share its own: whose money that was their rows say.
 * Not thread-safe.
 */
public final class KeySums implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Of one key. */
  record Sum(long calls, Usage usage, BigDecimal usd) implements Serializable {
    static final Sum NONE = new Sum(0, Usage.NONE, BigDecimal.ZERO);

    Sum plus(Sum other) {
      return new Sum(calls + other.calls, usage.plus(other.usage), usd.add(other.usd));
    }

    /** Null where there is not so much. */
    @Nullable Sum minus(Sum other) {
      Usage left =
          new Usage(
              Math.max(0, usage.inputTokens() - other.usage.inputTokens()),
              Math.max(0, usage.cachedInputTokens() - other.usage.cachedInputTokens()),
              Math.max(0, usage.outputTokens() - other.usage.outputTokens()));
      boolean enough =
          usd.compareTo(other.usd) >= 0
              && usage.inputTokens() >= other.usage.inputTokens()
              && usage.cachedInputTokens() >= other.usage.cachedInputTokens()
              && usage.outputTokens() >= other.usage.outputTokens();
      // Several rows of embeddings are one call.
      return enough
          ? new Sum(Math.max(0, calls - other.calls), left, usd.subtract(other.usd))
          : null;
    }
  }

  private final TreeMap<String, Sum> sums = new TreeMap<>();

  public void add(Answer answer) {
    String key = answer.document().key();
    boolean paid =
        answer.servedBy() == Answer.ServedBy.REALTIME || answer.servedBy() == Answer.ServedBy.BATCH;
    if (paid && key != null && !key.isEmpty()) {
      BigDecimal usd = answer.costUsd();
      add(key, new Sum(1, answer.usage(), usd == null ? BigDecimal.ZERO : usd));
    }
  }

  public void add(KeySums other) {
    other.sums.forEach(this::add);
  }

  void add(String key, Sum sum) {
    sums.merge(key, sum, Sum::plus);
  }

  Map<String, Sum> sums() {
    return sums;
  }

  Sum total() {
    Sum total = Sum.NONE;
    for (Sum sum : sums.values()) {
      total = total.plus(sum);
    }
    return total;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeySums that && sums.equals(that.sums);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(sums);
  }
}
