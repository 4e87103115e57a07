package io.sluice.pipeline.run;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.ProviderKind;
import io.sluice.pipeline.Usd;
import java.math.BigDecimal;
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
    assertThat(
        Prices.provider(new Provider(ProviderKind.OPENAI, url, KeySource.NONE)), is(provider));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "0.0000123456, 0.0000123, 0.0000124",
    "0.1, 0.100, 0.100",
    "4.0377, 4.04, 4.04",
    "12.341, 12.34, 12.35",
    "808, 808.00, 808.00",
    "1234.4, 1234, 1235"
  })
  void usd_hasCents_orThreeDigitsThatCount(BigDecimal usd, String words, String atMost) {
    assertThat(Usd.words(usd), is(words));
    assertThat(Usd.atMost(usd), is(atMost));
  }

  @Test
  void usd_unknown() {
    assertThat(Usd.words(null), is("unknown"));
  }
}
