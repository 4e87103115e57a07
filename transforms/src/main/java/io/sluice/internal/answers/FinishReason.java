package io.sluice.internal.answers;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.internal.text.Text;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why an answer ended, by the words of any provider. Only what is known to mean that it is whole
 * means so: a word that is not known is {@link #BROKEN}, for half an answer is none.
 */
public enum FinishReason {
  /** The model said all that it had to say. */
  DONE,
  /** The output limit. */
  CUT,
  /** The end of the model's context. */
  CONTEXT,
  /** The provider's filter. */
  FILTERED,
  /** The model declined. */
  REFUSED,
  /** The model wants a tool. */
  TOOL,
  /** The provider broke off, or for a reason that nobody here knows. */
  BROKEN;

  private static final int LONGEST_WORD = 100;

  private static final Set<String> DONES =
      Set.of(
          "stop",
          "stopstring",
          "endturn",
          "endofturn",
          "endoftext",
          "endofsequence",
          "stopsequence",
          "stopsequences",
          "stopword",
          "eos",
          "eostoken",
          "eot",
          "complete",
          "completed",
          "finish",
          "finished",
          "done",
          "end",
          "success",
          "normal");

  private static final Set<String> CUTS =
      Set.of(
          "length",
          "maxlength",
          "maxtokens",
          "maxtoken",
          "maxtokensreached",
          "maxoutputtokens",
          "maxoutputtokensreached",
          "lengthlimit",
          "maxnewtokens",
          "maxcompletiontokens",
          "tokenlimit",
          "tokenlimitreached",
          "outputlimit",
          "incomplete",
          "truncated",
          "cutoff");

  private static final Set<String> CONTEXTS =
      Set.of(
          "modellength",
          "modelcontextwindowexceeded",
          "contextwindowexceeded",
          "contextlength",
          "contextlengthexceeded",
          "contextlimit");

  private static final Set<String> FILTERS =
      Set.of(
          "contentfilter",
          "contentfiltered",
          "filtered",
          "safety",
          "blocked",
          "blocklist",
          "prohibitedcontent",
          "spii",
          "recitation",
          "guardrailintervened",
          "errortoxic",
          "sensitive",
          "imagesafety",
          "imageprohibitedcontent",
          "imagerecitation",
          "modelarmor",
          "jailbreak",
          "moderation",
          "contentpolicyviolation",
          "flagged",
          "language");

  private static final Set<String> REFUSALS = Set.of("refusal", "refused", "decline", "declined");

  private static final Set<String> TOOLS =
      Set.of(
          "toolcalls",
          "toolcall",
          "tooluse",
          "functioncall",
          "malformedfunctioncall",
          "unexpectedtoolcall",
          "toomanytoolcalls",
          "pauseturn",
          "requiresaction");

  /** The word of a field: servers write it as an object, a list or a number, too. */
  public static String word(JsonNode said) {
    if (said.isMissingNode() || said.isNull() || (said.isContainerNode() && said.isEmpty())) {
      return "";
    }
    if (said.isTextual()) {
      return said.textValue();
    }
    for (String name : new String[] {"type", "reason", "name", "value"}) {
      if (said.path(name).isTextual()) {
        return said.path(name).textValue();
      }
    }
    return Text.cut(said.toString(), LONGEST_WORD);
  }

  /**
   * Reads a word.
   *
   * @param word null or empty where an answer came without: such servers give no reason at all
   */
  public static FinishReason of(@Nullable String word) {
    if (word == null || word.isBlank()) {
      return DONE;
    }
    StringBuilder letters = new StringBuilder(word.length());
    word.toLowerCase(Locale.ROOT)
        .chars()
        .filter(c -> c >= 'a' && c <= 'z')
        .forEach(c -> letters.append((char) c));
    String plain = letters.toString();
    if (plain.startsWith("finishreason") || plain.startsWith("stopreason")) {
      plain = plain.substring(plain.indexOf("reason") + "reason".length());
    }
    return DONES.contains(plain)
        ? DONE
        : CUTS.contains(plain)
            ? CUT
            : CONTEXTS.contains(plain)
                ? CONTEXT
                : FILTERS.contains(plain)
                    ? FILTERED
                    : REFUSALS.contains(plain) ? REFUSED : TOOLS.contains(plain) ? TOOL : BROKEN;
  }
}
