package io.sluice.internal.stage;

import static io.sluice.internal.stage.StageRig.row;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.sameInstance;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.util.SerializableUtils;
import org.junit.jupiter.api.Test;

class SessionFactoryTest {
  private final FakeEngines engines = new FakeEngines(FakeEngine.Rule.ON_ORDER);
  private final SessionFactory sessions = engines.sessions();

  private void openBoth() {
    sessions.get(0).restore(null, List.of(), Map.of());
    sessions.get(1).restore(null, List.of(), Map.of());
  }

  @Test
  void copiesOfATransform_shareASessionAShard() {
    SessionFactory copy = SerializableUtils.clone(sessions);
    sessions.acquire();
    copy.acquire();
    try {
      assertThat(copy.get(0), is(sameInstance(sessions.get(0))));
      assertThat(copy.get(1), is(not(sameInstance(sessions.get(0)))));
    } finally {
      sessions.release();
      copy.release();
    }
  }

  @Test
  void theLastCopyCloses_afterWhatIsInFlightHasLanded() {
    sessions.acquire();
    sessions.acquire();
    openBoth();
    sessions.release();
    assertThat(engines.opened().stream().anyMatch(engine -> engine.stopped), is(false));
    sessions.release();
    assertThat(engines.opened(), hasSize(2));
    assertThat(engines.opened().stream().allMatch(engine -> engine.stopped), is(true));
    assertThat(engines.opened().stream().allMatch(engine -> engine.closed), is(true));
    assertThrows(IllegalStateException.class, () -> sessions.get(0));
  }

  @Test
  void afterTheLastCopy_sessionsBeginAnew() {
    sessions.acquire();
    CallSession first = sessions.get(0);
    sessions.release();
    sessions.acquire();
    assertThat(sessions.get(0), is(not(sameInstance(first))));
    sessions.release();
  }

  @Test
  void landing_stopsEveryEngine_andSaysWhatIsStillInFlight() {
    sessions.acquire();
    try {
      openBoth();
      engines.opened().get(0).inFlight = 3;
      engines.opened().get(1).inFlight = 4;
      assertThat(SessionFactory.landAll(Duration.ofSeconds(1)), greaterThanOrEqualTo(7));
      assertThat(engines.opened().stream().allMatch(engine -> engine.stopped), is(true));
      assertThat(engines.opened().stream().anyMatch(engine -> engine.closed), is(false));
    } finally {
      sessions.release();
    }
  }

  @Test
  void progress_isTheSumOfAllEngines_andTheirCostUnknownWhereAPriceIs() {
    sessions.acquire();
    try {
      CallProgress before = SessionFactory.progress();
      openBoth();
      sessions.get(0).submit(List.of(row(1), row(2)));
      sessions.get(1).submit(List.of(row(3)));
      engines.opened().get(0).answer("d1");
      CallProgress now = SessionFactory.progress();
      assertThat(now.seen() - before.seen(), is(3L));
      assertThat(now.answered() - before.answered(), is(1L));
      assertThat(now.spentUsd(), is(nullValue()));
    } finally {
      sessions.release();
    }
  }

  @Test
  void oneFullEngine_isEnough() {
    sessions.acquire();
    try {
      openBoth();
      assertThat(sessions.areFull(), is(false));
      engines.opened().get(1).full = true;
      assertThat(sessions.areFull(), is(true));
    } finally {
      sessions.release();
    }
  }

  @Test
  void utilisationIsLookedAtEveryTenSeconds() {
    sessions.acquire();
    try {
      openBoth();
      assertThat(sessions.utilisationPercent(), is(0L));
      engines.pass(9_000_000_000L);
      assertThat(sessions.utilisationPercent(), is(0L));
      engines.pass(1_000_000_000L);
      // Five of sixty a minute, in ten seconds.
      assertThat(sessions.utilisationPercent(), is(50L));
      assertThat(sessions.utilisationPercent(), is(50L));
    } finally {
      sessions.release();
    }
  }
}
