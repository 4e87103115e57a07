package io.sluice.pipeline.words;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Whose failure it was that calls were not answered, in words. */
public enum WhoseFailure {
  CALL("turned away by chance"),
  RATE("by the account's rate"),
  LOAD("by the server's load"),
  OUTAGE("in an outage"),
  ACCOUNT("of the account or the task"),
  DOCUMENT("of their documents"),
  UNKNOWN("for reasons not found");

  private final String words;

  WhoseFailure(String words) {
    this.words = words;
  }

  /**
   * A list of counts.
   *
   * @param counts by the ledger's names; others are left out
   * @return empty for none
   */
  public static String words(Map<String, Long> counts) {
    List<String> parts = new ArrayList<>();
    for (WhoseFailure whose : values()) {
      long count = counts.getOrDefault(whose.name().toLowerCase(Locale.ROOT), 0L);
      if (count > 0) {
        parts.add(Numbers.count(count) + " " + whose.words);
      }
    }
    return String.join(", ", parts);
  }
}
