package io.sluice.pipeline.estimate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.sluice.pipeline.plan.DeliveryPlan;
import io.sluice.pipeline.plan.Prices;
import io.sluice.pipeline.plan.QuotaTime;
import io.sluice.pipeline.task.JobTask;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** An estimate as one JSON object; src/guide/cost.md describes it. Unknown is null. */
final class EstimateJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ANSWERS = 20;

  private EstimateJson() {}

  static ObjectNode of(
      JobTask job,
      Prices prices,
      Counts counts,
      Forecast forecast,
      @Nullable SampleForecast sample) {
    ObjectNode out = JSON.createObjectNode();
    out.put("name", job.task().name());
    out.put("documents", counts.documents);
    out.putObject("deadLetters")
        .put("bad_input", counts.badInput)
        .put("bad_prompt", counts.badPrompt)
        .put("too_large", counts.tooLarge);
    out.put("identical", forecast.identical());
    out.put("identicalExact", forecast.exactIdentical());
    out.put("inLedger", counts.paid);
    out.put("requests", forecast.requests());
    ObjectNode tokens = out.putObject("tokens");
    tokens.put("input", forecast.input().expected());
    tokens.put("inputLow", forecast.input().low());
    tokens.put("inputHigh", forecast.input().high());
    tokens.put("inputExact", forecast.exactTokens());
    tokens.put("outputAtMost", forecast.maxOutputTokens());
    tokens.put("outputExpected", forecast.outputTokens());
    out.put("priceOrigin", prices.origin());
    ArrayNode models = out.putArray("models");
    for (Forecast.ModelCost cost : forecast.models()) {
      ObjectNode model = models.addObject().put("model", cost.model());
      model.put("sameTokens", !cost.about());
      ObjectNode realtime = model.putObject("realtimeUsd");
      money(realtime, "atMost", cost.atMost());
      money(realtime, "expected", cost.expected());
      ObjectNode batch = model.putObject("batchUsd");
      money(batch, "atMost", cost.batchAtMost());
      money(batch, "expected", cost.batchExpected());
    }
    money(out, "budgetUsd", job.budgetUsd());
    QuotaTime time = forecast.time();
    if (time == null) {
      out.putNull("seconds");
      out.putNull("bindingLimit");
    } else {
      out.put("seconds", rounded(time.seconds()));
      out.put("bindingLimit", time.limit().code());
      out.put("bindingKey", time.key().isEmpty() ? null : time.key());
    }
    DeliveryPlan plan = forecast.plan();
    if (plan != null) {
      out.putObject("auto").put("realtimeShare", plan.realtimeShare()).put("why", plan.why());
    }
    if (sample != null) {
      sample(out.putObject("sample"), sample);
    }
    return out;
  }

  private static void sample(ObjectNode out, SampleForecast sample) {
    out.put("documents", sample.asked());
    out.put("inLedgerBefore", sample.fromLedger());
    out.put("notAsked", sample.notAsked());
    money(out, "costUsd", sample.costUsd());
    Share failed = sample.failed();
    if (failed == null) {
      out.putNull("failureRate");
    } else {
      out.putObject("failureRate")
          .put("share", failed.share())
          .put("low", failed.low())
          .put("high", failed.high());
    }
    ObjectNode kinds = out.putObject("deadLettersByKind");
    sample.kinds().forEach(kinds::put);
    out.putObject("outputTokens")
        .put("p50", SampleForecast.quantile(sample.lengths(), 0.5))
        .put("p95", SampleForecast.quantile(sample.lengths(), 0.95))
        .put("max", SampleForecast.quantile(sample.lengths(), 1));
    usd(out, "wholeJobUsd", sample.usd());
    usd(out, "wholeJobBatchUsd", sample.batchUsd());
    MeanInterval seconds = sample.seconds();
    if (seconds == null) {
      out.putNull("secondsLeft");
    } else {
      out.putObject("secondsLeft")
          .put("expected", rounded(seconds.mean()))
          .put("low", rounded(seconds.low()))
          .put("high", rounded(seconds.high()));
    }
    ArrayNode answers = out.putArray("answers");
    for (SampleRun.Ending ending :
        sample.endings().subList(0, Math.min(ANSWERS, sample.endings().size()))) {
      ObjectNode row = answers.addObject().put("id", ending.id());
      if (ending.answered()) {
        row.putRawValue("output", new RawValue(ending.text()));
      } else {
        row.put("kind", ending.kind()).put("message", ending.text());
      }
    }
  }

  private static void usd(ObjectNode out, String field, @Nullable MeanInterval interval) {
    if (interval == null) {
      out.putNull(field);
      return;
    }
    ObjectNode sum = out.putObject(field);
    money(sum, "expected", Forecast.usd(interval.mean()));
    money(sum, "low", Forecast.usd(interval.low()));
    money(sum, "high", Forecast.usd(interval.high()));
  }

  /** Plain decimals: a reader in any language gets what was computed. */
  private static void money(ObjectNode out, String field, @Nullable BigDecimal usd) {
    if (usd == null) {
      out.putNull(field);
    } else {
      out.putRawValue(field, new RawValue(usd.toPlainString()));
    }
  }

  private static double rounded(double seconds) {
    return Math.round(seconds * 10) / 10.0;
  }
}
