package io.sluice.pipeline.task;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a job may spend at most, over all its runs.
 *
 * @param usd of the whole job; null for no cap
 * @param byKeyUsd of single quota keys, by name
 */
public record Caps(@Nullable BigDecimal usd, Map<String, BigDecimal> byKeyUsd)
    implements Serializable {
  public Caps {
    byKeyUsd = Map.copyOf(byKeyUsd);
  }

  /** Whether there is any. */
  public boolean isAny() {
    return usd != null || !byKeyUsd.isEmpty();
  }

  /** The beginning of a sentence about one of them; empty where there is none. */
  public String words() {
    if (usd != null) {
      return "The budget of " + usd.toPlainString() + " USD";
    }
    return byKeyUsd.isEmpty()
        ? ""
        : "The budget of key " + byKeyUsd.keySet().stream().sorted().findFirst().orElseThrow();
  }

  /** The same with another cap for the whole job; null leaves it. */
  public Caps with(@Nullable BigDecimal other) {
    return other == null ? this : new Caps(other, byKeyUsd);
  }
}
