package io.sluice;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a provider sells a call in real time as: how soon it is served, and at which price. */
public enum Tier {
  /** The usual one. */
  STANDARD,
  /** Cheaper or with higher limits, slower, and turned away where there is no room just now. */
  FLEX,
  /** Sooner, and dearer; where there is no room it is served as standard. */
  PRIORITY;

  /** The word for it in tasks, and that most providers have. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The tier that a provider's word for it means: {@code default}, {@code flex}, {@code fast},
   * {@code ON_DEMAND_FLEX} and their kind.
   *
   * @return null for none, and for a word that says nothing of the price ({@code auto})
   */
  public static @Nullable Tier ofWord(@Nullable String word) {
    String lower = word == null ? "" : word.toLowerCase(Locale.ROOT);
    if (lower.contains("flex")) {
      return FLEX;
    }
    if (lower.contains("priority") || lower.endsWith("fast")) {
      return PRIORITY;
    }
    return switch (lower) {
      case "default", "standard", "on_demand", "scale" -> STANDARD;
      default -> null;
    };
  }
}
