package io.sluice.internal.provider.anthropic;

import io.sluice.spi.PrefixCache;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's prompt cache (guide to prompt caching): the beginning ends with a block that is
 * marked, is kept for five minutes or an hour, and is written at 1.25 or 2 times the price. Below a
 * model's minimum the mark does nothing and costs nothing.
 */
final class AnthropicPrefixes implements PrefixCache {
  /** As {@link AnthropicRequests} writes it: within a text its quotes would be escaped. */
  private static final String MARK = ",\"cache_control\":{\"type\":\"ephemeral\"}";

  private static final String HOUR_MARK =
      ",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}";

  private static final List<Life> LIVES =
      List.of(
          new Life(Keep.MINUTES, Duration.ofMinutes(5), 1.25),
          new Life(Keep.HOUR, Duration.ofHours(1), 2));

  @Override
  public List<Life> lives() {
    return LIVES;
  }

  @Override
  public double read() {
    return 0.1;
  }

  @Override
  public long minimumTokens(String model) {
    if (model.contains("haiku-4-5") || model.matches(".*opus-4-[5-8].*")) {
      return 4096;
    }
    return model.contains("sonnet-4-6") || model.contains("fable-5") ? 2048 : 1024;
  }

  @Override
  public boolean tellsWrites() {
    return true;
  }

  @Override
  public @Nullable String beginning(String body) {
    int at = body.indexOf(MARK);
    return at < 0 ? null : body.substring(0, at);
  }

  @Override
  public String marked(String body, Keep keep) {
    int at = keep == Keep.MINUTES ? -1 : body.indexOf(MARK);
    return at < 0
        ? body
        : body.substring(0, at)
            + (keep == Keep.HOUR ? HOUR_MARK : "")
            + body.substring(at + MARK.length());
  }
}
