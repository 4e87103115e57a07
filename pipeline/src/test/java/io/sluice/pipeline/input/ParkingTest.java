package io.sluice.pipeline.input;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.sameInstance;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ParkingTest {
  private static final class Thing implements Closeable {
    boolean closed;

    @Override
    public void close() throws IOException {
      closed = true;
      throw new IOException("nobody is to hear of this");
    }
  }

  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private final Parking<Thing> parking = new Parking<>(3, Duration.ofMinutes(10), () -> now);

  private Thing park(String owner, String place) {
    Thing thing = new Thing();
    parking.park(owner, place, thing);
    return thing;
  }

  @Test
  void whatIsTaken_isTheTakers() {
    Thing thing = park("a", "1");
    assertThat(parking.take("b", "1"), is(nullValue()));
    assertThat(parking.take("a", "2"), is(nullValue()));
    assertThat(parking.take("a", "1"), is(sameInstance(thing)));
    assertThat(parking.take("a", "1"), is(nullValue()));
    assertThat(thing.closed, is(false));
  }

  @Test
  void theOldestOfTooMany_isClosed() {
    Thing first = park("a", "1");
    Thing second = park("a", "2");
    park("a", "3");
    assertThat(first.closed, is(false));
    park("a", "4");
    assertThat(first.closed, is(true));
    assertThat(second.closed, is(false));
    assertThat(parking.size(), is(3));
  }

  @Test
  void whatHasWaitedForLong_isClosed() {
    Thing old = park("a", "1");
    now = now.plus(Duration.ofMinutes(10));
    Thing young = park("a", "2");
    assertThat(old.closed, is(false));
    now = now.plusSeconds(1);
    park("a", "3");
    assertThat(old.closed, is(true));
    assertThat(young.closed, is(false));
  }

  @Test
  void anotherInItsPlace_isClosed() {
    Thing first = park("a", "1");
    Thing second = park("a", "1");
    assertThat(first.closed, is(true));
    assertThat(parking.take("a", "1"), is(sameInstance(second)));
  }

  @Test
  void theLastUser_leavesNothingBehind_ofItsOwner() {
    parking.enter("a");
    parking.enter("a");
    parking.enter("b");
    Thing mine = park("a", "1");
    Thing other = park("b", "1");
    parking.leave("a");
    assertThat(mine.closed, is(false));
    parking.leave("a");
    assertThat(mine.closed, is(true));
    assertThat(other.closed, is(false));
    assertThat(parking.size(), is(1));
  }
}
