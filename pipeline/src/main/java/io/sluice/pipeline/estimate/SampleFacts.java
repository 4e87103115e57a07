package io.sluice.pipeline.estimate;

import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.Fit;
import io.sluice.internal.ledger.LedgerScan;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What asking the sample took, as the ledger has it: of each request every attempt of its last
 * asking, also those that were paid for and asked again. Not thread-safe while it is read.
 */
final class SampleFacts {

  /** One request of the sample. */
  static final class Fact {
    final Draw.Drawn drawn;
    final long countedTokens;
    Usage usage = Usage.NONE;
    long millis;
    int calls;
    boolean answered;
    long answerTokens;
    BigDecimal recordedUsd = BigDecimal.ZERO;
    private boolean ended;

    Fact(Draw.Drawn drawn) {
      this.drawn = drawn;
      this.countedTokens = drawn.inputTokens();
    }

    private void add(LedgerRecord.Ended end) {
      if (ended) {
        // Asked anew by a later run: what it took then counts.
        usage = Usage.NONE;
        millis = 0;
        calls = 0;
        recordedUsd = BigDecimal.ZERO;
      }
      LedgerEntry entry = end.entry();
      Usage used = entry.usage();
      usage = usage.plus(used);
      if (!end.call().rides()) {
        // Of requests that share a call, one stands for it.
        calls++;
        millis += entry.latencyMs();
      }
      if (used.equals(Usage.NONE)) {
        recordedUsd = recordedUsd.add(end.usd());
      }
      ended = entry.outcome() != LedgerEntry.Outcome.RETRY && end.fit() != Fit.REPEATED;
      answered = end.isAnswer() && end.fit() == Fit.FITS;
      answerTokens = used.outputTokens();
    }

    /** At today's price, what a provider that states no usage was paid included. */
    BigDecimal cost(Price price) {
      return price.cost(usage).add(recordedUsd);
    }
  }

  private final List<Fact> facts;

  private SampleFacts(List<Fact> facts) {
    this.facts = facts;
  }

  /** Reads a ledger once. Requests that never came to an end are left out. */
  static SampleFacts read(String ledger, List<Draw.Drawn> sample) {
    Map<String, Fact> byFingerprint = new HashMap<>();
    for (Draw.Drawn drawn : sample) {
      byFingerprint.put(drawn.fingerprint(), new Fact(drawn));
    }
    LedgerScan.scan(
        ledger,
        (segment, offset, record) -> {
          if (record instanceof LedgerRecord.Ended end) {
            Fact fact = byFingerprint.get(end.call().fingerprint());
            if (fact != null) {
              fact.add(end);
            }
          }
        });
    List<Fact> facts = new ArrayList<>();
    for (Draw.Drawn drawn : sample) {
      Fact fact = byFingerprint.get(drawn.fingerprint());
      if (fact != null && fact.ended) {
        facts.add(fact);
      }
    }
    return new SampleFacts(facts);
  }

  int size() {
    return facts.size();
  }

  double[] of(ToDoubleFunction<Fact> quantity) {
    return facts.stream().mapToDouble(quantity).toArray();
  }

  /** Output tokens of the answers, in order. */
  long[] answerLengths() {
    long[] lengths =
        facts.stream().filter(fact -> fact.answered).mapToLong(fact -> fact.answerTokens).toArray();
    Arrays.sort(lengths);
    return lengths;
  }

  /** What was paid for those that had not been paid before. */
  BigDecimal costNow(Price price) {
    return facts.stream()
        .filter(fact -> !fact.drawn.paid())
        .map(fact -> fact.cost(price))
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /** Moves what was answered now to what the ledger answers. */
  void settle(Counts counts) {
    for (Fact fact : facts) {
      if (fact.answered && !fact.drawn.paid()) {
        counts.paid(fact.drawn, fact.usage, fact.millis);
      }
    }
  }

  /** Every usage added up. */
  Usage usage() {
    return facts.stream().map(fact -> fact.usage).reduce(Usage.NONE, Usage::plus);
  }

  long countedTokens() {
    return facts.stream().mapToLong(fact -> fact.countedTokens).sum();
  }
}
