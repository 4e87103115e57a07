package io.sluice.pipeline.plan;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.Tier;
import io.sluice.cost.Price;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.task.TaskFile;
import io.sluice.pipeline.task.TaskFileException;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PricesTest {

  @ParameterizedTest
  @CsvSource({
    "https://api.openai.com/v1, openai",
    "http://localhost:8089/v1, openai",
    "https://mine.openai.azure.com/openai/v1, openai",
    "https://api.groq.com/openai/v1, groq",
    "https://api.mistral.ai/v1, mistral",
    "https://generativelanguage.googleapis.com/v1beta/openai, google",
    "https://api.deepseek.com, deepseek",
    "https://notgroq.com/v1, openai"
  })
  void provider_isKnownByItsDomain(String url, String provider) {
    assertThat(Prices.provider(new Provider("openai", url, KeySource.NONE)), is(provider));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "0.0000123456, 0.0000123, 0.0000124",
    "0.1, 0.100, 0.100",
    "4.0377, 4.04, 4.04",
    "12.341, 12.34, 12.35",
    "808, 808.00, 808.00",
    "'1234.4', '1,234.40', '1,234.40'",
    "1234567.891, '1,234,567.89', '1,234,567.90'"
  })
  void usd_hasCents_orThreeDigitsThatCount(BigDecimal usd, String words, String atMost) {
    assertThat(Usd.words(usd), is(words));
    assertThat(Usd.atMost(usd), is(atMost));
  }

  @Test
  void writingToAnthropicsCache_costsAQuarterMore_whoeverGaveThePrice() throws Exception {
    String task =
        """
        name: t
        provider: {kind: anthropic}
        model: claude-haiku-4-5
        prompt: {user: "{{text}}"}
        """;
    assertThat(write(task), is(new BigDecimal("1.25")));
    assertThat(write(task + "price: {input: 4, output: 20}\n"), is(new BigDecimal("5")));
    assertThat(
        write(task + "price: {input: 4, cacheWrite: 8, output: 20}\n"), is(new BigDecimal("8")));
  }

  private static @Nullable BigDecimal write(String task) throws TaskFileException {
    Price price = Prices.of(TaskFile.parse("task.yaml", task, name -> null), null).price();
    return price == null ? null : price.cacheWriteInputPerMtok();
  }

  @Test
  void usd_unknown() {
    assertThat(Usd.words(null), is("unknown"));
  }

  @Test
  void tierWithoutAPrice_cannotKeepABudget() throws TaskFileException {
    String task =
        """
        name: t
        provider: {tier: priority}
        model: gpt-5-mini
        prompt: {user: "{{text}}"}
        parameters: {max_completion_tokens: 100}
        """;
    assertThat(
        Prices.of(TaskFile.parse("t.yaml", task, n -> null), null).forSpending() == null,
        is(false));
    Prices prices =
        Prices.of(TaskFile.parse("t.yaml", task + "budget: {usd: 1}\n", n -> null), null);
    UsageException refused = assertThrows(UsageException.class, prices::forSpending);
    assertThat(
        refused.getMessage(), containsString("there is no priority price for gpt-5-mini; give it"));
    String given = "price: {input: 1, output: 2, priorityInput: 2, priorityOutput: 4}\n";
    Prices known =
        Prices.of(TaskFile.parse("t.yaml", task + "budget: {usd: 1}\n" + given, n -> null), null);
    assertThat(Objects.requireNonNull(known.forSpending()).at(Tier.PRIORITY).isPresent(), is(true));
  }

  /**
   * What no answer can be long is refused before thousands of requests are, in batches a day late.
   */
  @ParameterizedTest
  @CsvSource({
    "openai, gpt-4o-mini, 'max_tokens: 16386', '', true",
    "openai, gpt-4o-mini, 'max_completion_tokens: 100000', '', true",
    "openai, gpt-4o-mini, 'max_tokens: 16385', '', false",
    "openai, gpt-4o-mini, 'temperature: 0', '', false",
    "openai, house-model, 'max_tokens: 900000', '', false",
    "openai, gpt-4o-mini, 'max_tokens: 100000', 'price: {input: 1, output: 1}', false",
    "anthropic, claude-haiku-4-5, 'max_tokens: 100000', '', true",
    "gemini, gemini-2.5-flash, 'maxOutputTokens: 65536', '', false",
    "gemini, gemini-2.5-flash, 'maxOutputTokens: 100000', '', true",
    "openai, house-model, 'max_tokens: 9000', 'fallback: [gpt-4-turbo]', true",
    "openai, house-model, 'max_tokens: 9000', 'fallback: {models: [{model: gpt-4-turbo, price: {input: 1, output: 1}}]}', false",
    "openai, house-model, 'max_tokens: 9000', 'fallback: {models: [{model: gpt-4-turbo, parameters: {max_tokens: 4096}}]}', false",
  })
  void answerLongerThanTheModelMakesThem_isRefusedBeforeAnythingIsSent(
      String kind, String model, String parameters, String more, boolean refused)
      throws TaskFileException {
    String task =
        """
        name: t
        provider: {kind: %s}
        model: %s
        prompt: {user: "{{text}}"}
        parameters: {%s}
        %s
        """
            .formatted(kind, model, parameters, more);
    Prices prices = Prices.of(TaskFile.parse("t.yaml", task, n -> null), null);
    if (!refused) {
      prices.forSpending();
      return;
    }
    String message = assertThrows(UsageException.class, prices::forSpending).getMessage();
    assertThat(message, containsString("or, if that is not the model's limit, give its price"));
  }
}
