package io.sluice.bench;

import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.OutputType;
import io.sluice.Usage;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerEntry;
import io.sluice.internal.ledger.LedgerLine;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.quota.QuotaLimiter;
import io.sluice.spi.RateHeaders;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a document costs around its call: the limiter, the judge, the ledger's line. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CallStages {
  private static final String SCHEMA =
      """
      {"type": "object", "required": ["topic", "urgent"], "additionalProperties": false,
       "properties": {"topic": {"type": "string"}, "urgent": {"type": "boolean"}}}
      """;

  private static final Ledger.Call CALL =
      new Ledger.Call(
          "acme",
          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          1,
          false,
          null);

  private static final long STEP_NANOS = 10_050_000;

  private final AnswerJudge text = new AnswerJudge(Output.TEXT, Operation.CHAT);
  private final AnswerJudge json =
      new AnswerJudge(new Output(OutputType.JSON, List.of(), SCHEMA, false), Operation.CHAT);
  private final QuotaLimiter limiter =
      new QuotaLimiter(new QuotaLimiter.Limits(6_000, 600_000, Duration.ofSeconds(1)), 0, true);
  private final LedgerEntry entry =
      new LedgerEntry(
          LedgerEntry.Outcome.ANSWER,
          "an answer of some length, as they are",
          "gpt-4o-mini",
          "stop",
          new Usage(30, 0, 13),
          new BigDecimal("0.0000123"),
          1,
          40,
          null,
          "",
          null,
          null,
          false,
          "billed");
  private long now;

  @Benchmark
  public Object judgeText() {
    return text.judge("an answer of some length, as they are");
  }

  @Benchmark
  public Object judgeJson() {
    return json.judge("{\"topic\": \"a late parcel\", \"urgent\": false}");
  }

  /** One call of an account at its limit: asked, charged, settled, corrected by headers. */
  @Benchmark
  public long limit() {
    now += STEP_NANOS;
    long wait = limiter.nanosUntilAllowed(100, now);
    QuotaLimiter.Charge charge = limiter.take(100, now);
    limiter.settle(charge, 90, now);
    limiter.observe(charge, new RateHeaders(6_000, 50, 600_000, 5_000), now);
    limiter.succeeded(charge, now);
    return wait;
  }

  /** An answer's line, without the write. */
  @Benchmark
  public byte[] ledgerLine() {
    return LedgerLine.encode(
        new LedgerRecord.Ended(
            CALL, 1_790_000_000_000L, entry, LedgerRecord.Fit.FITS, null, false));
  }
}
