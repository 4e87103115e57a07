package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.spi.PrefixCache;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bedrock's prompt cache in real time: the system text, where the task has a {@code cachePoint}
 * behind it, for as long as that says. Which models keep anything, and from how many tokens on, is
 * not known of all: so nothing is marked that the task does not mark. Stateless.
 */
final class BedrockPrefixes implements PrefixCache {
  private static final String SYSTEM = ",\"system\":[";

  private final String mark;
  private final Life life;
  private final double read;

  /**
   * @param point the task's
   * @param claude whether the model is Claude, whose writes and reads cost what they cost at
   *     Anthropic's; of others only a price says what is saved
   */
  BedrockPrefixes(JsonNode point, boolean claude) {
    this.mark = ",{\"" + BedrockRequests.CACHE_POINT + "\":" + CanonicalJson.write(point) + "}";
    boolean hour = point.path("ttl").asText().equals("1h");
    this.life =
        new Life(Keep.MINUTES, hour ? Duration.ofHours(1) : Duration.ofMinutes(5), hour ? 2 : 1.25);
    this.read = claude ? 0.1 : 1;
  }

  @Override
  public List<Life> lives() {
    return List.of(life);
  }

  @Override
  public double read() {
    return read;
  }

  @Override
  public long minimumTokens(String model) {
    return 1024;
  }

  @Override
  public boolean tellsWrites() {
    return true;
  }

  @Override
  public @Nullable String beginning(String body) {
    int end = body.indexOf(mark);
    int at = end < 0 ? -1 : body.lastIndexOf(SYSTEM, end);
    return at < 0 ? null : body.substring(at, end);
  }

  @Override
  public String marked(String body, Keep keep) {
    int at = keep == Keep.NOT ? body.indexOf(mark) : -1;
    return at < 0 ? body : body.substring(0, at) + body.substring(at + mark.length());
  }
}
