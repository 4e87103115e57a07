package io.sluice.internal.http.hints;

import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.MessageHeaders;
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
  public static @Nullable Duration hint(MessageHeaders headers, String body) {
    Waits.Wait wait = Waits.of(byName(headers), body, Instant.now());
    return wait == null ? null : wait.duration();
  }

  /** What is left of the limits of a minute. */
  public static RateHeaders rates(MessageHeaders headers) {
    return Waits.limits(byName(headers), Instant.now()).ofAMinute();
  }

  private static Map<String, List<String>> byName(MessageHeaders headers) {
    Map<String, List<String>> values = new HashMap<>();
    for (Header header : headers.getHeaders()) {
      String name = header.getName().toLowerCase(Locale.ROOT);
      values.computeIfAbsent(name, first -> new ArrayList<>(1)).add(header.getValue());
    }
    return values;
  }

  /**
   * The first of a name, in any case.
   *
   * @return null where there is none
   */
  public static @Nullable String header(MessageHeaders headers, String name) {
    Header first = headers.getFirstHeader(name);
    return first == null ? null : first.getValue();
  }
}
