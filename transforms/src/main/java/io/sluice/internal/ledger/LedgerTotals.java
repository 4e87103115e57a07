package io.sluice.internal.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
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
  private record Open(String segment, BigDecimal worst) {}

  private final Map<Id, Open> open = new HashMap<>();

  /** Ends that were read before their call, which is in another segment; true: billing unknown. */
  private final Map<Id, Boolean> early = new HashMap<>();

  /** A failure has no model of its own: it goes with the answers of its writer. */
  private final Map<String, String> lastModel = new HashMap<>();

  private final SortedMap<String, Sum> byModel = new TreeMap<>();
  private final SortedMap<String, Sum> byKey = new TreeMap<>();
  private Sum all = Sum.NONE;
  private BigDecimal abandoned = BigDecimal.ZERO;
  private BigDecimal failed = BigDecimal.ZERO;
  private BigDecimal repeated = BigDecimal.ZERO;
  private BigDecimal savedByBatches = BigDecimal.ZERO;
  private long calls;
  private long answers;
  private long abandonedCalls;

  /** Takes one record; other than calls and ends are ignored. */
  public void add(String segment, ObjectNode record) {
    String type = record.path("t").asText();
    if (type.equals("call")) {
      call(segment, record);
    } else if (type.equals("end")) {
      end(segment, record);
    } else {
      calls += LedgerBatches.createdRequests(record);
    }
  }

  private void call(String segment, ObjectNode record) {
    if (LedgerBatches.batchOf(record) != null) {
      return;
    }
    calls += LedgerScan.rides(record) ? 0 : 1;
    Id id = id(segment, record);
    Boolean unknown = early.remove(id);
    if (unknown == null) {
      open.put(id, new Open(segment, usd(record)));
    } else if (unknown) {
      abandon(usd(record));
    }
  }

  private void end(String segment, ObjectNode record) {
    Id id = id(segment, record);
    BigDecimal cost = usd(record);
    Usage usage = LedgerEntry.usage(record);
    int ended = LedgerScan.rides(record) ? 0 : 1;
    all = all.plus(ended, usage, cost);
    add(byKey, record.path("key").asText(), ended, usage, cost);
    add(byModel, model(id.writer(), record), ended, usage, cost);
    String unfit = record.path("unfit").asText();
    if (record.path("outcome").asText().equals("answer")) {
      answers++;
    }
    if (unfit.equals("repeated")) {
      repeated = repeated.add(cost);
    } else if (!unfit.isEmpty() || !record.path("outcome").asText().equals("answer")) {
      failed = failed.add(cost);
    }
    if (LedgerBatches.batchOf(record) != null) {
      // What a batch has not answered is not billed; what is at work is LedgerBatches' to tell.
      savedByBatches = savedByBatches.add(usd(record, "saved"));
      return;
    }
    boolean unknown = record.path("billing").asText().equals("unknown");
    Open call = open.remove(id);
    if (call == null) {
      early.put(id, unknown);
    } else if (unknown) {
      abandon(call.worst());
    }
  }

  private void abandon(BigDecimal worst) {
    abandonedCalls++;
    abandoned = abandoned.add(worst);
  }

  private String model(String writer, ObjectNode record) {
    String model = record.path("model").asText();
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
    open.values().forEach(call -> abandon(call.worst()));
    open.clear();
    early.clear();
  }

  /** A segment's name up to its number: segments of one writer share it. */
  private static Id id(String segment, ObjectNode record) {
    int number = segment.lastIndexOf('-');
    String writer = number < 0 ? segment : segment.substring(0, number);
    return new Id(writer, record.path("n").asLong());
  }

  private static BigDecimal usd(ObjectNode record) {
    return usd(record, "usd");
  }

  private static BigDecimal usd(ObjectNode record, String field) {
    return record.has(field) ? new BigDecimal(record.path(field).asText()) : BigDecimal.ZERO;
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

  public Usage usage() {
    return all.usage();
  }

  public long calls() {
    return calls;
  }

  public long answers() {
    return answers;
  }

  public int inFlight() {
    return open.size();
  }
}
