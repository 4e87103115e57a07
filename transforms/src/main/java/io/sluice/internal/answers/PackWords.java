package io.sluice.internal.answers;

import io.sluice.internal.text.Text;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many inputs a server takes in one call, from the words with which it refuses more: "batch
 * size is invalid, it should not be larger than 10" (DashScope), "batch size 100 &gt; maximum
 * allowed batch size 32" (TEI), "array too long. Expected an array with maximum length 2048"
 * (OpenAI), "at most 96 texts" (Cohere), "at most 100 requests can be in one batch" (Gemini).
 */
public final class PackWords {
  private static final int LOOKED_AT = 2_000;

  private static final String NUMBER = "\\D{0,20}?(\\d{1,6})\\b";

  private static final Pattern MOST =
      Pattern.compile(
          "(?:not be (?:larger|greater|more|longer) than|no (?:larger|more) than|must be (?:<=|less"
              + " than or equal to|at most)|cannot exceed|can't exceed|not exceed|at most"
              + "|up to|maximum (?:allowed )?(?:client )?batch[ _-]?size(?: (?:is|of))?"
              + "|max(?:imum)?[ _](?:allowed |client )?batch[ _-]?size|maximum length|maximum of"
              + "|limit(?:ed)? (?:is|of|to)|limit:)"
              + NUMBER);

  private static final Pattern OF_INPUTS =
      Pattern.compile(
          "batch|\\barray\\b|\\binputs?\\b|\\btexts?\\b|\\bitems?\\b|\\brequests can be"
              + "|\\bdocuments?\\b|\\bstrings\\b");

  /** Tokens and characters are limited, too. */
  private static final Pattern OF_OTHERS =
      Pattern.compile("^\\s*(?:input )?(?:tokens?|characters?|bytes?|kb|mb)\\b");

  private PackWords() {}

  /**
   * Reads a refusal.
   *
   * @param sent how many were in the call; 2 or more
   * @return from 1 to below {@code sent}; 0 where it says nothing that can be it
   */
  public static int most(String message, int sent) {
    String text = Text.cut(message, LOOKED_AT).toLowerCase(Locale.ROOT);
    if (!OF_INPUTS.matcher(text).find()) {
      return 0;
    }
    Matcher most = MOST.matcher(text);
    while (most.find()) {
      int number = Integer.parseInt(most.group(1));
      String behind = text.substring(most.end());
      if (number >= 1 && number < sent && !OF_OTHERS.matcher(behind).find()) {
        return number;
      }
    }
    return 0;
  }
}
