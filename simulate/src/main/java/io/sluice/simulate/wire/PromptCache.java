package io.sluice.simulate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Usage;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The beginnings of prompts that a provider keeps for an account: below the model's minimum
 * nothing, otherwise for some time after the last use. What a request writes is there once it is
 * answered, and the requests of one batch, which run side by side, do not see each other's.
 * Thread-safe.
 */
public final class PromptCache {
  /**
   * A beginning that a request asks to be kept.
   *
   * @param minimum the fewest tokens that are
   * @param hour whether for an hour, and not for five minutes
   */
  public record Prefix(String text, long tokens, long minimum, boolean hour) {}

  /** What of a request's input was read, and what was written. */
  public record Found(long read, long written, boolean hour) {
    public static final Found NOTHING = new Found(0, 0, false);

    public Usage usage(long input, long output) {
      return new Usage(input, read, output, written, hour ? written : 0, null);
    }

    /** A request that says so, for the wire that answers it. */
    public JsonNode into(JsonNode request) {
      if (!(request instanceof ObjectNode object) || read + written == 0) {
        return request;
      }
      ObjectNode with = object.deepCopy();
      return with.put(READ, read).put(WRITTEN, written).put(IN_AN_HOUR, hour);
    }

    public static Found in(JsonNode request) {
      return new Found(
          request.path(READ).asLong(0),
          request.path(WRITTEN).asLong(0),
          request.path(IN_AN_HOUR).asBoolean(false));
    }
  }

  private record Kept(Object by, long from, long until) {}

  private static final String READ = "read from the cache";
  private static final String WRITTEN = "written to the cache";
  private static final String IN_AN_HOUR = "kept for an hour";
  private static final long FIVE_MINUTES = 300_000_000_000L;
  private static final long AN_HOUR = 12 * FIVE_MINUTES;

  private final Map<String, Kept> kept = new HashMap<>();

  /**
   * A request is worked at.
   *
   * @param prefix null where it asks for nothing
   * @param by equal for requests that do not see each other
   * @param from when it is begun, in nanoseconds
   * @param until when it is answered
   */
  public synchronized Found ask(
      String account, @Nullable Prefix prefix, Object by, long from, long until) {
    if (prefix == null || prefix.tokens() < prefix.minimum()) {
      return Found.NOTHING;
    }
    String name = account + " " + prefix.hour() + " " + prefix.text();
    Kept before = kept.get(name);
    boolean alive = before != null && from < before.until();
    boolean hit = before != null && alive && before.from() <= from && !before.by().equals(by);
    long end = until + (prefix.hour() ? AN_HOUR : FIVE_MINUTES);
    kept.put(
        name,
        alive && before != null
            ? new Kept(before.by(), before.from(), Math.max(before.until(), end))
            : new Kept(by, until, end));
    return hit
        ? new Found(prefix.tokens(), 0, prefix.hour())
        : new Found(0, prefix.tokens(), prefix.hour());
  }
}
