package io.sluice.internal.provider.bedrock;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.cost.Price;
import io.sluice.spi.ApiKey;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import io.sluice.spi.ScriptedServer;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BedrockModelsTest {
  private static final String LIST = "GET /foundation-models";

  private static Connection connection(ScriptedServer server) {
    return new Connection(
        new Provider("bedrock", server.url(), KeySource.NONE),
        Operation.CHAT,
        "us.amazon.nova-lite-v1:0",
        ApiKey.of("secret-key-123"),
        Duration.ofSeconds(20),
        1);
  }

  @Test
  void listed_areModels_andTheProfileThatLeadsToOne() throws Exception {
    try (ScriptedServer server = new ScriptedServer()) {
      server.on(LIST, 200, "{\"modelSummaries\":[{\"modelId\":\"amazon.nova-lite-v1:0\"}]}");
      assertThat(
          new BedrockProvider().models(connection(server)), hasItem("us.amazon.nova-lite-v1:0"));
    }
  }

  @Test
  void whoMayNotList_mayStillAsk_butAWrongKeyIsOne() throws Exception {
    try (ScriptedServer server = new ScriptedServer()) {
      server.on(LIST, BedrockContractTest.error(403, "AccessDeniedException", "no"));
      assertThat(new BedrockProvider().models(connection(server)), is(nullValue()));
      server.nowOn(LIST, BedrockContractTest.error(403, "UnrecognizedClientException", "no"));
      assertThrows(
          CallFailedException.class, () -> new BedrockProvider().models(connection(server)));
    }
  }

  @Test
  void writingToTheCache_costsAQuarterMore_unlessThePriceSays() {
    Price price = Price.of(BigDecimal.ONE, BigDecimal.TEN);
    assertThat(
        new BedrockProvider().completed(price).cacheWriteInputPerMtok(),
        is(new BigDecimal("1.25")));
    Price own = price.withCacheWrite(new BigDecimal("2"));
    assertThat(new BedrockProvider().completed(own), is(own));
  }
}
