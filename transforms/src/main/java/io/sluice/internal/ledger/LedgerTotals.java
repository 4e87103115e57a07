package io.sluice.internal.ledger;

import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.internal.quota.AccountKey;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What a ledger adds up to. Feed it records in the order of each segment. Every cent is in exactly
 * one model, one key and one outcome. Calls without an end, and ends of unknown billing, count as
 * abandoned with their worst case, beside what was spent. Not thread-safe.
 */
public final class LedgerTotals {
  private static final String STANDARD = Tier.STANDARD.word();
  private static final String BATCH = "batch";

  /** Calls that ended, with what they took. Unmodifiable. */
  public record Sum(long calls, Usage usage, BigDecimal usd) {
    static final Sum NONE = new Sum(0, Usage.NONE, BigDecimal.ZERO);

    private Sum plus(int ended, Usage more, BigDecimal cost) {
      return new Sum(calls + ended, usage.plus(more), usd.add(cost));
    }
  }

  /** A call by its writer and number. */
  private record Id(String writer, long number) {}

  /** A call without an end. */
  private record Open(String segment, String key, BigDecimal worst) {}

  private final Map<Id, Open> open = new HashMap<>();

  /** Ends that were read before their call, which is in another segment; true: billing unknown. */
  private final Map<Id, Boolean> early = new HashMap<>();

  /** A failure has no model of its own: it goes with the answers of its writer. */
  private final Map<String, String> lastModel = new HashMap<>();

  private final SortedMap<String, Sum> byModel = new TreeMap<>();
  private final SortedMap<String, Sum> byKey = new TreeMap<>();
  private final SortedMap<String, Sum> byTier = new TreeMap<>();
  private Sum all = Sum.NONE;
  private final Map<String, BigDecimal> abandonedByKey = new HashMap<>();
  private BigDecimal abandoned = BigDecimal.ZERO;
  private BigDecimal failed = BigDecimal.ZERO;
  private BigDecimal repeated = BigDecimal.ZERO;
  private BigDecimal savedByBatches = BigDecimal.ZERO;
  private long calls;
  private long answers;
  private long abandonedCalls;
  private String lastSegment = "";
  private String lastWriter = "";
  private long doubtful;
  private long unknown;

  /** Takes one record; others than those of calls are ignored. */
  public void add(String segment, LedgerRecord record) {
    if (record instanceof LedgerRecord.Begun begun) {
      begun(segment, begun);
    } else if (record instanceof LedgerRecord.Ended ended) {
      ended(segment, ended);
    } else if (record instanceof LedgerRecord.Batch batch) {
      calls += LedgerBatches.createdRequests(batch);
      if (batch.event() instanceof BatchEvent.Closed closed && closed.worstUsd() != null) {
        abandon(batch.key(), closed.worstUsd());
      }
    } else if (record instanceof LedgerRecord.Unknown) {
      unknown++;
    }
  }

  private void begun(String segment, LedgerRecord.Begun begun) {
    if (begun.call().batch() != null) {
      return;
    }
    calls += begun.call().rides() ? 0 : 1;
    Id id = id(segment, begun.call());
    Boolean billingUnknown = early.remove(id);
    if (billingUnknown == null) {
      open.put(id, new Open(segment, begun.call().key(), begun.worst()));
    } else if (billingUnknown) {
      abandon(begun.call().key(), begun.worst());
    }
  }

  private void ended(String segment, LedgerRecord.Ended ended) {
    Id id = id(segment, ended.call());
    LedgerEntry entry = ended.entry();
    BigDecimal cost = ended.usd();
    Usage usage = entry.usage();
    int sent = ended.call().rides() ? 0 : 1;
    all = all.plus(sent, usage, cost);
    add(byKey, AccountKey.of(ended.call().key()).account(), sent, usage, cost);
    String model = model(id.writer(), entry.model());
    if (!model.isEmpty() || sent > 0 || cost.signum() != 0 || !usage.equals(Usage.NONE)) {
      // What was passed on to another model unasked is of none.
      add(byModel, model, sent, usage, cost);
    }
    add(byTier, tier(ended), sent, usage, cost);
    doubtful += ended.doubtful() ? 1 : 0;
    answers += ended.isAnswer() ? 1 : 0;
    if (ended.fit() == LedgerRecord.Fit.REPEATED) {
      repeated = repeated.add(cost);
    } else if (ended.fit() == LedgerRecord.Fit.REFUSED || !ended.isAnswer()) {
      failed = failed.add(cost);
    }
    if (ended.call().batch() != null) {
      // What a batch has not answered is not billed; what is at work is LedgerBatches' to tell.
      BigDecimal saved = ended.savedUsd();
      savedByBatches = saved == null ? savedByBatches : savedByBatches.add(saved);
      return;
    }
    boolean billingUnknown = entry.billing().equals(LedgerEntry.UNKNOWN);
    Open call = open.remove(id);
    if (call == null) {
      early.put(id, billingUnknown);
    } else if (billingUnknown) {
      abandon(call.key(), call.worst());
    }
  }

  private static String tier(LedgerRecord.Ended ended) {
    Tier tier = ended.entry().usage().tier();
    return ended.call().batch() != null ? BATCH : tier == null ? STANDARD : tier.word();
  }

  private void abandon(String key, BigDecimal worst) {
    abandonedByKey.merge(AccountKey.of(key).account(), worst, BigDecimal::add);
    abandonedCalls++;
    abandoned = abandoned.add(worst);
  }

  private String model(String writer, String model) {
    if (!model.isEmpty()) {
      lastModel.put(writer, model);
      return model;
    }
    return lastModel.getOrDefault(writer, "");
  }

  private static void add(
      Map<String, Sum> sums, String name, int ended, Usage usage, BigDecimal cost) {
    sums.put(name, sums.getOrDefault(name, Sum.NONE).plus(ended, usage, cost));
  }

  /** Whatever is open now has no end: its writer is gone. */
  public void endOfSegments() {
    open.values().forEach(call -> abandon(call.key(), call.worst()));
    open.clear();
    early.clear();
  }

  private Id id(String segment, Ledger.Call call) {
    if (!segment.equals(lastSegment)) {
      // A segment's name up to its number: segments of one writer share it.
      int number = segment.lastIndexOf('-');
      lastSegment = segment;
      lastWriter = number < 0 ? segment : segment.substring(0, number);
    }
    return new Id(lastWriter, call.number());
  }

  /** What answers from batches would have cost more in real time. */
  public BigDecimal savedByBatchesUsd() {
    return savedByBatches;
  }

  /** What was billed: answers and failures. */
  public BigDecimal spentUsd() {
    return all.usd();
  }

  /** The part of {@link #spentUsd} that went to answers that were used. */
  public BigDecimal answeredUsd() {
    return all.usd().subtract(failed).subtract(repeated);
  }

  /** The part of {@link #spentUsd} that went to calls that failed, misfits given up included. */
  public BigDecimal failedUsd() {
    return failed;
  }

  /** The part of {@link #spentUsd} that went to answers that did not fit and were asked again. */
  public BigDecimal repeatedUsd() {
    return repeated;
  }

  /** At most this much was billed for calls of unknown outcome. */
  public BigDecimal abandonedUsd() {
    return abandoned;
  }

  /** What one quota key was billed, calls of unknown outcome at their worst. */
  public BigDecimal spentUsd(String key) {
    return byKey
        .getOrDefault(key, Sum.NONE)
        .usd()
        .add(abandonedByKey.getOrDefault(key, BigDecimal.ZERO));
  }

  public long abandonedCalls() {
    return abandonedCalls;
  }

  /** What calls without an end may cost at most, in segments of some names. */
  public BigDecimal openUsd(Predicate<String> segments) {
    return open.values().stream()
        .filter(call -> segments.test(call.segment()))
        .map(Open::worst)
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /** By the model that answered, as the provider names it; failures by the one answering then. */
  public SortedMap<String, Sum> byModel() {
    return Collections.unmodifiableSortedMap(byModel);
  }

  /** By quota key; empty for the task's own account. */
  public SortedMap<String, Sum> byKey() {
    return Collections.unmodifiableSortedMap(byKey);
  }

  /** By the tier that served, {@code standard} where nothing else is said; {@code batch}. */
  public SortedMap<String, Sum> byTier() {
    return Collections.unmodifiableSortedMap(byTier);
  }

  /** Whether another tier than the standard one has served anything in real time. */
  public boolean isTiered() {
    return byTier.keySet().stream().anyMatch(tier -> !tier.equals(STANDARD) && !tier.equals(BATCH));
  }

  public Usage usage() {
    return all.usage();
  }

  public long calls() {
    return calls;
  }

  public long answers() {
    return answers;
  }

  /** Ends that say of tokens or money what cannot be: they count as calls of unknown billing. */
  public long doubtful() {
    return doubtful;
  }

  /** Records that this version does not understand; nothing of them is counted. */
  public long unknown() {
    return unknown;
  }

  public int inFlight() {
    return open.size();
  }
}
