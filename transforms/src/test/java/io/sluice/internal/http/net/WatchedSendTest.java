package io.sluice.internal.http.net;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Arrival;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.junit.jupiter.api.Test;

class WatchedSendTest {
  /** Wherever the client is when the time is over, between two of its steps as well. */
  @Test
  void callWhoseTimeIsOver_isBrokenOff_atWhicheverStep() throws Exception {
    try (ScriptedServer server = new ScriptedServer()) {
      server.on("GET /x", 200, "", Arrival.HANGING);
      URI uri = URI.create(server.url() + "/x");
      Transport transport =
          new Transport(uri, Duration.ofSeconds(20), Integer.MAX_VALUE, Proxies.ofProcess());
      int broken = 0;
      for (int i = 0; i < 400; i++) {
        try (Watch watch = Watch.of(Duration.ofNanos(20_000L * (1 + i % 100)))) {
          transport.send(new HttpUriRequestBase("GET", uri), watch, false, true).close();
        } catch (IOException e) {
          broken++;
        }
      }
      transport.close();
      assertThat(broken, is(400));
    }
  }
}
