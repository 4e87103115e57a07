package io.sluice.internal.http.net;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.spi.ScriptedServer;
import io.sluice.spi.ScriptedServer.Arrival;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
          transport.send(new HttpUriRequestBase("GET", uri), watch).close();
        } catch (IOException e) {
          broken++;
        }
      }
      transport.close();
      assertThat(broken, is(400));
    }
  }

  /** Names that take as long as the test wants. */
  private static final class Names implements DnsResolver {
    final CountDownLatch answer = new CountDownLatch(1);
    final AtomicInteger lookups = new AtomicInteger();

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      lookups.incrementAndGet();
      // As one that nothing interrupts.
      boolean answered = false;
      while (!answered) {
        try {
          answer.await();
          answered = true;
        } catch (InterruptedException e) {
          Thread.onSpinWait();
        }
      }
      return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  @Test
  @Timeout(30)
  void aLookupThatHangs_isWithinTheTimeOfTheCall_andIsNotBegunAnew() throws Exception {
    Names names = new Names();
    try (ScriptedServer server = new ScriptedServer()) {
      server.on("GET /x", 200, "{}");
      URI uri = URI.create("http://provider.test:" + URI.create(server.url()).getPort() + "/x");
      Transport transport =
          new Transport(
              uri,
              Duration.ofDays(1),
              Integer.MAX_VALUE,
              Proxies.ofProcess(),
              new Lookups(names, Duration.ofDays(1)));
      for (int i = 0; i < 5; i++) {
        try (Watch watch = Watch.of(Duration.ofMillis(50))) {
          HttpUriRequestBase request = new HttpUriRequestBase("GET", uri);
          IOException thrown =
              assertThrows(IOException.class, () -> transport.send(request, watch).close());
          assertThat(thrown, is(instanceOf(UnknownHostException.class)));
          assertThat(thrown.getMessage(), containsString("provider.test"));
        }
      }
      assertThat(names.lookups.get(), is(1));
      names.answer.countDown();
      try (Watch watch = Watch.of(Duration.ofSeconds(20));
          Transport.Exchange exchange = transport.send(new HttpUriRequestBase("GET", uri), watch)) {
        assertThat(exchange.response().getCode(), is(200));
      }
      transport.close();
    }
  }
}
