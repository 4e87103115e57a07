package io.sluice.pipeline.estimate;

import io.sluice.Service;
import io.sluice.Tier;
import io.sluice.internal.provider.Providers;
import io.sluice.internal.text.Text;
import io.sluice.pipeline.estimate.counting.Counts;
import io.sluice.pipeline.estimate.statistics.MeanInterval;
import io.sluice.pipeline.estimate.statistics.Share;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.plan.DeliveryPlan;
import io.sluice.pipeline.plan.Prices;
import io.sluice.pipeline.plan.QuotaTime;
import io.sluice.pipeline.task.JobTask;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import io.sluice.pipeline.words.Visible;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An estimate as a person reads it; {@link EstimateJson} is the same for programs. */
final class EstimatePage {
  private static final int MODELS = 6;
  private static final int ANSWERS = 5;
  private static final int ANSWER_CHARS = 100;

  private final JobTask job;
  private final Prices prices;
  private final List<InputFile> files;
  private final Counts counts;
  private final Forecast forecast;
  private final @Nullable SampleForecast sample;

  EstimatePage(
      JobTask job,
      Prices prices,
      List<InputFile> files,
      Counts counts,
      Forecast forecast,
      @Nullable SampleForecast sample) {
    this.job = job;
    this.prices = prices;
    this.files = files;
    this.counts = counts;
    this.forecast = forecast;
    this.sample = sample;
  }

  String json() {
    return Json.line(EstimateJson.of(job, prices, counts, forecast, sample));
  }

  void print(PrintStream out) {
    out.println(
        job.task().name()
            + ": "
            + Numbers.of(counts.documents, "document")
            + " in "
            + Numbers.of(files.size(), "file")
            + " ("
            + Numbers.of(files.stream().mapToLong(InputFile::bytes).sum(), "byte")
            + "), model "
            + forecast.models().get(0).model());
    long dead = counts.badInput + counts.badPrompt + counts.tooLarge;
    if (dead > 0) {
      out.printf(
          Locale.ROOT,
          "Dead letters before anything is sent: %,d bad_input, %,d bad_prompt, %,d too_large%n",
          counts.badInput,
          counts.badPrompt,
          counts.tooLarge);
    }
    out.printf(
        Locale.ROOT,
        "To ask: %s; %s%,d documents are the same as another, %,d are in the ledger%n",
        Numbers.of(forecast.requests(), "request"),
        forecast.exactIdentical() ? "" : "about ",
        forecast.identical(),
        counts.paid);
    if (counts.split > 0) {
      out.printf(
          Locale.ROOT,
          "In parts: %s, in %s%n",
          Numbers.of(counts.split, "document"),
          Numbers.of(counts.parts, "part"));
    }
    printTokens(out);
    if (Providers.of(job.task()).runsInProcess()) {
      out.println("Cost: none, the model runs in this process");
    } else {
      printCosts(out);
      printTime(out);
    }
    SampleForecast asked = sample;
    if (asked != null) {
      printSample(out, asked);
    } else if (job.task().cascade() != null) {
      out.println("Cascade: all this is without it; --sample=500 says what it would save");
    }
  }

  private void printTokens(PrintStream out) {
    Forecast.Tokens input = forecast.input();
    ProviderCount counted = forecast.counted();
    String in =
        input.low() == input.high()
            ? String.format(Locale.ROOT, "%,d in", input.expected())
            : String.format(Locale.ROOT, "%,d to %,d in", input.low(), input.high());
    in +=
        counted != null
            ? " (as the provider counts " + Numbers.of(counted.documents(), "document") + ")"
            : input.low() != input.high()
                ? " (estimated: this model has no public tokenizer)"
                : forecast.exactTokens() ? " (counted)" : " (as billed so far)";
    out.printf(
        Locale.ROOT,
        "Tokens: %s, %s%s%n",
        in,
        out(),
        forecast.outputTokens() == null
            ? ""
            : String.format(Locale.ROOT, ", about %,d expected", forecast.outputTokens()));
  }

  private String out() {
    Long most = forecast.maxOutputTokens();
    if (most == null) {
      return "out as many as the model makes (max_tokens in parameters limits them)";
    }
    return String.format(Locale.ROOT, "at most %,d out", most)
        + (forecast.limitsOutput()
            ? ""
            : " (the model's own limit; max_tokens in parameters sets a lower one)");
  }

  private void printCosts(PrintStream out) {
    boolean known = forecast.outputTokens() != null;
    List<Forecast.ModelCost> models = forecast.models();
    List<Forecast.ModelCost> shown = models.subList(0, Math.min(MODELS, models.size()));
    boolean flex = shown.stream().anyMatch(cost -> cost.flexAtMost() != null);
    row(
        out,
        "Cost in USD",
        List.of("at most", known ? "expected" : ""),
        flex ? List.of("flex: most", known ? "expected" : "") : List.of(),
        List.of("batch: most", known ? "expected" : ""));
    for (Forecast.ModelCost cost : shown) {
      row(
          out,
          "  " + cost.model() + (cost.about() ? " (about)" : ""),
          List.of(Usd.atMost(cost.atMost()), known ? Usd.words(cost.expected()) : ""),
          flex ? other(cost, cost.flexAtMost(), known, cost.flexExpected()) : List.of(),
          other(cost, cost.batchAtMost(), known, cost.batchExpected()));
    }
    if (models.size() > MODELS) {
      out.println("  and " + (models.size() - MODELS) + " more that cost less (--json has all)");
    }
    for (Forecast.ModelCost cost : forecast.fallbacks()) {
      out.println(
          "  Fallback "
              + cost.model()
              + ": 0 to "
              + Usd.atMost(cost.atMost())
              + " USD more (no document to all of them)");
    }
    String origin = prices.origin();
    out.println(
        origin == null
            ? "Price: unknown; give it with price: {input: …, output: …} in the task, or"
                + " --prices=FILE"
            : "Price: " + origin);
    BigDecimal most = mostOfAll();
    BigDecimal budget = job.budgetUsd();
    if (budget != null) {
      out.println(
          "Budget: "
              + budget.toPlainString()
              + " USD; "
              + (most == null
                  ? (origin == null
                      ? "it cannot be kept without a price: run will not start"
                      : "it cannot be kept while nothing limits the answers: run will not start")
                  : most.compareTo(budget) <= 0
                      ? "what is left costs less at the most"
                      : "what is left may cost more, then run stops and can be continued"));
    }
  }

  /** With all that the fallback may cost on top. */
  private @Nullable BigDecimal mostOfAll() {
    BigDecimal most = mostOf(forecast.models().get(0));
    for (Forecast.ModelCost other : forecast.fallbacks()) {
      BigDecimal own = other.atMost();
      most = most == null || own == null ? null : most.add(own);
    }
    return most;
  }

  /** In the tier that the task asks for. */
  private @Nullable BigDecimal mostOf(Forecast.ModelCost cost) {
    Service service = job.task().provider().service();
    return service.tier() == Tier.FLEX && !service.fallsBack() && cost.flexAtMost() != null
        ? cost.flexAtMost()
        : cost.atMost();
  }

  @SafeVarargs
  private static void row(PrintStream out, String name, List<String>... columns) {
    StringBuilder line = new StringBuilder(String.format("%-32s", name));
    for (List<String> pair : columns) {
      pair.forEach(column -> line.append(String.format(" %12s", column)));
    }
    out.println(line);
  }

  /** What it costs otherwise than in the usual tier in real time. */
  private static List<String> other(
      Forecast.ModelCost cost,
      @Nullable BigDecimal atMost,
      boolean known,
      @Nullable BigDecimal expected) {
    String none = cost.atMost() == null ? "unknown" : "no price";
    return List.of(
        atMost == null ? none : Usd.atMost(atMost),
        !known ? "" : expected == null ? none : Usd.words(expected));
  }

  private void printTime(PrintStream out) {
    QuotaTime time = forecast.time();
    if (time != null) {
      out.printf(
          "Time: about %s at the quota%s (%s%s)%n",
          Durations.words(time.seconds()),
          time.key().isEmpty() ? "" : " of key " + time.key(),
          time.limit().words(),
          forecast.outputTokens() == null ? "; answers as long as allowed" : "");
    }
    DeliveryPlan plan = forecast.plan();
    if (plan != null) {
      out.println("Mode auto: " + plan.why());
    }
  }

  private void printSample(PrintStream out, SampleForecast asked) {
    out.printf(
        Locale.ROOT,
        "%nSample: %s, %,d of them in the ledger before, cost %s USD%n",
        Numbers.of(asked.asked(), "document"),
        asked.fromLedger(),
        Usd.words(asked.costUsd()));
    if (asked.notAsked() > 0) {
      out.println(
          "  " + asked.notAsked() + " were not asked: " + firstOf(asked, "budget", "account"));
    }
    Share failed = asked.failed();
    if (failed != null) {
      out.printf(
          Locale.ROOT,
          "  Failed: %.1f%% (%.1f%% to %.1f%%)%s%n",
          100 * failed.share(),
          100 * failed.low(),
          100 * failed.high(),
          Numbers.kinds(asked.kinds()));
    }
    long[] lengths = asked.lengths();
    out.printf(
        Locale.ROOT,
        "  Answers in tokens: p50 %,d, p95 %,d, max %,d%n",
        SampleForecast.quantile(lengths, 0.5),
        SampleForecast.quantile(lengths, 0.95),
        SampleForecast.quantile(lengths, 1));
    out.println("  Whole job: " + interval(asked.usd(), " USD"));
    out.println("  In batches: " + interval(asked.batchUsd(), " USD"));
    MeanInterval seconds = asked.seconds();
    if (seconds != null && !Providers.of(job.task()).runsInProcess()) {
      out.printf(
          "  Time left: %s (95%%: %s to %s)%n",
          Durations.words(seconds.mean()),
          Durations.words(seconds.low()),
          Durations.words(seconds.high()));
    }
    CascadeForecast cascade = asked.cascade();
    if (cascade != null) {
      out.println("  " + cascade.words());
    }
    out.println("  Some answers:");
    for (SampleRun.Ending ending : shown(asked)) {
      String text = ending.answered() ? ending.text() : ending.kind() + ": " + ending.text();
      out.println(
          "    " + Visible.line(ending.id()) + ": " + Visible.line(Text.shown(text, ANSWER_CHARS)));
    }
    out.println("What was answered is in the ledger: run takes it from there");
  }

  private static String interval(@Nullable MeanInterval usd, String unit) {
    return usd == null
        ? "unknown"
        : Usd.words(Forecast.usd(usd.mean()))
            + unit
            + " (95%: "
            + Usd.words(Forecast.usd(usd.low()))
            + " to "
            + Usd.words(Forecast.usd(usd.high()))
            + ")";
  }

  private static String firstOf(SampleForecast asked, String... kinds) {
    for (SampleRun.Ending ending : asked.endings()) {
      if (List.of(kinds).contains(ending.kind())) {
        return ending.text();
      }
    }
    return "";
  }

  /** Answers first, then failures: both are worth a look. */
  private static List<SampleRun.Ending> shown(SampleForecast asked) {
    List<SampleRun.Ending> shown = new ArrayList<>();
    asked.endings().stream().filter(SampleRun.Ending::answered).limit(ANSWERS).forEach(shown::add);
    asked.endings().stream()
        .filter(ending -> !ending.answered())
        .limit(ANSWERS)
        .forEach(shown::add);
    return shown;
  }
}
