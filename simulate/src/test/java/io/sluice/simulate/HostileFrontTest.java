package io.sluice.simulate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.internal.engine.Replies;
import io.sluice.internal.provider.Providers;
import io.sluice.simulate.hostile.HostileFront;
import io.sluice.spi.ApiKey;
import io.sluice.spi.Caller;
import io.sluice.spi.Connection;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class HostileFrontTest {
  private static final String KEY = "sk-test-0123456789-abcdef";

  private static Simulator simulator() throws IOException {
    return Simulator.start(
        new Simulator.Options(
            0,
            1_000_000,
            1_000_000_000,
            1,
            false,
            0,
            0,
            "",
            List.of(),
            new BigDecimal(1_000_000),
            1));
  }

  private static Caller caller(String kind, String url) {
    Provider provider =
        new Provider(
            kind, url, KeySource.NONE, Provider.defaultAuthHeader(kind), Map.of(), Map.of());
    return Providers.of(kind)
        .open(
            new Connection(
                provider,
                Operation.CHAT,
                "claude-x",
                ApiKey.of(KEY),
                Duration.ofMillis(700),
                1_000));
  }

  private static String body(int document) {
    return "{\"model\":\"claude-x\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\","
        + "\"content\":\"document number "
        + document
        + "\"}]}";
  }

  /** Each answer its own document's, each call's end within its time, and the key nowhere. */
  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void whateverItDoes_itCostsItsOwnCalls(String kind) throws Exception {
    int answered = 0;
    ExecutorService threads = Executors.newFixedThreadPool(12);
    try (Simulator simulator = simulator();
        HostileFront front = HostileFront.start(0, simulator.port(), "all=0.02", 1)) {
      String url = simulator.baseUrl(kind).replace(":" + simulator.port(), ":" + front.port());
      try (Caller caller = caller(kind, url)) {
        List<Future<Reply>> calls = new ArrayList<>();
        for (int document = 0; document < 200; document++) {
          Request request = new Request(String.valueOf(document), body(document), 10, 50);
          calls.add(
              threads.submit(() -> Replies.of(1, () -> List.of(caller.call(request))).get(0)));
        }
        for (int document = 0; document < calls.size(); document++) {
          Reply reply = calls.get(document).get();
          assertThat(reply.toString(), not(containsString("0123456789-abcdef")));
          if (reply instanceof Reply.Answered answer) {
            assertThat(answer.raw(), is("Echo: document number " + document));
            answered++;
          }
        }
      }
    } finally {
      threads.shutdownNow();
    }
    // About 120 are not touched; of those a busy machine is late for some.
    assertThat(answered, greaterThan(60));
  }

  @Test
  void namesAndRates_areChecked() {
    assertThat(
        assertThrows(IllegalArgumentException.class, () -> HostileFront.check("nice=0.1"))
            .getMessage(),
        containsString("--hostile: expected NAME=RATE"));
    assertThrows(IllegalArgumentException.class, () -> HostileFront.check("all=2"));
    HostileFront.check("all=0.01,drip=0.5");
    HostileFront.check("");
  }
}
