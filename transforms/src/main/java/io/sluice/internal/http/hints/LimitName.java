package io.sluice.internal.http.hints;

import io.sluice.internal.http.hints.Limits.What;
import io.sluice.internal.http.hints.Limits.Window;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the name of a header tells of a limit. All answers of a provider have headers of the same
 * names, so each is read once.
 *
 * @param word which of its numbers the header has
 * @param limit the same for all headers of one limit
 * @param window {@link Window#UNKNOWN} where the name does not tell
 */
record LimitName(Word word, String limit, What what, Window window) {
  /** A number of a limit. */
  enum Word {
    /** None: the header tells nothing of our limits. */
    NONE(""),
    REMAINING("remaining"),
    RESET("reset"),
    LIMIT("limit"),
    /** All of them, of several limits, as the IETF's drafts write them. */
    ALL("");

    private final String written;

    Word(String written) {
      this.written = written;
    }

    private static Word of(String name) {
      for (Word word : List.of(REMAINING, RESET, LIMIT)) {
        if (name.contains(word.written)) {
          return word;
        }
      }
      return NONE;
    }
  }

  private static final Pattern OF_A_LIMIT =
      Pattern.compile("x-[a-z-]*(limit|remaining|reset)[a-z-]*");
  private static final Pattern GAP = Pattern.compile("[-_:.\"]");
  private static final List<String> OTHER_TIERS =
      List.of("priority", "fast", "usage_based", "usage-based", "batch", "over-limit", "project");
  private static final List<String> OTHERS =
      List.of("cost", "usd", "spend", "credit", "image", "audio", "concurren", "byte");

  private static final LimitName NO_NAME = new LimitName(Word.NONE, "", What.OTHER, Window.UNKNOWN);

  /** A server may make up a name for each answer: those are not kept. */
  private static final int MOST_KEPT = 1_000;

  private static final int LONGEST_KEPT = 100;
  private static final Map<String, LimitName> KEPT = new ConcurrentHashMap<>();

  /**
   * @param header its name, in any case
   */
  static LimitName of(@Nullable String header) {
    if (header == null) {
      return NO_NAME;
    }
    LimitName known = KEPT.get(header);
    if (known == null) {
      known = read(header.toLowerCase(Locale.ROOT));
      if (header.length() <= LONGEST_KEPT && KEPT.size() < MOST_KEPT) {
        KEPT.put(header, known);
      }
    }
    return known;
  }

  /**
   * @param item the name of one of the limits that a header of the IETF's drafts lists; may be
   *     empty
   */
  static LimitName ofItem(String item) {
    return of(Word.ALL, "ratelimit:" + item);
  }

  private static LimitName of(Word word, String limit) {
    return new LimitName(word, limit, what(limit), window(limit));
  }

  private static LimitName read(String name) {
    if (Word.of(name) == Word.NONE || OTHER_TIERS.stream().anyMatch(name::contains)) {
      return NO_NAME;
    }
    if (name.equals("ratelimit") || name.equals("ratelimit-policy")) {
      return ofItem("");
    }
    String bare =
        name.replace("rate-limit", "ratelimit")
            .replace("ratelimit", "rate")
            .replace("tokenlimit", "tokens");
    boolean known = !bare.equals(name);
    Word word = Word.of(bare);
    return word == Word.NONE || (!known && !OF_A_LIMIT.matcher(bare).matches())
        ? NO_NAME
        : of(word, bare.replace(word.written, ""));
  }

  private static What what(String limit) {
    boolean tokens = limit.contains("token") || limit.contains("bysize");
    if (tokens && (limit.contains("input") || limit.contains("prompt"))) {
      return What.INPUT_TOKENS;
    }
    if (tokens && (limit.contains("output") || limit.contains("generated"))) {
      return What.OUTPUT_TOKENS;
    }
    if (tokens) {
      return What.TOKENS;
    }
    return OTHERS.stream().anyMatch(limit::contains) ? What.OTHER : What.REQUESTS;
  }

  private static Window window(String limit) {
    for (String part : GAP.split(limit)) {
      switch (part) {
        case "second", "sec", "1s" -> {
          return Window.SECOND;
        }
        case "minute", "min", "1m", "rpm", "tpm" -> {
          return Window.MINUTE;
        }
        case "hour", "hourly", "1h" -> {
          return Window.HOUR;
        }
        case "day", "daily", "24h", "rpd", "tpd" -> {
          return Window.DAY;
        }
        case "month", "monthly" -> {
          return Window.MONTH;
        }
        default -> {}
      }
    }
    return Window.UNKNOWN;
  }
}
