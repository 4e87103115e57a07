package io.sluice.internal.answers;

import io.sluice.internal.text.Text;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the words of an error look like, by patterns that messages of many providers have in common
 * and not by lists of messages: new wordings appear every month. They are hints. Each was written
 * against the texts in {@code ErrorWordsTest}. The text that is looked at is bounded, and so is
 * every gap of a pattern.
 */
final class ErrorWords {
  private static final int LOOKED_AT = 4_000;

  /** Sources: the providers' pages of errors, and messages as they come. */
  private static final Set<String> SPENT_NAMES =
      Set.of(
          "insufficient_quota",
          "credit_balance_exhausted",
          "organization_spend_limit_exceeded",
          "project_spend_limit_exceeded",
          "organization_usage_limit_exceeded",
          "billing_hard_limit_reached",
          "billing_error",
          "billing_not_active",
          "enforced_spend_limit_reached",
          "insufficient_balance",
          "insufficient_credits",
          "insufficient_funds",
          "exceeded_current_quota_error",
          "payment_required",
          "arrearage",
          // LiteLLM: the key's budget at the proxy.
          "budget_exceeded");

  private static final Pattern SPENT =
      words(
          "credit balance is too low"
              + "|api usage limits"
              + "|budget has been exceeded"
              + "|insufficient (?:balance|credits?|funds)"
              + "|(?:account|user|organi[sz]ation|team) .{0,60}"
              + "(?:in arrears|overdue|not in good standing|suspended|out of credits?)"
              + "|(?:ran|run|are) out of credits"
              + "|credits? (?:are|is|have been|has been) (?:depleted|used up|exhausted)"
              + "|(?:no|not enough) credits? (?:left|remaining|available)"
              + "|(?:spend(?:ing)?|billing|monthly) (?:hard )?limit .{0,30}(?:reached|exceeded)"
              + "|reach(?:ed|ing) .{0,40}(?:spend(?:ing)?|billing) limit"
              + "|余额不足|欠费|请充值");

  private static final Set<String> KEY_NAMES =
      Set.of(
          "api_key_invalid",
          "invalid_api_key",
          "invalid_authentication",
          "authentication_error",
          "unauthenticated",
          "invalidapikey",
          "invalid_token",
          "access_denied");

  private static final Pattern KEY =
      words(
          "(?:api|access|auth(?:entication|orization)?)[ _-]?(?:key|token)\\b.{0,40}"
              + "\\b(?:not valid|invalid|incorrect|expired|revoked|missing|not found|disabled)"
              + "|\\b(?:invalid|incorrect|expired|missing|wrong|revoked|no) (?:api|access|auth\\w*)"
              + "[ _-]?(?:key|token)"
              + "|security token .{0,40}(?:invalid|expired)|expiredtoken|unrecognizedclient"
              + "|login fail");

  private static final Pattern MODEL =
      words(
          "invalid model name"
              + "|model .{0,100}(?:does not exist|not found"
              + "|has been (?:deprecated|decommissioned|retired|shut ?down)|no longer)"
              + "|(?:unknown|unsupported|no such) model\\b"
              + "|(?:n.t|not) have access to .{0,40}model|accessdenied");

  private static final Pattern RATE =
      words(
          "rate[ _-]?limit|too[ _-]?many[ _-]?(?:requests|calls)|throttl"
              + "|(?:requests?|tokens?) per (?:second|minute)"
              + "|\\b(?:qps|rpm|tpm|concurrency)\\b.{0,30}(?:limit|exceed|reach)"
              + "|(?:limit|exceed|reach).{0,30}\\b(?:qps|rpm|tpm|concurrency)\\b"
              + "|并发|过于频繁|限流");

  /** Plainer: of an error whose status says something else. */
  private static final Pattern THROTTLED =
      words(
          "throttl(?:ing|ed)|too many requests|rate exceeded|(?:error|status) ?code:? ?429"
              + "|too many tokens\\b.{0,40}\\b(?:wait|later|slow)|wait before trying again"
              + "|rate ?limit ?(?:error|ed|reached|exceeded|is exceeded|was exceeded)");

  private static final Pattern USED_UP =
      words(
          "\\b(?:limit|quota)\\b.{0,20}\\b(?:reach|exceed|exhaust|used)"
              + "|\\b(?:reach|exceed|exhaust|used)\\w*\\b.{0,40}\\b(?:limit|quota|allocation)"
              + "|(?:超过|超出|超限|用完|上限)");

  private static final Pattern OVERLOADED =
      words("\\boverloaded\\b|\\b(?:server|engine|model|service)\\b.{0,20}\\b(?:at capacity|busy)");

  /** What no document does. */
  private static final Pattern BROKEN =
      words(
          "out of memory|\\bcrashed\\b|model (?:was |is |has been )?unloaded"
              + "|\\b(?:failed|error) (?:during|in) (?:generation|inference)"
              + "|internal (?:server )?error|client disconnected"
              + "|connection (?:reset|refused|aborted|error)|\\btimed out\\b"
              + "|\\b(?:currently|still) loading|loading model|not ready for inference");

  private static final Set<String> LONG_NAMES =
      Set.of(
          "context_length_exceeded",
          "exceed_context_size_error",
          "context_window_exceeded",
          "contextwindowexceedederror",
          "string_above_max_length",
          "prompt_too_long",
          "input_too_long",
          "max_context_length_exceeded",
          "request_too_large");

  private static final String ASKED =
      "(?:prompt|input|inputs|request|conversation|messages?|text|query|content|sequence|context"
          + "|document|payload|body)";

  private static final Pattern LONG =
      words(
          "max(?:imum)? (?:context|prompt|input|sequence|model) ?"
              + "(?:length|len|size|window|tokens?|char(?:acter)?s?)"
              + "|context ?window ?exceeded|too large to process"
              + "|超长|过长|(?:超过|超出|大于).{0,20}(?:长度|上下文|token)"
              + "|(?:context|prompt|input|sequence)[ _-]?(?:length|size|window)\\b.{0,60}"
              + "\\b(?:exceed|too|over|limit|maximum|larger|longer|fit|should be|reached)"
              + "|(?:exceed\\w*|larger than|longer than|over|beyond|fit (?:in|into)) .{0,40}"
              + "(?:context|prompt|input|sequence|model token|max message)[ _-]?"
              + "(?:length|size|window|limit|tokens)"
              + "|`?"
              + ASKED
              + "`?\\b.{0,60}\\b(?:too long|too large|too many tokens|must have less than"
              + "|tokens .{0,40}must be (?:<|less)|exceed\\w* .{0,60}"
              + "(?:\\d|token|limit|maximum|context))"
              + "|\\d[\\d,._]* ?(?:input |prompt )?tokens?\\)? .{0,60}"
              + "\\b(?:exceeds?|greater than|more than the|larger than|too (?:large|long))"
              + "|\\btoo many (?:input |prompt )?tokens"
              + "|\\binput token count\\b.{0,40}exceed"
              + "|\\btoken limit (?:was |is )?exceeded|exceeded .{0,30}token limit"
              + "|reduce (?:the|your) (?:length|size|number of (?:input )?tokens|prompt|messages|input)"
              + "|range of input length should be"
              + "|context.{0,60}overflow|context length of only"
              + "|string too long\\b");

  /** The answer's limit is the task's parameter, and none of the document's. */
  private static final Pattern OUTPUT_LIMIT =
      words("max_?(?:completion_|output_|new_)?tokens|(?:completion|output) tokens");

  private static final Pattern OF_THE_INPUT =
      words("\\b(?:prompts?|inputs?|context|messages|conversation)\\b");

  /** So many texts at once: no document's fault. */
  private static final Pattern PACK =
      words(
          "(?<!physical )batch[ _-]?size"
              + "|\\bbatch\\b.{0,30}(?:larger|at most|exceed|too (?:large|many))");

  private static final Set<String> FILTER_NAMES =
      Set.of(
          "content_filter",
          "content_filtered",
          "responsibleaipolicyviolation",
          "content_policy_violation",
          "contentpolicyviolationerror",
          "invalid_prompt",
          "bio_policy",
          "cyber_policy",
          "image_content_policy_violation",
          "data_inspection_failed",
          "datainspectionfailed",
          "prohibited_content",
          "safety",
          "moderation_blocked",
          "content_moderation",
          "contentfilter",
          "sensitive_content",
          "sensitivecontentdetected",
          "guardrail_intervened",
          "flagged");

  private static final String STOPPED =
      "(?:block\\w*|flagged|reject\\w*|refused|stopped|trigger\\w*|violat\\w*|prohibited"
          + "|not allowed|detected|intervened|contains?)";

  private static final Pattern FILTER =
      words(
          "content[ _-]?(?:filter|management polic|moderation|safety)"
              + "|content exists risk"
              + "|responsible ai"
              + "|"
              + STOPPED
              + "\\b.{0,60}\\b(?:content polic|usage polic|usage guidelines|safety|moderation"
              + "|guardrail|inappropriate|harmful|sensitive (?:content|information|words?)"
              + "|prohibited use)"
              + "|\\b(?:content polic\\w*|safety|moderation|guardrails?|usage polic\\w*"
              + "|inappropriate content|sensitive (?:content|information))\\b.{0,60}\\b"
              + STOPPED
              + "|for safety reasons|\\b(?:input|output) (?:new_)?sensitive\\b"
              + "|敏感|违规|不安全");

  /** Walls of networks speak of policies, too. */
  private static final Pattern NO_FILTER =
      words("\\b(?:firewall|ip address|network|cors|permission|organi[sz]ation polic)");

  private static final Set<String> FORMAT_NAMES =
      Set.of(
          "json_validate_failed",
          "json_generation_failed",
          "json_schema_validation_failed",
          "tool_use_failed",
          "output_parse_failed",
          "structured_output_failed");

  private static final Pattern FORMAT =
      words(
          "failed to (?:generate|produce|create) .{0,40}(?:json|schema|structured|function call)"
              + "|(?:model|generated|generation|output|completion|response)\\b.{0,60}"
              + "(?:invalid|malformed|not (?:a )?valid|did not match|does not (?:match|conform)"
              + "|could not be parsed).{0,40}\\b(?:json|schema|structured)"
              + "|failed_generation");

  private static final Pattern OF_THE_REQUEST =
      words(
          "response_format|request body|invalid schema|in the request|your schema|json body"
              + "|(?:parse|parsing|decode|decoding) (?:the )?(?:request|body|json body)");

  private static final Pattern NOT_READY =
      words(
          "\\bfiles?\\b.{0,120}\\b(?:not found|not exist|not (?:yet )?(?:ready|processed|available"
              + "|uploaded)|processed state|still (?:being )?process|pending|processing|in progress"
              + "|not finished|no such)"
              + "|(?:cannot find|could not find|no such|unknown|not found|unable to find"
              + "|not (?:yet )?(?:ready|processed)).{0,60}\\bfiles?\\b");

  private static final List<String> BUSY =
      List.of("overloaded_error", "overloaded", "engine_overloaded_error", "server_overloaded");

  private final Set<String> names;
  private final String text;

  private ErrorWords(Set<String> names, String text) {
    this.names = names;
    this.text = text;
  }

  /**
   * @param names lower case
   */
  static ErrorWords of(Set<String> names, String message) {
    return new ErrorWords(names, Text.cut(message, LOOKED_AT).toLowerCase(Locale.ROOT));
  }

  private static Pattern words(String pattern) {
    return Pattern.compile(pattern, Pattern.DOTALL);
  }

  private boolean has(Set<String> any) {
    return names.stream().anyMatch(any::contains);
  }

  private boolean says(Pattern words) {
    return words.matcher(text).find();
  }

  /** The account has no credit, or has reached what it may spend. */
  boolean isSpent() {
    return has(SPENT_NAMES) || says(SPENT);
  }

  /** The key is none. */
  boolean isOfKey() {
    return has(KEY_NAMES) || says(KEY);
  }

  /** There is no such model. */
  boolean isOfModel() {
    return names.contains("model_not_found") || names.contains("invalid_model") || says(MODEL);
  }

  /** The request is longer than the model takes. */
  boolean isTooLong() {
    return has(LONG_NAMES)
        || (says(LONG) && !says(PACK) && (!says(OUTPUT_LIMIT) || says(OF_THE_INPUT)));
  }

  /** The provider's filter stopped the request, or the answer. */
  boolean isFiltered() {
    return has(FILTER_NAMES) || (says(FILTER) && !says(NO_FILTER));
  }

  /** The model was held to a format, and what it wrote is not of it. */
  boolean isMisformed() {
    return has(FORMAT_NAMES) || (says(FORMAT) && !says(OF_THE_REQUEST));
  }

  /** Fewer at a time, whatever the status. */
  boolean isBusy() {
    return names.stream().anyMatch(BUSY::contains);
  }

  /** Too many at a time; of an error that came without a status. */
  boolean isOfRate() {
    return says(RATE) || isNamedThrottled();
  }

  /** Too many at a time, whatever the status: a gateway has its own for what was said to it. */
  boolean isThrottled() {
    return says(THROTTLED) || isNamedThrottled();
  }

  /** As above, by a name alone, which no document has written. */
  boolean isNamedThrottled() {
    return names.stream().anyMatch(name -> RATE.matcher(name).find());
  }

  /** A limit is reached, whatever it is of. */
  boolean isUsedUp() {
    return says(USED_UP);
  }

  /** As {@link #isBusy}, in words. */
  boolean isOverloaded() {
    return says(OVERLOADED);
  }

  /** The server broke, though it may blame the request. */
  boolean isBroken() {
    return says(BROKEN);
  }

  /** A file that was uploaded a moment ago is not there yet, or not ready. */
  boolean isOfFileNotReady() {
    return says(NOT_READY);
  }
}
