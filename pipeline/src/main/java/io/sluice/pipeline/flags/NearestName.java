package io.sluice.pipeline.flags;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds what a mistyped name was meant to be. */
public final class NearestName {
  /** Fewer characters begin too many flags. */
  private static final int LEAST_BEGINNING = 5;

  private NearestName() {}

  /** The known name that a mistyped one was probably meant to be. */
  public static Optional<String> of(String name, Collection<String> known) {
    Optional<String> longer =
        !name.startsWith("--") || name.length() < LEAST_BEGINNING
            ? Optional.empty()
            : known.stream()
                .filter(candidate -> candidate.regionMatches(true, 0, name, 0, name.length()))
                .min(Comparator.comparingInt(String::length));
    return longer.or(() -> nearest(name, known));
  }

  private static Optional<String> nearest(String name, Collection<String> known) {
    return known.stream()
        .filter(candidate -> distance(name, candidate) <= 1 + candidate.length() / 4)
        .min(Comparator.comparingInt(candidate -> distance(name, candidate)));
  }

  private static int distance(String a, String b) {
    return LevenshteinDistance.getDefaultInstance()
        .apply(a.toLowerCase(Locale.ROOT), b.toLowerCase(Locale.ROOT));
  }
}
