package io.sluice.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/**
 * What a ledger adds up to. Feed it records in their order. Calls without an end, and ends of
 * unknown billing, count as abandoned with their worst case. Not thread-safe.
 */
public final class LedgerTotals {
  private final Map<String, BigDecimal> open = new HashMap<>();
  private BigDecimal spent = BigDecimal.ZERO;
  private BigDecimal abandoned = BigDecimal.ZERO;
  private BigDecimal failed = BigDecimal.ZERO;
  private Usage usage = Usage.NONE;
  private long calls;
  private long answers;
  private long abandonedCalls;

  /** Takes one record; other than calls and ends are ignored. */
  public void add(String segment, ObjectNode record) {
    String type = record.path("t").asText();
    if (type.equals("call")) {
      calls++;
      open.put(call(segment, record), usd(record));
    } else if (type.equals("end")) {
      BigDecimal worst = open.remove(call(segment, record));
      BigDecimal cost = usd(record);
      spent = spent.add(cost);
      usage =
          usage.plus(
              new Usage(
                  record.path("in").asLong(),
                  record.path("cached").asLong(),
                  record.path("out").asLong()));
      if (record.path("outcome").asText().equals("answer")) {
        answers++;
      } else {
        failed = failed.add(cost);
      }
      if (record.path("billing").asText().equals("unknown") && worst != null) {
        abandonedCalls++;
        abandoned = abandoned.add(worst);
      }
    }
  }

  /** Whatever is open now has no end: its writer is gone. */
  public void endOfSegments() {
    for (BigDecimal worst : open.values()) {
      abandonedCalls++;
      abandoned = abandoned.add(worst);
    }
    open.clear();
  }

  private static String call(String segment, ObjectNode record) {
    return segment + "#" + record.path("n").asText();
  }

  private static BigDecimal usd(ObjectNode record) {
    return record.has("usd") ? new BigDecimal(record.path("usd").asText()) : BigDecimal.ZERO;
  }

  /** What was billed: answers and failures. */
  public BigDecimal spentUsd() {
    return spent;
  }

  /** The part of {@link #spentUsd} that went to calls that brought no answer. */
  public BigDecimal failedUsd() {
    return failed;
  }

  /** At most this much was billed for calls of unknown outcome. */
  public BigDecimal abandonedUsd() {
    return abandoned;
  }

  public long abandonedCalls() {
    return abandonedCalls;
  }

  public Usage usage() {
    return usage;
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
