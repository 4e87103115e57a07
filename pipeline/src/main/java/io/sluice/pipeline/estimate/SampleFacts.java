package io.sluice.pipeline.estimate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.internal.engine.StoredAnswers;
import io.sluice.internal.engine.rows.Replay;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerRecord.Fit;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.plan.Ask;
import io.sluice.internal.plan.Plan;
import io.sluice.internal.plan.Then;
import io.sluice.internal.prepare.ExactJson;
import io.sluice.internal.prepare.RequestBuilder;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

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

    /** Of the asks before the last one that its plan came to. */
    private Usage usageBefore = Usage.NONE;

    private long millisBefore;
    private int callsBefore;
    private BigDecimal recordedBefore = BigDecimal.ZERO;
    private Ask ask;
    private @Nullable LedgerEntry last;

    Fact(Draw.Drawn drawn, Ask first) {
      this.drawn = drawn;
      this.countedTokens = drawn.inputTokens();
      this.ask = first;
    }

    /** What its plan asked next counts, too, where the ledger has it. */
    private void follow(Ask next) {
      usageBefore = usage;
      millisBefore = millis;
      callsBefore = calls;
      recordedBefore = recordedUsd;
      ask = next;
      last = null;
    }

    private void add(LedgerRecord.Ended end) {
      if (ended && last != null) {
        // Asked anew by a later run: what it took then counts.
        usage = usageBefore;
        millis = millisBefore;
        calls = callsBefore;
        recordedUsd = recordedBefore;
      }
      last = end.entry();
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

  /**
   * Reads a ledger: once, and once more for each further ask that the plan of some document came
   * to. Requests that never came to an end are left out.
   *
   * @param price null where it is unknown
   */
  static SampleFacts read(
      String ledger, List<Draw.Drawn> sample, ModelTask task, @Nullable Price price) {
    Plan plan = new Plan(task, price);
    RequestBuilder requests = new RequestBuilder(task);
    AnswerJudge judge = new AnswerJudge(task.output(), task.operation());
    Replay replay = new Replay(plan, judge, fingerprint -> null);
    Map<String, Fact> byFingerprint = new HashMap<>();
    Map<String, Fact> asked = new HashMap<>();
    for (Draw.Drawn drawn : sample) {
      Fact fact = new Fact(drawn, plan.first(requests.build(fields(drawn))));
      byFingerprint.put(drawn.fingerprint(), fact);
      asked.put(drawn.fingerprint(), fact);
    }
    while (!asked.isEmpty()) {
      Map<String, Fact> now = asked;
      LedgerScan.scan(
          ledger,
          (segment, offset, record) -> {
            if (record instanceof LedgerRecord.Ended end) {
              Fact fact = now.get(end.call().fingerprint());
              if (fact != null) {
                fact.add(end);
              }
            }
          });
      asked = new HashMap<>();
      for (Fact fact : now.values()) {
        StoredAnswers.Stored stored = StoredAnswers.judged(fact.last, judge);
        if (stored != null
            && !stored.isAnswer()
            && replay.after(fact.ask, stored, fields(fact.drawn)) instanceof Then.Asks asks
            && !asks.ask().request().equals(fact.ask.request())) {
          fact.follow(asks.ask());
          asked.put(asks.ask().request().fingerprint(), fact);
        }
      }
    }
    List<Fact> facts = new ArrayList<>();
    for (Draw.Drawn drawn : sample) {
      Fact fact = byFingerprint.get(drawn.fingerprint());
      if (fact != null && fact.ended) {
        facts.add(fact);
      }
    }
    return new SampleFacts(facts);
  }

  private static ObjectNode fields(Draw.Drawn drawn) {
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
