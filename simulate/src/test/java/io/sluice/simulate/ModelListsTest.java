package io.sluice.simulate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.CallFailedException;
import java.net.HttpURLConnection;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelListsTest {
  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic", "gemini", "mistral"})
  void everyKeyIsTaken_andAsked(String kind) throws Exception {
    try (ProviderRehearsal rehearsal = new ProviderRehearsal("", "")) {
      ModelTask task = rehearsal.task(kind, "", "some-model");
      assertThat(
          Providers.of(task).models(ProviderRehearsal.connection(task, ProviderRehearsal.KEY)),
          is(empty()));
    }
  }

  @Test
  void withoutAKey_itIsRefused() throws Exception {
    try (ProviderRehearsal rehearsal = new ProviderRehearsal("", "")) {
      for (String kind : rehearsal.simulator.baseUrls().keySet()) {
        URI list =
            URI.create(
                rehearsal.simulator.baseUrl(kind)
                    + (kind.equals("bedrock")
                        ? "/foundation-models"
                        : kind.equals("anthropic") ? "/v1/models" : "/models"));
        HttpURLConnection asked = (HttpURLConnection) list.toURL().openConnection();
        assertThat(kind, asked.getResponseCode(), is(401));
      }
    }
  }

  @Test
  void whatIsNoList_isNotFound() throws Exception {
    try (ProviderRehearsal rehearsal = new ProviderRehearsal("", "")) {
      ModelTask task = rehearsal.task("openai", "", "m");
      ModelTask odd =
          task.withProvider(task.provider().withBaseUrl(task.provider().baseUrl() + "/models"));
      CallFailedException e =
          assertThrows(
              CallFailedException.class,
              () -> Providers.of(odd).models(ProviderRehearsal.connection(odd, "k-1234567")));
      assertThat(e.failure().status(), is(404));
    }
  }
}
