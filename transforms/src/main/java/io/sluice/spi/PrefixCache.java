package io.sluice.spi;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a provider keeps the beginning of a request for others that begin alike, and sells it cheaper
 * to them: what a request is marked with for it, how long it is kept, and what writing it costs.
 * Requests are written as if they were kept for minutes. Stateless and thread-safe.
 */
public interface PrefixCache {
  /** For how long a request asks that its beginning be kept. */
  enum Keep {
    /** It is not marked. */
    NOT,
    /** The usual time. */
    MINUTES,
    HOUR
  }

  /**
   * A time for which a beginning is kept, from when it was written or read last.
   *
   * @param write what writing costs where the price says nothing, as a share of the input's price
   */
  record Life(Keep keep, Duration lasts, double write) {}

  /** From the shortest. */
  List<Life> lives();

  /** What reading costs where the price says nothing, as a share; 1 where it saves nothing then. */
  double read();

  /** The fewest tokens that are kept at all, as far as it is known of the model. */
  long minimumTokens(String model);

  /** Whether an answer's usage says what it has written. */
  boolean tellsWrites();

  /**
   * The beginning of a request's body that documents share, as it stands there; null where there is
   * none.
   */
  @Nullable String beginning(String body);

  /** A body that is marked so; what is no part of the body's mark stays as it is. */
  String marked(String body, Keep keep);
}
