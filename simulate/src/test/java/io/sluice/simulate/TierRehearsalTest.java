package io.sluice.simulate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask;
import io.sluice.Tier;
import io.sluice.Usage;
import io.sluice.cost.Price;
import io.sluice.cost.PriceTable;
import io.sluice.internal.provider.Callers;
import io.sluice.spi.Caller;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tiers of the providers that have them: served, billed by what served, and without room. */
class TierRehearsalTest {
  private static ModelTask task(
      ProviderRehearsal it, String kind, String api, String model, Tier tier) {
    ModelTask task = it.task(kind, api.equals("vertex") ? "" : api, model);
    String vertex = it.simulator.statsUrl().replace("/stats", "/v1/projects/acme/locations/global");
    ModelTask.Provider provider =
        api.equals("vertex")
            ? new ModelTask.Provider(kind, vertex, ModelTask.KeySource.NONE)
            : task.provider();
    return task.withProvider(
        provider.withService(
            provider.service().withApi(task.provider().service().api()).withTier(tier, true)));
  }

  private static Caller caller(ModelTask task) {
    return new Callers(
            task.withProvider(
                new ModelTask.Provider(
                        task.provider().kind(),
                        task.provider().baseUrl(),
                        new ModelTask.KeySource("KEY", null))
                    .withService(task.provider().service())),
            name -> ProviderRehearsal.KEY)
        .open("", task.quota().forKey(""));
  }

  @ParameterizedTest
  @CsvSource({
    "openai, '', gpt-5-mini, OPENAI",
    "openai, responses, gpt-5-mini, OPENAI",
    "gemini, '', gemini-2.5-flash, GOOGLE",
    "gemini, vertex, gemini-2.5-flash, GOOGLE"
  })
  void flex_isAskedFor_andBilledAtItsPrice(String kind, String api, String model, String prices)
      throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      ModelTask task = task(it, kind, api, model, Tier.FLEX);
      try (Caller caller = caller(task)) {
        Reply.Answered reply =
            (Reply.Answered) caller.call(ProviderRehearsal.request(task, "some text"));
        Usage usage = Objects.requireNonNull(reply.usage());
        assertThat(usage.tier(), is(Tier.FLEX));
        Price price = PriceTable.builtin().find(prices, model).orElseThrow();
        BigDecimal billed = it.books().path("costUsd").decimalValue();
        assertThat(price.cost(usage), comparesEqualTo(billed));
        assertThat(price.cost(usage.at(null)), greaterThan(billed));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "openai, '', gpt-5-mini",
    "openai, responses, gpt-5-mini",
    "gemini, '', gemini-2.5-flash",
    "gemini, vertex, gemini-2.5-flash",
    "bedrock, '', us.amazon.nova-lite-v1:0"
  })
  void noRoom_isTold_andTheNextTimeTheStandardTierIsAsked(String kind, String api, String model)
      throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("noroom=1", "")) {
      ModelTask task = task(it, kind, api, model, Tier.FLEX);
      try (Caller caller = caller(task)) {
        Reply.Failed failed =
            (Reply.Failed) caller.call(ProviderRehearsal.request(task, "some text"));
        assertThat(failed.message(), containsString("the flex tier has no room"));
        assertThat(failed.billing(), is(Reply.Billing.NOT_BILLED));
        Reply.Answered reply =
            (Reply.Answered) caller.call(ProviderRehearsal.request(task, "some text"));
        // Bedrock says a tier only where one was asked for.
        assertThat(
            Objects.requireNonNull(reply.usage()).tier(),
            is(kind.equals("bedrock") ? null : Tier.STANDARD));
      }
    }
  }

  /** Bedrock's prices by tier are nobody's to list: its answers say which one served. */
  @ParameterizedTest
  @CsvSource({"FLEX", "PRIORITY", "STANDARD"})
  void bedrock_saysWhichTierServed(Tier tier) throws Exception {
    try (ProviderRehearsal it = new ProviderRehearsal("", "")) {
      ModelTask task = task(it, "bedrock", "", "us.amazon.nova-lite-v1:0", tier);
      try (Caller caller = caller(task)) {
        Reply.Answered reply =
            (Reply.Answered) caller.call(ProviderRehearsal.request(task, "some text"));
        Tier served = Objects.requireNonNull(reply.usage()).tier();
        assertThat(served, is(tier == Tier.STANDARD ? null : tier));
      }
    }
  }
}
