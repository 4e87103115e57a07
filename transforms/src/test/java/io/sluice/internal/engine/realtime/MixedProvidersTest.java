package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.FREE;
import static io.sluice.internal.engine.realtime.EngineRig.TASK;
import static io.sluice.internal.engine.realtime.EngineRig.row;
import static io.sluice.internal.engine.realtime.EngineRig.run;
import static io.sluice.internal.engine.realtime.VirtualTime.SECOND;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.notNullValue;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Quota;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.evidence.Scope;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One job, keys of three providers that behave in three ways: none slows another. */
@Timeout(120)
class MixedProvidersTest {
  private static final int EACH = 1_800;
  private static final long PER_MINUTE = 1_800;

  private final EngineRig rig = new EngineRig();
  private final VirtualTime time = rig.time;
  private final long begun = time.epochNanos();
  private final Random random = new Random(7);
  private final Map<String, Double> lastAnswered = new HashMap<>();
  private final Map<String, Integer> refused = new HashMap<>();

  /** A bucket of the exact provider, in requests. */
  private double bucket = PER_MINUTE / 60.0;

  private double filledAt;

  /** What holds the job up after half a minute. */
  private @Nullable String situation;

  @AfterEach
  void close() {
    rig.close();
  }

  private double seconds() {
    return (time.epochNanos() - begun) / 1e9;
  }

  private static String account(Request request) {
    return request.fingerprint().substring(request.fingerprint().indexOf('@') + 1);
  }

  private boolean isAway() {
    return seconds() >= 10 && seconds() < 35;
  }

  private @Nullable Reply refusal(String account) {
    return switch (account) {
      case "shared" ->
          random.nextDouble() < 0.15
              ? FakeModel.failure(ErrorKind.RATE_LIMITED, Reply.Scope.RATE, true, null)
              : null;
      case "exact" -> {
        bucket = Math.min(PER_MINUTE / 60.0, bucket + (seconds() - filledAt) * PER_MINUTE / 60);
        filledAt = seconds();
        if (bucket < 1) {
          yield FakeModel.failure(ErrorKind.RATE_LIMITED, Reply.Scope.RATE, true, null);
        }
        bucket--;
        yield null;
      }
      default ->
          isAway() ? FakeModel.failure(ErrorKind.SERVER_ERROR, Reply.Scope.LOAD, true, null) : null;
    };
  }

  private Reply reply(Request request) {
    String account = account(request);
    Reply refusal = refusal(account);
    if (refusal != null) {
      refused.merge(account, 1, Integer::sum);
      return refusal;
    }
    lastAnswered.put(account, seconds());
    return FakeModel.answer("fine");
  }

  @Test
  void sharedCapacity_anExactLimit_andAnOutage() throws Exception {
    Map<String, KeyQuota> keys = new HashMap<>();
    for (String key : List.of("shared", "exact", "away")) {
      keys.put(key, new KeyQuota(PER_MINUTE, FREE, 200, KeySource.NONE));
    }
    Quota quota = new Quota(PER_MINUTE, FREE, 200, Duration.ofSeconds(1), keys);
    time.latencyNanos =
        request -> (account(request).equals("away") && isAway() ? 5_000_000L : SECOND);
    FakeModel model = new FakeModel(this::reply);
    CallEngine engine = rig.engine(TASK.withQuota(quota), model);
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < EACH; i++) {
      for (String key : List.of("shared", "exact", "away")) {
        rows.add(row(i * 3 + rows.size() % 3, "text " + i, key));
      }
    }
    time.at(begun + 30 * SECOND, () -> situation = engine.snapshot().situation);
    Map<String, Finished> ends = run(engine, rows);
    for (Finished end : ends.values()) {
      assertThat(EngineRig.kind(end), is((Object) null));
    }
    double exact = lastAnswered.getOrDefault("exact", 0.0);
    double shared = lastAnswered.getOrDefault("shared", 0.0);
    double away = lastAnswered.getOrDefault("away", 0.0);
    double alone = EACH * 60.0 / PER_MINUTE;
    assertThat("exact", alone / exact, greaterThan(0.95));
    assertThat("exact, refused", refused.getOrDefault("exact", 0), lessThan(10));
    // To the last answer, with the seconds in which it is found out that it is chance.
    assertThat("shared", alone / 0.85 / shared, greaterThan(0.9));
    assertThat("away for 25 s, and until a probe finds it back", away, lessThan(alone + 25 + 23));
    assertThat(situation, notNullValue());
    assertThat(situation, containsString("key away: provider does not answer since"));
    Map<Scope, Long> failures = engine.snapshot().failures;
    assertThat(failures.getOrDefault(Scope.CALL, 0L), greaterThan(100L));
    assertThat(failures.getOrDefault(Scope.OUTAGE, 0L), greaterThan(3L));
  }
}
