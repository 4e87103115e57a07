package io.sluice.internal.engine.rows;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.is;

import io.sluice.Cascade;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Source;
import io.sluice.internal.cascade.Cascading;
import io.sluice.internal.engine.EngineClock;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.spi.Request;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class CascadeWorkTest implements EngineClock {
  private static final long SECOND = 1_000_000_000L;

  private final Cascading<List<PreparedDocument>> cascading =
      new Cascading<>(Cascade.DEFAULT, 20_000, Long.MAX_VALUE);
  private final List<Boolean> slow = new ArrayList<>();
  private long now = SECOND;
  private long nanosPerRow;
  private final CascadeWork work =
      new CascadeWork(cascading, new Sight(task(), this::see), new Object(), this);

  private static ModelTask task() {
    Provider provider = new Provider("openai", "http://localhost:1/v1", KeySource.NONE);
    return ModelTask.of("job", provider, "m", new Prompt(null, "{{v}}"));
  }

  private float[] see(String text) {
    now += nanosPerRow;
    slow.add(work.perSecond() < 10);
    return new float[] {text.length()};
  }

  private void offer(int rows) {
    for (int i = 0; i < rows; i++) {
      Document document = new Document("d" + i, null, "{\"v\":\"a\"}", new Source("f", i));
      PreparedDocument row = new PreparedDocument(document, new Request("fp" + i, "{}", 1, 1), "");
      cascading.offer(new ArrayList<>(List.of(row)), "fp" + i, "", 1, false);
    }
  }

  /** Or a quota would idle for as long as it takes to look at some hundred rows. */
  @Test
  void afterSomeSecondsItIsKnownThatLookingIsSlow_thoughNothingIsThroughYet() {
    offer(32);
    nanosPerRow = SECOND;
    assertThat(work.turn(), is(true));
    assertThat(slow.subList(0, 5), is(Collections.nCopies(5, false)));
    assertThat(slow.subList(5, 32), is(Collections.nCopies(27, true)));
    assertThat("32 in 32 seconds", work.perSecond(), is(closeTo(1, 0.1)));
  }

  @Test
  void aFewRowsThatAreFastSayNothing_moreSaySo() {
    offer(320);
    nanosPerRow = SECOND / 5;
    for (int i = 0; i < 10; i++) {
      assertThat(work.turn(), is(true));
    }
    assertThat(slow.get(10), is(false));
    assertThat(work.perSecond(), is(closeTo(5, 0.1)));
  }

  @Test
  void nothingIsLookedAtOnceItIsClosed() {
    offer(32);
    work.close();
    work.turn();
    assertThat(slow.size(), is(0));
  }

  @Override
  public long epochNanos() {
    return now;
  }

  @Override
  public void await(Object monitor, long nanos) {
    throw new AssertionError("Nothing waits here");
  }
}
