package io.sluice.pipeline.estimate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.Fit;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.RowRequests;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.text.ExactJson;
import io.sluice.pipeline.estimate.counting.Counts;
import io.sluice.pipeline.estimate.counting.Draw;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What asking the sample took, as the ledger has it: of each request every attempt of its last
 * asking, also those that were paid for and asked again. Not thread-safe while it is read.
 */
final class SampleFacts {

  /** What asking one request took. */
  private static final class Asking {
    private Usage usage = Usage.NONE;
    private long millis;
    private int calls;
    private BigDecimal recordedUsd = BigDecimal.ZERO;
    private boolean ended;
    private @Nullable LedgerEntry last;

    private void add(LedgerRecord.Ended end) {
      if (ended) {
        // Asked anew by a later run: what it took then counts.
        usage = Usage.NONE;
        millis = 0;
        calls = 0;
        recordedUsd = BigDecimal.ZERO;
      }
      last = end.entry();
      Usage used = end.entry().usage();
      usage = usage.plus(used);
      if (!end.call().rides()) {
        // Of requests that share a call, one stands for it.
        calls++;
        millis += end.entry().latencyMs();
      }
      if (used.equals(Usage.NONE)) {
        recordedUsd = recordedUsd.add(end.usd());
      }
      ended = end.entry().outcome() != LedgerEntry.Outcome.RETRY && end.fit() != Fit.REPEATED;
    }
  }

  /** One document of the sample, with all that its plan asked. */
  static final class Fact {
    final Draw.Drawn drawn;
    final long countedTokens;
    Usage usage = Usage.NONE;

    /** By the place of the model that took it. */
    private final Map<Integer, Usage> usages = new TreeMap<>();

    long millis;
    int calls;
    boolean answered;

    /** The answer as JSON; null where there is none. */
    @Nullable String output;

    long answerTokens;
    BigDecimal recordedUsd = BigDecimal.ZERO;
    private boolean ended = true;

    Fact(Draw.Drawn drawn) {
      this.drawn = drawn;
      this.countedTokens = drawn.inputTokens();
    }

    private Fact of(Replay.Found found, Map<String, Asking> asked) {
      List<Replay.Link> links = found.links();
      for (int i = 0; i < links.size(); i++) {
        Asking asking = asked.get(links.get(i).ask().request().fingerprint());
        LedgerEntry last = asking == null ? null : asking.last;
        if (asking == null || last == null) {
          ended &= i > 0 && isOneChain(links, i - 1);
          continue;
        }
        boolean isFollowed =
            i + 1 < links.size() && isOneChain(links, i) && links.get(i + 1).entry() != null;
        usage = usage.plus(asking.usage);
        usages.merge(links.get(i).ask().target(), asking.usage, Usage::plus);
        millis += asking.millis;
        calls += asking.calls;
        recordedUsd = recordedUsd.add(asking.recordedUsd);
        ended &= asking.ended || isFollowed;
        answerTokens += isFollowed ? 0 : last.usage().outputTokens();
      }
      answered = found.isAnswered();
      output = found.output();
      return this;
    }

    /**
     * At today's prices, what a provider that states no usage was paid included; null where one is
     * not known.
     */
    @Nullable BigDecimal cost(Targets targets) {
      BigDecimal known = sum(targets, (price, taken) -> Optional.of(price.cost(taken)));
      return known == null ? null : known.add(recordedUsd);
    }

    /** In batches; null where a price is not known. */
    @Nullable BigDecimal batchCost(Targets targets) {
      return sum(targets, Price::batchCost);
    }

    private @Nullable BigDecimal sum(
        Targets targets, BiFunction<Price, Usage, Optional<BigDecimal>> cost) {
      BigDecimal sum = BigDecimal.ZERO;
      for (Map.Entry<Integer, Usage> each : usages.entrySet()) {
        Price price = targets.get(each.getKey()).price();
        BigDecimal own = price == null ? null : cost.apply(price, each.getValue()).orElse(null);
        sum = sum == null || own == null ? null : sum.add(own);
      }
      return sum;
    }

    /** Whether an ask is followed by another of the same question. */
    private static boolean isOneChain(List<Replay.Link> links, int first) {
      Ask ask = links.get(first).ask();
      Ask next = links.get(first + 1).ask();
      return next.isFollowUp() && next.step() == ask.step() && next.first().equals(ask.first());
    }
  }

  private final List<Fact> facts;

  private SampleFacts(List<Fact> facts) {
    this.facts = facts;
  }

  /**
   * Reads a ledger: once, and once more for each further ask that the plan of some document came
   * to. Documents whose plan never came to an end are left out.
   *
   * @param price null where it is unknown
   */
  static SampleFacts read(
      String ledger, List<Draw.Drawn> sample, ModelTask task, @Nullable Price price) {
    Map<String, Asking> asked = new HashMap<>();
    Replay replay = new Replay(task, price, fingerprint -> last(asked, fingerprint));
    RowRequests requests = new RowRequests(task);
    List<Replay.Found> found = new ArrayList<>();
    boolean more = true;
    while (more) {
      found.clear();
      Map<String, Asking> wanted = new HashMap<>();
      for (Draw.Drawn drawn : sample) {
        ObjectNode fields = fields(drawn);
        Replay.Found each = replay.of(requests.build(fields), fields);
        found.add(each);
        for (Replay.Link link : each.links()) {
          String fingerprint = link.ask().request().fingerprint();
          if (!asked.containsKey(fingerprint)) {
            wanted.put(fingerprint, new Asking());
          }
        }
      }
      more = !wanted.isEmpty();
      if (more) {
        scan(ledger, wanted);
        asked.putAll(wanted);
      }
    }
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < sample.size(); i++) {
      Fact fact = new Fact(sample.get(i)).of(found.get(i), asked);
      if (fact.ended) {
        facts.add(fact);
      }
    }
    return new SampleFacts(facts);
  }

  private static @Nullable LedgerEntry last(Map<String, Asking> asked, String fingerprint) {
    Asking asking = asked.get(fingerprint);
    return asking == null ? null : asking.last;
  }

  private static void scan(String ledger, Map<String, Asking> wanted) {
    LedgerScan.scan(
        ledger,
        (segment, offset, record) -> {
          if (record instanceof LedgerRecord.Ended end) {
            Asking asking = wanted.get(end.call().fingerprint());
            if (asking != null) {
              asking.add(end);
            }
          }
        });
  }

  static ObjectNode fields(Draw.Drawn drawn) {
    try {
      return (ObjectNode) ExactJson.read(drawn.document().json());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A document that was drawn is JSON", e);
    }
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
  @Nullable BigDecimal costNow(Targets targets) {
    BigDecimal sum = BigDecimal.ZERO;
    for (Fact fact : facts) {
      BigDecimal own = fact.drawn.paid() ? BigDecimal.ZERO : fact.cost(targets);
      sum = sum == null || own == null ? null : sum.add(own);
    }
    return sum;
  }

  /** Whether a sum of all is known. */
  boolean isKnown(Function<Fact, @Nullable BigDecimal> sum) {
    return facts.stream().allMatch(fact -> sum.apply(fact) != null);
  }

  /** Moves what was answered now to what the ledger answers. */
  void settle(Counts counts) {
    for (Fact fact : facts) {
      if (fact.answered && !fact.drawn.paid()) {
        counts.paid(fact.drawn, fact.usage, fact.millis);
      }
    }
  }

  /** Those that were answered. */
  List<Fact> answered() {
    return facts.stream().filter(fact -> fact.answered).toList();
  }

  /** Every usage added up. */
  Usage usage() {
    return facts.stream().map(fact -> fact.usage).reduce(Usage.NONE, Usage::plus);
  }

  long countedTokens() {
    return facts.stream().mapToLong(fact -> fact.countedTokens).sum();
  }
}
