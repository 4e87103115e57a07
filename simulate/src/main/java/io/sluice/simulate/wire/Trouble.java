package io.sluice.simulate.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is the matter with a provider as a whole, and when: {@code shared=0.15,away@30-55}. Where
 * several say something of a moment the first does. Immutable.
 */
public final class Trouble {
  public static final String NAMES =
      "shared=SHARE (refused by chance), sinks=SHARE (of the limits is given), away, daily=COUNT, key,"
          + " redirect, login; each with @FROM-TO in seconds";

  private enum Kind {
    SHARED,
    SINKS,
    AWAY,
    DAILY,
    KEY,
    REDIRECT,
    LOGIN;

    boolean hasAmount() {
      return this == SHARED || this == SINKS || this == DAILY;
    }
  }

  private record When(Kind kind, double amount, double from, double until) {
    boolean isNow(double seconds) {
      return seconds >= from && seconds < until;
    }
  }

  private static final Pattern PART =
      Pattern.compile(
          "(shared|sinks|away|daily|key|redirect|login)(?:=([0-9.]+))?(?:@([0-9.]+)-([0-9.]*))?",
          Pattern.CASE_INSENSITIVE);

  private final List<When> parts = new ArrayList<>();

  /**
   * Takes what a part of a flag says of a provider as a whole.
   *
   * @return whether it does
   * @throws IllegalArgumentException where it does, and cannot be read
   */
  boolean takes(String part) {
    String name = part.strip().split("[=@]", 2)[0].toUpperCase(Locale.ROOT);
    boolean known = List.of(Kind.values()).stream().anyMatch(kind -> kind.name().equals(name));
    if (!known) {
      return false;
    }
    Matcher matcher = PART.matcher(part.strip());
    Kind kind = Kind.valueOf(name);
    if (!matcher.matches() || kind.hasAmount() != (matcher.group(2) != null)) {
      throw new IllegalArgumentException(
          "--faults: expected one of " + NAMES + ", got \"" + part + "\"");
    }
    double until =
        matcher.group(4) == null || matcher.group(4).isEmpty()
            ? Double.MAX_VALUE
            : Double.parseDouble(matcher.group(4));
    parts.add(
        new When(
            kind,
            matcher.group(2) == null ? 0 : Double.parseDouble(matcher.group(2)),
            matcher.group(3) == null ? 0 : Double.parseDouble(matcher.group(3)),
            until));
    return true;
  }

  /** The share of the limits that is given. */
  public double gives(double seconds) {
    return parts.stream()
        .filter(part -> part.kind() == Kind.SINKS && part.isNow(seconds))
        .mapToDouble(When::amount)
        .findFirst()
        .orElse(1);
  }

  /**
   * What is said to a request instead of an answer.
   *
   * @param seconds since the provider began
   * @param letIn requests of its account before
   * @param chance from 0 to 1
   * @return null where it is answered
   */
  public @Nullable Reply of(double seconds, long letIn, double chance) {
    for (When part : parts) {
      if (part.isNow(seconds)) {
        Reply reply = reply(part, letIn, chance);
        if (reply != null) {
          return reply;
        }
      }
    }
    return null;
  }

  private static @Nullable Reply reply(When part, long letIn, double chance) {
    return switch (part.kind()) {
      case SINKS -> null;
      case SHARED ->
          chance < part.amount()
              ? error(429, "There is no room for this just now", Map.of())
              : null;
      case AWAY -> new Reply(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>");
      case DAILY ->
          letIn < part.amount()
              ? null
              : error(429, "That was all for this day", Map.of("Retry-After", "30000"));
      case KEY -> error(400, "API key not valid", Map.of());
      case REDIRECT ->
          new Reply(
              307, "text/plain", "elsewhere", Map.of("Location", "http://localhost/elsewhere"));
      case LOGIN ->
          new Reply(200, "text/html", "<html><title>Sign in</title>Please sign in</html>");
    };
  }

  private static Reply error(int status, String message, Map<String, String> headers) {
    String body = "{\"error\":{\"code\":" + status + ",\"message\":\"" + message + "\"}}";
    return new Reply(status, "application/json", body, headers);
  }
}
