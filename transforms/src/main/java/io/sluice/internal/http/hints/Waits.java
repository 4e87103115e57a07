package io.sluice.internal.http.hints;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.internal.text.ForeignJson;
import io.sluice.internal.text.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds how long a provider asks to wait, wherever it says so. In order: headers that end in {@code
 * retry-after-ms} and {@code retry-after}; {@code retryDelay} of a {@code google.rpc.RetryInfo};
 * fields of the body that are named for it; the words of its texts ("try again in 1m26.4s"); the
 * reset headers of what is used up ({@link Limits}). Resets come last, because they tell when a
 * bucket is full again, not when it has room. Bodies may be wrapped in an array, and hold JSON in
 * strings. Never throws, in time linear to what it is given; waits are bounded ({@link Times}).
 */
public final class Waits {
  /**
   * A wait.
   *
   * @param duration zero or more, a month at most
   * @param said where and in what words
   */
  public record Wait(Duration duration, String said) {}

  private static final ObjectMapper JSON = ForeignJson.MAPPER;

  private record Date(String text, @Nullable Instant instant) {}

  /**
   * All answers of a second have the same one, and reading it takes as long as all of the others.
   */
  private static volatile Date lastDate = new Date("", null);

  private static final int LONGEST_BODY = 256 * 1_024;
  private static final int LONGEST_TEXT = 8 * 1_024;
  private static final int MOST_NODES = 5_000;
  private static final int LONGEST_SAID = 120;

  private static final Pattern WORDS =
      Pattern.compile(
          "\\b(?:try(?:ing)? again|retry(?:ing)?|available(?: again)?|resets?|refills?|wait|come back"
              + "|again)[\\s:=_-]{1,3}"
              + "(?:(?:your|this|the) (?:request|call)\\s{1,3})?"
              + "(?:(in|after|for|at|until|on)[\\s:=]{1,3})?(?:about\\s{1,3}|another\\s{1,3})?",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern OF_A_DAY =
      Pattern.compile(
          "per[ _-]?(?:day|month)|/ ?(?:day|month)\\b|\\((?:RPD|TPD)\\)|requests? (?:a|each) day"
              + "|\\bdaily (?:\\w+ ){0,2}(?:limit|quota|usage|allocation|allowance)|今日|每日|每天",
          Pattern.CASE_INSENSITIVE);

  private Waits() {}

  /**
   * @param headers by name, in any case
   * @param body as text, JSON or not; may be empty
   * @param clock the time here; a {@code date} header comes before it
   * @return null where nothing is said
   */
  public static @Nullable Wait of(
      Map<String, ? extends Collection<String>> headers, @Nullable String body, Instant clock) {
    Instant now = now(headers, clock);
    Wait wait = ofRetryHeaders(headers, now);
    if (wait == null && body != null && !body.isBlank()) {
      wait = new Body(now).find(body);
    }
    if (wait == null) {
      Limits.Limit usedUp = Limits.of(headers, now).usedUp();
      Duration reset = usedUp == null ? null : usedUp.reset();
      wait = reset == null ? null : new Wait(reset, "the reset header of what is used up");
    }
    return wait;
  }

  /** The limits that headers tell. */
  public static Limits limits(Map<String, ? extends Collection<String>> headers, Instant clock) {
    return Limits.of(headers, now(headers, clock));
  }

  /** Whether a body says that the limit is one of a day; a short wait may stand beside it. */
  public static boolean isOfADay(@Nullable String body) {
    return body != null
        && OF_A_DAY.matcher(body.substring(0, Math.min(body.length(), LONGEST_TEXT))).find();
  }

  /** By the server's clock, where it tells the time. */
  private static Instant now(Map<String, ? extends Collection<String>> headers, Instant clock) {
    for (Map.Entry<String, ? extends Collection<String>> header : headers.entrySet()) {
      if ("date".equalsIgnoreCase(header.getKey())) {
        for (String value : header.getValue()) {
          Instant date = date(value);
          return date == null ? clock : date;
        }
      }
    }
    return clock;
  }

  private static @Nullable Instant date(String text) {
    Date known = lastDate;
    if (!known.text().equals(text)) {
      known = new Date(text, Times.instant(text));
      lastDate = known;
    }
    return known.instant();
  }

  private static @Nullable Wait ofRetryHeaders(
      Map<String, ? extends Collection<String>> headers, Instant now) {
    Wait found = null;
    for (Map.Entry<String, ? extends Collection<String>> header : headers.entrySet()) {
      String name = header.getKey() == null ? "" : header.getKey().toLowerCase(Locale.ROOT);
      boolean millis = name.endsWith("retry-after-ms");
      if (!millis && !name.endsWith("retry-after") && !name.endsWith("retry-after-seconds")) {
        continue;
      }
      for (String value : header.getValue()) {
        Duration wait = millis ? millis(value) : Times.of(value, now);
        if (wait != null) {
          Wait read = new Wait(wait, name + ": " + shown(value));
          if (millis) {
            return read;
          }
          found = found == null ? read : found;
        }
      }
    }
    return found;
  }

  private static @Nullable Duration millis(@Nullable String value) {
    Double number = value == null || value.length() > 40 ? null : Times.number(value.strip());
    return number == null || number.isNaN() ? null : Times.seconds(number / 1_000);
  }

  private static String shown(String text) {
    return Text.shown(text.strip(), LONGEST_SAID);
  }

  /** What the words of a text say; null for nothing. */
  static @Nullable Wait inWords(String text, Instant now) {
    String cut = text.substring(0, Math.min(text.length(), LONGEST_TEXT));
    Matcher words = WORDS.matcher(cut);
    while (words.find()) {
      Duration wait = after(cut, words.end(), words.group(1), now);
      if (wait != null) {
        int end = Math.min(cut.length(), words.end() + 40);
        return new Wait(wait, "\"" + shown(cut.substring(words.start(), end)) + "\"");
      }
    }
    return null;
  }

  private static @Nullable Duration after(
      String text, int at, @Nullable String preposition, Instant now) {
    Times.Read read = Times.duration(text, at);
    if (read != null) {
      return read.duration();
    }
    if (preposition == null) {
      return null;
    }
    int end = Times.endOfNumber(text, at);
    boolean ends = end == text.length() || !isWord(text.charAt(end));
    boolean pastUnit = ends && !followedByWord(text, end) && !isDate(text, end);
    if (end > at && pastUnit) {
      Double number = Times.number(text.substring(at, end));
      return number == null ? null : Times.ofNumber(number, now);
    }
    return ofInstant(text, at, now);
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '%';
  }

  private static boolean isDate(String text, int end) {
    return end < text.length() && (text.charAt(end) == '-' || text.charAt(end) == ':');
  }

  private static boolean followedByWord(String text, int end) {
    return end + 1 < text.length()
        && text.charAt(end) == ' '
        && Character.isLetter(text.charAt(end + 1));
  }

  /** An instant of ISO 8601 or a date of HTTP that begins at a place. */
  private static @Nullable Duration ofInstant(String text, int at, Instant now) {
    String rest = text.substring(at, Math.min(text.length(), at + 40));
    int iso = 0;
    while (iso < rest.length() && "0123456789-:.+TZtz ".indexOf(rest.charAt(iso)) >= 0) {
      iso++;
    }
    int gmt = rest.indexOf("GMT");
    String candidate = gmt > 0 ? rest.substring(0, gmt + 3) : rest.substring(0, iso);
    while (!candidate.isEmpty() && " .-:+".indexOf(candidate.charAt(candidate.length() - 1)) >= 0) {
      candidate = candidate.substring(0, candidate.length() - 1);
    }
    // "2026-11-26 14:00:00 UTC" and the like: without a zone it is UTC.
    Instant until = candidate.length() < 10 ? null : Times.instant(candidate);
    return until == null ? null : Times.of(until.toString(), now);
  }

  /** A search through a body. */
  private static final class Body {
    private final Instant now;
    private @Nullable Wait named;
    private @Nullable Wait reset;
    private @Nullable Wait worded;
    private int nodes;

    Body(Instant now) {
      this.now = now;
    }

    @Nullable Wait find(String body) {
      JsonNode root = body.length() > LONGEST_BODY ? null : parse(body);
      if (root == null) {
        return inWords(body, now);
      }
      walk(root);
      return named != null ? named : worded != null ? worded : reset;
    }

    private static @Nullable JsonNode parse(String text) {
      try {
        JsonNode node = JSON.readTree(text);
        return node != null && node.isContainerNode() ? node : null;
      } catch (JsonProcessingException e) {
        return null;
      }
    }

    private void walk(JsonNode root) {
      Deque<JsonNode> open = new ArrayDeque<>();
      open.add(root);
      while (!open.isEmpty() && nodes < MOST_NODES) {
        JsonNode node = open.remove();
        nodes++;
        if (node.isArray()) {
          node.forEach(open::add);
          continue;
        }
        Iterator<Map.Entry<String, JsonNode>> fields = node.fields();
        while (fields.hasNext() && nodes < MOST_NODES) {
          Map.Entry<String, JsonNode> field = fields.next();
          nodes++;
          JsonNode value = field.getValue();
          if (value.isContainerNode()) {
            open.add(value);
          } else {
            field(field.getKey(), value, open);
          }
        }
        if (node.isTextual()) {
          text(node.asText(), open);
        }
      }
    }

    private void field(String key, JsonNode value, Deque<JsonNode> open) {
      String name = key.toLowerCase(Locale.ROOT).replaceAll("[_-]", "");
      boolean retry =
          name.contains("retryafter") || name.contains("retrydelay") || name.equals("retryin");
      // Hugging Face's, until a model is loaded.
      boolean resets =
          (name.contains("reset") && !name.contains("remaining")) || name.equals("estimatedtime");
      if (retry || resets) {
        Duration wait = waitOf(name, value);
        if (wait != null) {
          Wait read = new Wait(wait, key + ": " + shown(value.asText()));
          if (retry) {
            // Google's own comes before what others add.
            named = named == null || name.equals("retrydelay") ? read : named;
          } else {
            reset = reset == null ? read : reset;
          }
          return;
        }
      }
      if (value.isTextual()) {
        text(value.asText(), open);
      }
    }

    private @Nullable Duration waitOf(String name, JsonNode value) {
      boolean millis = name.endsWith("ms") || name.endsWith("millis");
      if (value.isNumber()) {
        double number = value.asDouble();
        return millis ? Times.seconds(number / 1_000) : Times.ofNumber(number, now);
      }
      return value.isTextual() ? Times.of(value.asText(), now) : null;
    }

    private void text(String text, Deque<JsonNode> open) {
      String plain = text.strip();
      if (plain.startsWith("{") || plain.startsWith("[")) {
        JsonNode inner = plain.length() > LONGEST_BODY ? null : parse(plain);
        if (inner != null) {
          open.add(inner);
          return;
        }
      }
      worded = worded == null ? inWords(text, now) : worded;
    }
  }
}
