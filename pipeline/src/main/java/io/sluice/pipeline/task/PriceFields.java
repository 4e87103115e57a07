package io.sluice.pipeline.task;

import io.sluice.cost.Price;
import io.sluice.cost.Price.Rates;
import io.sluice.spi.ModelProvider;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Reads the task file's {@code price}: USD per million tokens of the task's model. */
final class PriceFields {
  private PriceFields() {}

  /** The price; null where the task gives none. */
  static @Nullable Price read(Section root, ModelProvider provider) {
    Section section = root.section("price");
    BigDecimal input = section.money("input");
    BigDecimal cachedInput = section.money("cachedInput");
    BigDecimal cacheWrite = section.money("cacheWrite");
    BigDecimal output = section.money("output");
    BigDecimal batchInput = section.money("batchInput");
    BigDecimal batchOutput = section.money("batchOutput");
    Rates flex = rates(section, "flex");
    Rates priority = rates(section, "priority");
    BigDecimal longCacheWrite = section.money("longCacheWrite");
    section.close();
    if (!root.has("price")) {
      return null;
    }
    if (provider.runsInProcess()) {
      root.problem("price", "the " + provider.kind() + " model costs nothing; leave it out");
      return null;
    }
    requireGiven(section, "input", "USD per million tokens, 0 for what costs nothing");
    requireGiven(section, "output", "USD per million tokens, 0 for what costs nothing");
    if (section.has("batchInput") != section.has("batchOutput")) {
      requireGiven(section, "batchInput", "both batch prices or neither");
      requireGiven(section, "batchOutput", "both batch prices or neither");
      return null;
    }
    if (input == null || output == null || (batchInput == null) != (batchOutput == null)) {
      return null;
    }
    return new Price(
        input,
        cachedInput,
        output,
        batchInput,
        batchOutput,
        null,
        null,
        cacheWrite,
        longCacheWrite,
        flex,
        priority);
  }

  /** The prices of a tier, both or neither. */
  private static @Nullable Rates rates(Section section, String tier) {
    BigDecimal input = section.money(tier + "Input");
    BigDecimal output = section.money(tier + "Output");
    if (section.has(tier + "Input") != section.has(tier + "Output")) {
      requireGiven(section, tier + "Input", "both " + tier + " prices or neither");
      requireGiven(section, tier + "Output", "both " + tier + " prices or neither");
    }
    return input == null || output == null ? null : new Rates(input, output);
  }

  private static void requireGiven(Section section, String name, String what) {
    if (!section.has(name)) {
      section.problem(name, "is missing; expected " + what);
    }
  }
}
