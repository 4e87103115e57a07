package io.sluice.spi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names that requests have inside a batch: {@code INTENT-FINGERPRINT}, of which the second is
 * the first 32 digits of the request's fingerprint. Anthropic takes 1 to 64 letters, digits, {@code
 * _} and {@code -}, and has no other place for the intent.
 */
public final class CustomIds {
  /** The longest intent id. */
  public static final int MAX_INTENT = 24;

  private static final Pattern INTENT = Pattern.compile("[A-Za-z0-9_]{1," + MAX_INTENT + "}");
  private static final int DIGITS = 32;
  private static final Pattern ONE =
      Pattern.compile("\\s*[A-Za-z0-9_]{1," + MAX_INTENT + "}-[0-9A-Fa-f]{" + DIGITS + "}\\s*");

  private CustomIds() {}

  /**
   * @throws IllegalArgumentException for an intent id that a custom id cannot carry
   */
  public static String checkedIntent(String intentId) {
    if (!INTENT.matcher(intentId).matches()) {
      throw new IllegalArgumentException(
          "An intent id is 1 to "
              + MAX_INTENT
              + " letters, digits or underscores, got \""
              + intentId
              + "\"");
    }
    return intentId;
  }

  /** Anyone who lists the account's batches sees it: it tells nothing of the job. */
  public static String newIntent() {
    return UUID.randomUUID().toString().replace("-", "").substring(0, MAX_INTENT);
  }

  public static String of(String intentId, String fingerprint) {
    return prefix(intentId) + shortened(fingerprint);
  }

  /** The part of a request's fingerprint that its custom id holds. */
  public static String shortened(String fingerprint) {
    return fingerprint.substring(0, Math.min(DIGITS, fingerprint.length()));
  }

  /**
   * What follows the intent: {@link #shortened} of the request's fingerprint, also where a server
   * has put its digits in capitals, or spaces around the id.
   */
  public static String fingerprintOf(String customId) {
    return customId.substring(customId.indexOf('-') + 1).strip().toLowerCase(Locale.ROOT);
  }

  /** Whether a request is of a batch with this intent, as leniently as its result is found. */
  public static boolean isOf(String intentId, String customId) {
    String prefix = prefix(intentId);
    return customId.strip().regionMatches(true, 0, prefix, 0, prefix.length());
  }

  /** Whether a text has the form of these names, which nothing else has. */
  public static boolean isOne(String text) {
    return ONE.matcher(text).matches();
  }

  /**
   * One of these names among the fields of a line of results, whatever the field is called; also in
   * a list of one, or an object of one.
   *
   * @return empty where there is none
   */
  public static String in(JsonNode line) {
    for (JsonNode field : line) {
      JsonNode text = field.size() == 1 ? field.iterator().next() : field;
      if (text.isTextual() && isOne(text.asText())) {
        return text.asText();
      }
    }
    return "";
  }

  /** Whether a batch's name is the one it was given, also in capitals or with spaces around it. */
  public static boolean isName(String given, String shown) {
    return shown.strip().equalsIgnoreCase(given);
  }

  /**
   * The intent that a batch's name tells.
   *
   * @param prefix what Sluice's names begin with
   * @return the whole name where it is none of Sluice's; null where there is none
   */
  public static @Nullable String intentOf(String prefix, String name) {
    String shown = name.strip();
    boolean own = shown.regionMatches(true, 0, prefix, 0, prefix.length());
    return shown.isEmpty() ? null : own ? shown.substring(prefix.length()) : shown;
  }

  private static String prefix(String intentId) {
    return intentId + "-";
  }
}
