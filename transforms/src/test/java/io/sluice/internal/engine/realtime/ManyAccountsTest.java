package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.Source;
import io.sluice.internal.engine.Flight;
import io.sluice.internal.engine.Held;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.provider.Callers;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A thousand accounts in virtual time: one is a hundred times larger than the others, and the
 * server of one never answers.
 */
class ManyAccountsTest {
  private static final int ACCOUNTS = 1_000;
  private static final int EACH = 60;
  private static final String LARGE = "k0";
  private static final String HUNG = "k1";
  private static final long SECOND = 1_000_000_000L;

  private record Landing(long at, @Nullable Departure departure) implements Comparable<Landing> {
    @Override
    public int compareTo(Landing other) {
      return Long.compare(at, other.at);
    }
  }

  private long now;

  private Lanes lanes() {
    ModelTask task =
        ModelTask.of(
                "test",
                new Provider("openai", "http://localhost", KeySource.NONE),
                "fake",
                new ModelTask.Prompt(null, "{{text}}"))
            .withQuota(
                new Quota(
                    60,
                    60_000,
                    20,
                    Duration.ofSeconds(1),
                    Map.of(LARGE, new KeyQuota(6_000, 6_000_000, 400, KeySource.NONE))));
    FakeModel model = new FakeModel(request -> FakeModel.answer("never asked here"));
    LaneFactory factory =
        new LaneFactory(
            task, new Callers(task, name -> null, caller -> model), Map.of(), account -> 0);
    return new Lanes(factory, new Spending(null, null), () -> now, new Random(2));
  }

  private static boolean wantMore(Lanes lanes, int rows) {
    Held held = new Held(64L << 20);
    held.add(rows, 100L * rows);
    lanes.addTo(held);
    return held.wantsMore();
  }

  /** Rows in turns, as tenants' rows are mixed in an input: the large one has 100 to each turn. */
  private static List<String> accountsOfRows() {
    List<String> rows = new ArrayList<>();
    for (int turn = 0; turn < EACH; turn++) {
      for (int account = 0; account < ACCOUNTS; account++) {
        int times = account == 0 ? 100 : 1;
        for (int i = 0; i < times; i++) {
          rows.add("k" + account);
        }
      }
    }
    return rows;
  }

  @Test
  void noneSlowsAnother() {
    Lanes lanes = lanes();
    List<String> input = accountsOfRows();
    Random random = new Random(1);
    PriorityQueue<Landing> landings = new PriorityQueue<>();
    Map<String, Long> firstSent = new HashMap<>();
    Map<String, Long> lastSent = new HashMap<>();
    Map<String, Integer> sent = new HashMap<>();
    int read = 0;
    int held = 0;
    int total = 0;
    while (true) {
      while (read < input.size() && wantMore(lanes, held)) {
        String account = input.get(read);
        Lane lane = lanes.of(account);
        lanes.add(lane, flight(account, read));
        lanes.reschedule(lane);
        read++;
        held++;
      }
      for (Departure call = lanes.next(now); call != null; call = lanes.next(now)) {
        String account = call.lane().account;
        firstSent.putIfAbsent(account, now);
        lastSent.put(account, now);
        sent.merge(account, 1, Integer::sum);
        total++;
        if (!account.equals(HUNG)) {
          double latency = 1.5e9 * Math.exp(0.8 * random.nextGaussian() - 0.32);
          landings.add(new Landing(now + (long) latency, call));
        }
      }
      Landing next = landings.peek();
      long wait = Math.max(1, lanes.nanosToNext(now, 3_600 * SECOND));
      if (next == null && wait == 3_600 * SECOND) {
        break;
      }
      if (next == null || now + wait < next.at()) {
        now += wait;
        continue;
      }
      landings.remove();
      now = Math.max(now, next.at());
      Departure landed = next.departure();
      if (landed != null) {
        Lane lane = landed.lane();
        lanes.landed(lane);
        lane.limiter.observe(landed.charge(), RateHeaders.NONE, now);
        lane.settle(landed, List.<Reply>of(FakeModel.answer("fine")), now);
        lane.evidence.answered(landed.call(), now);
        lanes.reschedule(lane);
        held--;
      }
    }
    // The hung server holds as many calls as the account may have in flight, and no more.
    int hung = sent.getOrDefault(HUNG, 0);
    assertThat(hung, lessThanOrEqualTo(20));
    assertThat("all others are done", total, is(input.size() - EACH + hung));
    for (Map.Entry<String, Long> account : lastSent.entrySet()) {
      if (account.getKey().equals(HUNG)) {
        continue;
      }
      long perMinute = account.getKey().equals(LARGE) ? 6_000 : 60;
      int documents = sent.getOrDefault(account.getKey(), 0);
      double seconds = (account.getValue() - firstSent.getOrDefault(account.getKey(), 0L)) / 1e9;
      double alone = (documents - 1) * 60.0 / perMinute;
      // A small one waits for its first answer after two requests.
      assertThat(account.getKey(), seconds, lessThan(alone * 1.02 + 6));
      assertThat(account.getKey(), seconds, greaterThan(alone * 0.97));
    }
  }

  private static Flight flight(String account, int number) {
    Request request = new Request("f" + number, "text", 10, 20);
    Flight flight = new Flight(request);
    flight.rows.add(
        new PreparedDocument(
            new Document("d" + number, account, "{}", new Source("f", number)), request, account));
    return flight;
  }
}
