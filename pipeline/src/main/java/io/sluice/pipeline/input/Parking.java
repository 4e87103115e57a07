package io.sluice.pipeline.input;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Open things that wait to be used further. Not all of them will be: a runner may take the rest
 * elsewhere, or stop. So what has waited for long is closed, and the oldest of too many, and all of
 * an owner's when its last user has left. Thread-safe.
 */
final class Parking<T extends Closeable> {
  private static final Logger LOG = LoggerFactory.getLogger(Parking.class);

  private record Key(String owner, String place) {}

  private record Parked<T>(T thing, long sinceMillis) {}

  private final int most;
  private final Duration longest;
  private final InstantSource clock;

  /** The oldest first. Guarded by this, as {@code users}. */
  private final LinkedHashMap<Key, Parked<T>> parked = new LinkedHashMap<>();

  private final Map<String, Integer> users = new HashMap<>();

  /**
   * @param most how many may wait
   * @param longest how long one may wait, at least
   */
  Parking(int most, Duration longest, InstantSource clock) {
    this.most = most;
    this.longest = longest;
    this.clock = clock;
  }

  /** One more uses what is parked for an owner. */
  synchronized void enter(String owner) {
    users.merge(owner, 1, Integer::sum);
  }

  /** One fewer does; what the last one leaves behind is closed. */
  void leave(String owner) {
    List<T> left = new ArrayList<>();
    synchronized (this) {
      if (users.computeIfPresent(owner, (name, count) -> count == 1 ? null : count - 1) == null) {
        Iterator<Map.Entry<Key, Parked<T>>> all = parked.entrySet().iterator();
        while (all.hasNext()) {
          Map.Entry<Key, Parked<T>> entry = all.next();
          if (entry.getKey().owner().equals(owner)) {
            left.add(entry.getValue().thing());
            all.remove();
          }
        }
      }
    }
    left.forEach(Parking::close);
  }

  void park(String owner, String place, T thing) {
    List<T> left = new ArrayList<>();
    synchronized (this) {
      long now = clock.millis();
      Parked<T> before = parked.remove(new Key(owner, place));
      if (before != null) {
        left.add(before.thing());
      }
      parked.put(new Key(owner, place), new Parked<>(thing, now));
      Iterator<Parked<T>> all = parked.values().iterator();
      while (all.hasNext()) {
        Parked<T> oldest = all.next();
        if (parked.size() <= most && now - oldest.sinceMillis() <= longest.toMillis()) {
          break;
        }
        left.add(oldest.thing());
        all.remove();
      }
    }
    left.forEach(Parking::close);
  }

  /** What was parked there, which is the caller's now; null where there is nothing. */
  synchronized @Nullable T take(String owner, String place) {
    Parked<T> found = parked.remove(new Key(owner, place));
    return found == null ? null : found.thing();
  }

  synchronized int size() {
    return parked.size();
  }

  static void close(Closeable thing) {
    try {
      thing.close();
    } catch (IOException e) {
      // It was for reading, and nobody reads it any more.
      LOG.debug("Not closed: {}", thing, e);
    }
  }
}
