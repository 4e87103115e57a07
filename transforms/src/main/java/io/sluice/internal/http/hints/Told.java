package io.sluice.internal.http.hints;

import com.google.api.client.http.HttpHeaders;
import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an answer tells beside what it says: how long to wait, and what is left of limits. */
public final class Told {
  private Told() {}

  /**
   * How long the provider asks to wait.
   *
   * @param body of the answer, JSON or not; may be empty
   * @return null where it does not say
   */
  public static @Nullable Duration hint(HttpHeaders headers, String body) {
    Waits.Wait wait = Waits.of(byName(headers), body, Instant.now());
    return wait == null ? null : wait.duration();
  }

  /** What is left of the limits of a minute. */
  public static RateHeaders rates(HttpHeaders headers) {
    return Waits.limits(byName(headers), Instant.now()).ofAMinute();
  }

  private static Map<String, List<String>> byName(HttpHeaders headers) {
    Map<String, List<String>> values = new HashMap<>();
    for (String name : headers.keySet()) {
      values.put(name, List.copyOf(headers.getHeaderStringValues(name)));
    }
    return values;
  }

  public static @Nullable String header(HttpHeaders headers, String name) {
    return headers.getFirstHeaderStringValue(name);
  }
}
