package io.sluice.internal.engine;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets its oldest entry when it grows beyond a bound. Not thread-safe. */
public final class BoundedMap<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;
  private final int bound;

  public BoundedMap(int bound) {
    this.bound = bound;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > bound;
  }
}
