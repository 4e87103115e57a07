package io.sluice.internal.cascade;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.Cascade;
import io.sluice.internal.cascade.learning.Features;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CascadingTest {
  private static final int ROWS = 1_000;

  private final Cascading<String> cascading =
      new Cascading<>(Cascade.DEFAULT, 20_000, Long.MAX_VALUE);

  /** Gives all rows, and has answers to all that the task's model is asked about. */
  private void run(int notAsked, boolean isLast) {
    List<Item<String>> items = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      items.add(cascading.offer("row", "fp" + i, "", 1, false));
    }
    cascading.settle(isLast);
    for (int i = 0; i < ROWS - notAsked; i++) {
      Item<String> next = cascading.next("", false);
      if (next != null) {
        cascading.ask(next);
      }
    }
    for (int i = 0; i < ROWS; i++) {
      cascading.seen(items.get(i), Features.of(new float[] {i % 2, 1 - i % 2}, ""));
    }
    for (Item<String> item : cascading.takeAsks()) {
      cascading.heard(item, items.indexOf(item) % 2 == 0 ? "\"a\"" : "\"b\"");
    }
  }

  /** Or the end of a job waits for what is learnt for nobody. */
  @Test
  void whereAllIsAskedAndNoMoreComes_nothingIsLearnt() {
    run(0, true);
    assertThat(cascading.lesson(), is(nullValue()));
  }

  @Test
  void forRowsThatWait_itIs() {
    run(100, true);
    assertThat(cascading.lesson(), is(notNullValue()));
  }

  @Test
  void forRowsThatMayStillCome_itIs() {
    run(0, false);
    assertThat(cascading.lesson(), is(notNullValue()));
  }
}
