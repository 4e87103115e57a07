package io.sluice.pipeline.task;

import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Quota;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Reads the task file's {@code quota}. */
final class QuotaFields {
  private QuotaFields() {}

  /**
   * The limits; closes the section.
   *
   * @param budgets takes what quota keys may spend, by name
   */
  static Quota read(Section section, Map<String, BigDecimal> budgets) {
    long requests = section.wholeNumber("requestsPerMinute", Quota.DEFAULT.requestsPerMinute());
    long tokens = section.wholeNumber("tokensPerMinute", Quota.DEFAULT.tokensPerMinute());
    int concurrent = concurrency(section, Quota.DEFAULT.maxConcurrent());
    Duration burst = section.duration("burst", Quota.DEFAULT.burst());
    Quota all = new Quota(requests, tokens, concurrent, burst, Map.of());
    Map<String, KeyQuota> keys = new HashMap<>();
    Section keySection = section.section("keys");
    for (String key : keySection.names()) {
      Section own = keySection.section(key);
      BigDecimal budget = own.decimal("budgetUsd");
      if (budget != null) {
        budgets.put(key, budget);
      }
      keys.put(key, limits(own, all, ProviderFields.keySource(own)));
    }
    Map<String, KeyQuota> models = new HashMap<>();
    Section modelSection = section.section("models");
    for (String model : modelSection.names()) {
      models.put(model, limits(modelSection.section(model), all, KeySource.NONE));
    }
    section.close();
    return new Quota(requests, tokens, concurrent, burst, keys, models);
  }

  private static KeyQuota limits(Section own, Quota all, KeySource key) {
    KeyQuota limits =
        new KeyQuota(
            own.wholeNumber("requestsPerMinute", all.requestsPerMinute()),
            own.wholeNumber("tokensPerMinute", all.tokensPerMinute()),
            concurrency(own, all.maxConcurrent()),
            key);
    own.close();
    return limits;
  }

  private static int concurrency(Section section, int fallback) {
    long value = section.wholeNumber("maxConcurrent", fallback);
    if (value > 10_000) {
      section.problem("maxConcurrent", "expected at most 10000, got " + value);
      return fallback;
    }
    return (int) value;
  }
}
