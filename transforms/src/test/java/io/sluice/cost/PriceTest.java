package io.sluice.cost;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.cost.Price.Rates;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PriceTest {
  private static final Price GPT_4O_MINI = builtin("openai", "gpt-4o-mini");

  @Test
  void cost_gpt4oMini_isExactToTheLastDecimal() {
    // 700 x 0.15 + 300 x 0.075 + 20 x 0.60 = 139.5 millionths
    assertThat(GPT_4O_MINI.cost(new Usage(1000, 300, 20)), equalTo(usd("0.0001395")));
    assertThat(GPT_4O_MINI.cost(new Usage(1, 0, 0)), equalTo(usd("0.00000015")));
    assertThat(GPT_4O_MINI.cost(new Usage(1, 1, 0)), equalTo(usd("0.000000075")));
  }

  @Test
  void cost_knownBills_areRightToTheCent() {
    Usage usage = new Usage(1_000_000, 400_000, 50_000);
    // 0.6 x 2.50 + 0.4 x 1.25 + 0.05 x 10
    assertThat(builtin("openai", "gpt-4o").cost(usage), equalTo(usd("2.5")));
    // No discount for cached input: 10 + 0.05 x 30
    assertThat(builtin("openai", "gpt-4-turbo").cost(usage), equalTo(usd("11.5")));
    // 0.6 x 3 + 0.4 x 0.30 + 0.05 x 15
    assertThat(builtin("anthropic", "claude-3-5-sonnet").cost(usage), equalTo(usd("2.67")));
    assertThat(
        builtin("openai", "text-embedding-3-small").cost(new Usage(1_000_000, 0, 0)),
        equalTo(usd("0.02")));
  }

  @Test
  void cost_aMillionAnswers_addUpWithoutDrift() {
    BigDecimal one = GPT_4O_MINI.cost(new Usage(7, 3, 1));
    BigDecimal sum = BigDecimal.ZERO;
    for (int i = 0; i < 1_000_000; i++) {
      sum = sum.add(one);
    }
    BigDecimal atOnce = GPT_4O_MINI.cost(new Usage(7_000_000, 3_000_000, 1_000_000));
    assertThat(Price.plain(sum), equalTo(atOnce));
    assertThat(atOnce, equalTo(usd("1.425")));
  }

  @Test
  void cost_wholeDollars_areNotWrittenAsPowersOfTen() {
    BigDecimal cost = builtin("openai", "gpt-4o").cost(new Usage(0, 0, 10_000_000));
    assertThat(cost.toString(), equalTo("100"));
  }

  @Test
  void cost_moreCachedThanInput_isNotBelowTheInputCached() {
    assertThat(
        GPT_4O_MINI.cost(new Usage(100, 5000, 0)),
        equalTo(GPT_4O_MINI.cost(new Usage(100, 100, 0))));
  }

  @Test
  void cost_negativeCount_isRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> GPT_4O_MINI.cost(new Usage(10, 0, -1)));
    assertThat(e.getMessage(), equalTo("outputTokens must be 0 or more tokens, but is -1"));
  }

  @Test
  void batchCost_isHalf_cachedInputToo() {
    assertThat(
        GPT_4O_MINI.batchCost(new Usage(1000, 300, 20)), equalTo(Optional.of(usd("0.00006975"))));
    assertThat(GPT_4O_MINI.batchWorstCase(1000, 20), equalTo(Optional.of(usd("0.000081"))));
  }

  @Test
  void batchCost_withoutACachedPrice_isTheBatchPriceForAllInput() {
    Price turbo = builtin("openai", "gpt-4-turbo");
    assertThat(turbo.batchCost(new Usage(1_000_000, 500_000, 0)), equalTo(Optional.of(usd("5"))));
  }

  @Test
  void batchCost_endlessRatio_isRoundedUp() {
    Price price = price("3", "1", "0", "1", "0");
    // A third of a dollar per million tokens has no end in decimals.
    assertThat(
        price.batchCost(new Usage(1, 1, 0)), equalTo(Optional.of(usd("0.000000333333333334"))));
  }

  @Test
  void batchCost_noBatchesSold_isEmptyNotFree() {
    Price groq = builtin("groq", "llama-3.3-70b-versatile");
    assertThat(groq.batchCost(new Usage(1000, 0, 10)), equalTo(Optional.empty()));
    assertThat(groq.batchWorstCase(1000, 10), equalTo(Optional.empty()));
  }

  @Test
  void worstCase_countsNothingAsCached() {
    assertThat(GPT_4O_MINI.worstCase(1000, 20), equalTo(usd("0.000162")));
  }

  @Test
  void worstCase_cachedInputDearerThanOther_isTheDearerOne() {
    Price odd = price("1", "2", "4", "0.5", "2");
    assertThat(odd.worstCase(1_000_000, 0), equalTo(usd("2")));
    assertThat(odd.batchWorstCase(1_000_000, 0), equalTo(Optional.of(usd("1"))));
  }

  @Test
  void cost_writingToTheCache_isDearerThanOtherInput() {
    Price haiku = builtin("anthropic", "claude-haiku-4-5");
    // 50 x 1 + 4000 x 1.25 + 1000 x 0.10 + 12 x 5 = 5210 millionths
    assertThat(haiku.cost(new Usage(5050, 1000, 12, 4000)), equalTo(usd("0.00521")));
    assertThat(
        haiku.batchCost(new Usage(5050, 1000, 12, 4000)), equalTo(Optional.of(usd("0.002605"))));
    assertThat(haiku.worstCase(1000, 10), equalTo(usd("0.0013")));
    assertThat(haiku.batchWorstCase(1000, 10), equalTo(Optional.of(usd("0.00065"))));
    assertThat(
        "as any other input",
        GPT_4O_MINI.cost(new Usage(1000, 0, 0, 900)),
        equalTo(GPT_4O_MINI.cost(new Usage(1000, 0, 0))));
    assertThat(
        builtin("openai", "gpt-5.6-sol").cost(new Usage(1_000_000, 0, 0, 1_000_000)),
        equalTo(usd("6.25")));
  }

  @Test
  void free_costsNothing() {
    assertThat(Price.FREE.cost(new Usage(1_000_000, 5, 1_000_000)), equalTo(BigDecimal.ZERO));
    assertThat(Price.FREE.worstCase(1_000_000, 1_000_000), equalTo(BigDecimal.ZERO));
  }

  @Test
  void price_trailingZeros_makeNoDifference() {
    assertThat(Price.of(usd("2.50"), usd("10.0")), equalTo(Price.of(usd("2.5"), usd("10"))));
  }

  @Test
  void price_negativeOrHalfABatchPrice_isRefused() {
    assertThat(
        assertThrows(IllegalArgumentException.class, () -> Price.of(usd("1"), usd("-0.1")))
            .getMessage(),
        equalTo("outputPerMtok must be 0 or more USD per million tokens, but is -0.1"));
    assertThat(
        assertThrows(IllegalArgumentException.class, () -> price("1", null, "1", "1", null))
            .getMessage(),
        containsString("both or neither"));
  }

  @Test
  void price_serialised_isEqual() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(GPT_4O_MINI);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject(), equalTo(GPT_4O_MINI));
    }
  }

  private static Price builtin(String provider, String model) {
    return PriceTable.builtin().find(provider, model).orElseThrow();
  }

  private static Price price(
      String input,
      @Nullable String cached,
      String output,
      @Nullable String batchInput,
      @Nullable String batchOutput) {
    return new Price(
        usd(input),
        cached == null ? null : usd(cached),
        usd(output),
        batchInput == null ? null : usd(batchInput),
        batchOutput == null ? null : usd(batchOutput),
        null,
        null);
  }

  private static BigDecimal usd(String text) {
    return new BigDecimal(text);
  }

  private static final Price TIERED =
      new Price(bd("10"), bd("1"), bd("40"), bd("5"), bd("20"), null, null, bd("12.5"))
          .withLongCacheWrite(bd("20"))
          .withTier(Tier.FLEX, new Rates(bd("5"), bd("20")));

  private static BigDecimal bd(String value) {
    return new BigDecimal(value);
  }

  @Test
  void cost_isThatOfTheTierThatServed_andTheCacheIsInProportion() {
    Usage usage = new Usage(1_000_000, 500_000, 1_000_000);
    assertThat(TIERED.cost(usage), comparesEqualTo(bd("45.5")));
    assertThat(TIERED.cost(usage.at(Tier.STANDARD)), comparesEqualTo(bd("45.5")));
    assertThat(TIERED.cost(usage.at(Tier.FLEX)), comparesEqualTo(bd("22.75")));
    assertThat("unknown", TIERED.at(Tier.PRIORITY).isEmpty(), is(true));
    assertThat(
        "in batches as ever",
        TIERED.batchCost(usage.at(Tier.FLEX)).orElseThrow(),
        comparesEqualTo(bd("22.75")));
  }

  @Test
  void writingToACache_costsByHowLongItIsKept() {
    Usage short5m = new Usage(1_000_000, 0, 0, 1_000_000);
    Usage half = new Usage(1_000_000, 0, 0, 1_000_000, 500_000, null);
    assertThat(TIERED.cost(short5m), comparesEqualTo(bd("12.5")));
    assertThat(TIERED.cost(half), comparesEqualTo(bd("16.25")));
    assertThat(TIERED.batchCost(half).orElseThrow(), comparesEqualTo(bd("8.125")));
    assertThat(TIERED.cost(half.at(Tier.FLEX)), comparesEqualTo(bd("8.125")));
  }
}
