package io.sluice.internal.engine.realtime;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackSizeTest {
  private static List<Object> requests(int n) {
    return IntStream.range(0, n).mapToObj(i -> new Object()).toList();
  }

  /**
   * Sends all as a lane does, to a server that refuses more than so many and one of them always.
   */
  private static int refusals(PackSize<Object> size, List<Object> all, int takes, Object bad) {
    Deque<List<Object>> parts = new ArrayDeque<>();
    Deque<Object> ready = new ArrayDeque<>(all);
    int refusals = 0;
    while (!ready.isEmpty() || !parts.isEmpty()) {
      List<Object> pack = new ArrayList<>();
      if (parts.isEmpty()) {
        while (!ready.isEmpty() && pack.size() < size.most()) {
          pack.add(ready.remove());
        }
      } else {
        pack = parts.remove();
      }
      if (pack.size() <= takes && !pack.contains(bad)) {
        size.passed(pack);
      } else if (pack.size() == 1) {
        size.blame(pack);
      } else {
        refusals++;
        size.refused(pack, 0);
        int half = (pack.size() + 1) / 2;
        parts.addFirst(pack.subList(half, pack.size()));
        parts.addFirst(pack.subList(0, half));
      }
    }
    return refusals;
  }

  @Test
  void whatIsSaid_counts() {
    PackSize<Object> size = new PackSize<>(2_048);
    size.refused(requests(100), 10);
    assertThat(size.most(), is(10));
    size.refused(requests(10), 32);
    assertThat("never more again", size.most(), is(10));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 32, 96, 100})
  void whereEveryPartPasses_theirSizeIsLearnt(int takes) {
    PackSize<Object> size = new PackSize<>(100);
    int refusals = refusals(size, requests(1_000), takes, new Object());
    assertThat(size.most(), is(lessThanOrEqualTo(takes)));
    assertThat(2 * size.most(), is(greaterThan(takes - 1)));
    assertThat(refusals, is(lessThanOrEqualTo(100)));
    assertThat(refusals(size, requests(1_000), takes, new Object()), is(0));
  }

  @Test
  void untilACallHasPassed_oneTriesForAll() {
    PackSize<Object> size = new PackSize<>(2_048);
    assertThat(size.isTried(), is(false));
    size.refused(requests(100), 0);
    assertThat(size.isTried(), is(false));
    size.passed(requests(50));
    assertThat(size.isTried(), is(true));
    PackSize<Object> told = new PackSize<>(2_048);
    told.refused(requests(100), 10);
    assertThat(told.isTried(), is(true));
    assertThat("alone there is nothing to try", new PackSize<>(1).isTried(), is(true));
  }

  @Test
  void oneThatIsToBlame_teachesNothing() {
    PackSize<Object> size = new PackSize<>(40);
    List<Object> all = requests(400);
    int refusals = refusals(size, all, 2_048, all.get(7));
    assertThat(refusals, is(5));
    assertThat(size.most(), is(40));
  }
}
