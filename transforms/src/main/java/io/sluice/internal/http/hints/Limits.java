package io.sluice.internal.http.hints;

import io.sluice.internal.http.hints.LimitName.Word;
import io.sluice.spi.RateHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rate-limit headers of any provider by what their names have in common: {@code limit},
 * {@code remaining} and {@code reset}, of requests or tokens, in a time that the name may tell.
 * They are written {@code x-ratelimit-remaining-requests} (OpenAI, Azure, Groq, Fireworks), {@code
 * anthropic-ratelimit-input-tokens-reset}, {@code x-ratelimit-remaining-req-minute} and {@code
 * x-ratelimitbysize-remaining-month} (Mistral), {@code x-ratelimit-reset} (OpenRouter, Together),
 * {@code x-tokenlimit-remaining} (Together), {@code RateLimit: limit=…, remaining=…, reset=…} and
 * {@code RateLimit: "default";r=…;t=…} with {@code RateLimit-Policy: "default";q=…;w=…} (drafts of
 * the IETF, draft-ietf-httpapi-ratelimit-headers 03 to 11). Limits of other tiers of an account are
 * not ours. Never throws; what cannot be read is absent.
 */
public final class Limits {
  /** What is limited. */
  public enum What {
    REQUESTS,
    TOKENS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    OTHER
  }

  /** In what time. */
  public enum Window {
    SECOND,
    MINUTE,
    HOUR,
    DAY,
    MONTH,
    /** Not told: most often a minute. */
    UNKNOWN;

    private static Window ofSeconds(double seconds) {
      return seconds <= 0
          ? UNKNOWN
          : seconds <= 10
              ? SECOND
              : seconds <= 600
                  ? MINUTE
                  : seconds <= 6 * 3_600 ? HOUR : seconds <= 3 * 86_400 ? DAY : MONTH;
    }
  }

  /**
   * One limit.
   *
   * @param most of it; below zero where it is not told
   * @param left of it; below zero where it is not told
   * @param reset until all of it is there again; null where it is not told
   */
  public record Limit(
      What what, Window window, double most, double left, @Nullable Duration reset) {
    boolean isUsedUp() {
      return left == 0 && most != 0;
    }

    boolean isLong() {
      return window == Window.HOUR || window == Window.DAY || window == Window.MONTH;
    }
  }

  private static final class Draft {
    final LimitName name;
    double most = -1;
    double left = -1;
    @Nullable Duration reset;
    Window window = Window.UNKNOWN;

    Draft(LimitName name) {
      this.name = name;
    }
  }

  private static final int MOST_LIMITS = 64;
  private static final int LONGEST_VALUE = 2_000;

  private final List<Limit> limits;

  private Limits(List<Limit> limits) {
    this.limits = List.copyOf(limits);
  }

  /**
   * @param headers by name, in any case
   * @param now by the server's clock
   */
  static Limits of(Map<String, ? extends Collection<String>> headers, Instant now) {
    Map<String, Draft> drafts = new LinkedHashMap<>();
    headers.forEach(
        (name, values) -> {
          LimitName told = LimitName.of(name);
          for (String value : told.word() == Word.NONE ? List.<String>of() : values) {
            if (value != null && value.length() <= LONGEST_VALUE && drafts.size() < MOST_LIMITS) {
              read(told, value, now, drafts);
            }
          }
        });
    List<Limit> limits = new ArrayList<>();
    drafts.values().forEach(draft -> limits.add(finished(draft)));
    return new Limits(limits);
  }

  private static void read(LimitName name, String value, Instant now, Map<String, Draft> drafts) {
    if (name.word() == Word.ALL) {
      items(value).forEach(item -> fields(item, now, drafts));
      return;
    }
    Draft draft = drafts.computeIfAbsent(name.limit(), limit -> new Draft(name));
    switch (name.word()) {
      case REMAINING -> draft.left = lower(draft.left, amount(items(value).get(0)));
      case LIMIT -> {
        List<String> items = items(value);
        draft.most = lower(draft.most, amount(items.get(0)));
        draft.window = ofParameters(items, draft.window);
      }
      default -> draft.reset = Times.of(value, now);
    }
  }

  private static double lower(double known, double other) {
    return known < 0 ? other : other < 0 ? known : Math.min(known, other);
  }

  /** The number that a value begins with; below zero for none. */
  private static double amount(String value) {
    int end = value.indexOf(';');
    Double number = Times.number((end < 0 ? value : value.substring(0, end)).strip());
    return number == null || !(number >= 0) || number > 1e15 ? -1 : number;
  }

  /** {@code 100, 100;w=60}: the time is a parameter. */
  private static Window ofParameters(List<String> items, Window known) {
    for (String item : items) {
      Double seconds = item.indexOf('=') < 0 ? null : parameters(item).get("w");
      if (seconds != null) {
        return Window.ofSeconds(seconds);
      }
    }
    return known;
  }

  /** The members of a list, one at least, where commas in quotes are no ends. */
  private static List<String> items(String value) {
    List<String> items = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i <= value.length(); i++) {
      boolean end = i == value.length();
      quoted ^= !end && value.charAt(i) == '"';
      if (end || (value.charAt(i) == ',' && !quoted)) {
        items.add(value.substring(from, i).strip());
        from = i + 1;
      }
    }
    return items;
  }

  /** {@code "default";r=50;t=30}, {@code "default";q=100;w=60}, or one of {@code limit=100}. */
  private static void fields(String item, Instant now, Map<String, Draft> drafts) {
    Map<String, Double> fields = parameters(item);
    String name = item.startsWith("\"") ? item.split(";", 2)[0].toLowerCase(Locale.ROOT) : "";
    String unit = item.contains("qu=\"") ? item.substring(item.indexOf("qu=\"")) : "";
    boolean bytes = unit.startsWith("qu=\"content-bytes") || unit.startsWith("qu=\"concurrent");
    LimitName limit = LimitName.ofItem(name);
    Draft draft = drafts.computeIfAbsent(limit.limit(), key -> new Draft(limit));
    draft.most = lower(draft.most, first(fields, "q", "limit"));
    draft.left = lower(draft.left, bytes ? -1 : first(fields, "r", "remaining"));
    double reset = first(fields, "t", "reset");
    draft.reset = reset < 0 ? draft.reset : Times.ofNumber(reset, now);
    double window = first(fields, "w", "window");
    draft.window = window < 0 ? draft.window : Window.ofSeconds(window);
  }

  private static double first(Map<String, Double> fields, String one, String other) {
    double value = fields.getOrDefault(one, fields.getOrDefault(other, -1.0));
    return value >= 0 && value <= 1e15 ? value : -1;
  }

  private static Map<String, Double> parameters(String item) {
    Map<String, Double> parameters = new HashMap<>();
    for (String part : item.split(";")) {
      String[] pair = part.split("=", 2);
      Double number = pair.length < 2 ? null : Times.number(pair[1].strip());
      if (number != null) {
        parameters.put(pair[0].strip().toLowerCase(Locale.ROOT), number);
      }
    }
    return parameters;
  }

  private static Limit finished(Draft draft) {
    Window named = draft.name.window();
    Window window = named == Window.UNKNOWN ? draft.window : named;
    return new Limit(
        draft.name.what(),
        window == Window.UNKNOWN ? guessed(draft) : window,
        draft.most,
        draft.left,
        draft.reset);
  }

  /**
   * A limit of a minute is full again within a minute. Where that takes longer, the time is what
   * refills as much as is missing: Groq's requests are of a day, and only so told.
   */
  private static Window guessed(Draft draft) {
    Duration reset = draft.reset;
    if (reset == null || reset.toSeconds() <= 75) {
      return Window.UNKNOWN;
    }
    if (draft.most <= 0 || draft.left < 0 || draft.left >= draft.most) {
      return Window.ofSeconds(reset.toSeconds());
    }
    double whole = reset.toSeconds() * draft.most / (draft.most - draft.left);
    return Window.ofSeconds(Math.min(whole, 31 * 86_400.0));
  }

  public List<Limit> all() {
    return limits;
  }

  /**
   * How long until what is used up is there again; null where nothing is. Where limits of hours and
   * more are, those count.
   */
  @Nullable Limit usedUp() {
    Limit longest = null;
    for (Limit limit : limits) {
      Duration reset = limit.reset();
      if (limit.isUsedUp() && reset != null) {
        Duration known = longest == null ? null : longest.reset();
        longest = known == null || reset.compareTo(known) > 0 ? limit : longest;
      }
    }
    return longest;
  }

  /**
   * The limits of a minute. Where input and output tokens are limited apart, the limit is that of
   * the input, which is most of a batch's tokens, and what is left is the least share of any of
   * them: a job has one bucket, of both together.
   */
  public RateHeaders ofAMinute() {
    double[] requests = ofAMinute(List.of(What.REQUESTS));
    double[] tokens = ofAMinute(List.of(What.INPUT_TOKENS, What.TOKENS, What.OUTPUT_TOKENS));
    return new RateHeaders(
        (long) requests[0], (long) requests[1], (long) tokens[0], (long) tokens[1]);
  }

  private double[] ofAMinute(List<What> kinds) {
    double most = -1;
    double share = -1;
    What of = null;
    for (What kind : kinds) {
      for (Limit limit : limits) {
        if (limit.what() != kind || limit.most() <= 0 || limit.isLong()) {
          continue;
        }
        double perMinute = limit.most() * (limit.window() == Window.SECOND ? 60 : 1);
        boolean tighter = of == kind && perMinute < most;
        if (of == null || tighter) {
          of = kind;
          most = perMinute;
        }
        if (limit.left() >= 0 && limit.window() != Window.SECOND) {
          share = lower(share, Math.min(1, limit.left() / limit.most()));
        }
      }
    }
    if (of == What.OUTPUT_TOKENS) {
      // It says nothing of the input, which is most of what a call takes.
      return new double[] {-1, -1};
    }
    return new double[] {most, share < 0 || most < 0 ? -1 : Math.rint(share * most * 1e6) / 1e6};
  }
}
