package io.sluice.pipeline.task;

import static io.sluice.pipeline.task.TaskTexts.GOOD;
import static io.sluice.pipeline.task.TaskTexts.SHORT;
import static io.sluice.pipeline.task.TaskTexts.parse;
import static io.sluice.pipeline.task.TaskTexts.problems;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.Fallback;
import io.sluice.Fallback.Cause;
import io.sluice.Fallback.Other;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.Tier;
import io.sluice.cost.Price;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a task file says of prices, of other models and of their limits. */
class PriceAndFallbackFieldsTest {
  @Test
  void price_isReadExactly() throws TaskFileException {
    JobTask job =
        parse(
            GOOD
                + "price: {input: 0.15, cachedInput: 0.075, output: 0.60, batchInput: 0.075,"
                + " batchOutput: 0.3}\n");
    assertThat(
        job.price(),
        is(
            new Price(
                new BigDecimal("0.15"),
                new BigDecimal("0.075"),
                new BigDecimal("0.6"),
                new BigDecimal("0.075"),
                new BigDecimal("0.3"),
                null,
                null)));
    assertThat(parse(GOOD).price() == null, is(true));
    assertThat(parse(GOOD + "price: {input: 0, output: 0}\n").price(), is(Price.FREE));
  }

  @Test
  void price_mistakes_areAllReportedWithTheirLines() {
    String message =
        String.valueOf(
            assertThrows(
                    TaskFileException.class,
                    () ->
                        parse(
                            GOOD
                                + "price:\n  input: 1e9\n  output: -1\n  cached: 1\n"
                                + "  batchInput: 1\n"))
                .getMessage());
    int line = (int) GOOD.lines().count() + 1;
    assertThat(
        message.lines().toList(),
        is(
            List.of(
                "task.yaml:"
                    + line
                    + ": price.batchOutput: is missing; expected both batch prices or neither",
                "task.yaml:"
                    + (line + 1)
                    + ": price.input: expected USD as a plain decimal from 0, such as 0.15, got"
                    + " \"1e9\"",
                "task.yaml:"
                    + (line + 2)
                    + ": price.output: expected USD as a plain decimal from 0, such as 0.15, got"
                    + " \"-1\"",
                "task.yaml:"
                    + (line + 3)
                    + ": price.cached: is not a field of price; known are input, cachedInput,"
                    + " cacheWrite, output, batchInput, batchOutput, flexInput,"
                    + " flexOutput, priorityInput, priorityOutput, longCacheWrite")));
  }

  @Test
  void pricesOfTiers_areRead_bothOrNeither() throws TaskFileException {
    JobTask job = parse(SHORT + "price: {input: 2, output: 4, flexInput: 1, flexOutput: 2}\n");
    Price price = Objects.requireNonNull(job.price());
    assertThat(price.at(Tier.FLEX).orElseThrow().outputPerMtok(), is(new BigDecimal(2)));
    assertThat(
        problems(SHORT + "price: {input: 2, output: 4, flexInput: 1}\n"),
        containsString("price.flexOutput: is missing; expected both flex prices or neither"));
  }

  private static final String TINY = "name: a\nmodel: m\nprompt: {user: x}\n";

  private static ModelTask task(String more) throws TaskFileException {
    return TaskFile.parse("t.yaml", TINY + more, name -> null).task();
  }

  @Test
  void aFallbackMayBeAListOfNames_orSayForWhat() throws TaskFileException {
    assertThat(task("").fallback(), is(Fallback.NONE));
    assertThat(task("fallback: [b, c]\n").fallback(), is(Fallback.to("b", "c")));
    assertThat(
        task("fallback: {models: [b, {model: c, parameters: {top_p: 1}}], on: [refusal, outage]}\n")
            .fallback(),
        is(
            Fallback.to(new Other("b"), new Other("c").withParameters("{\"top_p\":1}"))
                .on(Cause.REFUSAL, Cause.OUTAGE)));
    // Who has another to ask waits less for the first.
    assertThat(task("").retry().outage(), is(Duration.ofMinutes(10)));
    assertThat(task("fallback: [b]\n").retry().outage(), is(Duration.ofMinutes(1)));
    assertThat(
        task("fallback: {models: [b], on: [refusal]}\n").retry().outage(),
        is(Duration.ofMinutes(10)));
    assertThat(
        task("fallback: [b]\nretry: {outage: 3m}\n").retry().outage(), is(Duration.ofMinutes(3)));
  }

  @Test
  void aFallbackHasAProviderAndLimitsOfItsOwn_asATask() throws TaskFileException {
    Other other =
        task("""
            fallback:
              models:
                - model: claude-x
                  provider: {kind: anthropic, apiKeyEnv: OTHER_KEY}
                  quota: {requestsPerMinute: 7, keys: {t: {maxConcurrent: 2}}}
                  price: {input: 1, output: 2}
            """)
            .fallback()
            .models()
            .get(0);
    Provider provider = Objects.requireNonNull(other.provider());
    assertThat(provider.kind(), is("anthropic"));
    assertThat(provider.key(), is(new KeySource("OTHER_KEY", null)));
    assertThat(Objects.requireNonNull(other.quota()).forKey("t").requestsPerMinute(), is(7L));
    assertThat(other.price(), is(Price.of(BigDecimal.ONE, BigDecimal.valueOf(2))));
  }

  @Test
  void modelsHaveLimits_andOthersAreNamedInVain() throws TaskFileException {
    String limits = "quota: {tokensPerMinute: 9, models: {NAME: {requestsPerMinute: 3}}}\n";
    assertThat(
        task("fallback: [b]\n" + limits.replace("NAME", "b")).quota().models(),
        is(Map.of("b", new KeyQuota(3, 9, 50, KeySource.NONE))));
    TaskFileException wrong =
        assertThrows(
            TaskFileException.class, () -> task("fallback: [b]\n" + limits.replace("NAME", "c")));
    assertThat(
        wrong.getMessage(),
        containsString("t.yaml:5: quota.models.c is none of the models that are asked: m, b"));
  }

  @Test
  void embeddingsHaveNoFallback() {
    TaskFileException wrong =
        assertThrows(
            TaskFileException.class,
            () ->
                TaskFile.parse(
                    "t.yaml",
                    "name: a\nmodel: m\noperation: embed\nfallback: [b]\n",
                    name -> null));
    assertThat(
        wrong.getMessage(),
        containsString("t.yaml:4: fallback cannot be used with operation embed"));
  }
}
