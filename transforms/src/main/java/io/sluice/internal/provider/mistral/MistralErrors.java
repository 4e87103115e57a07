package io.sluice.internal.provider.mistral;

import io.sluice.ErrorKind;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.hints.Told;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import java.util.List;
import org.apache.hc.core5.http.MessageHeaders;

/**
 * What Mistral's refusals mean. They come as {@code {detail: "…"}}, {@code {detail: [{loc, msg}]}}
 * and {@code {object: "error", message, type, code}}. A limit of 0 in the headers means that the
 * account has no allowance for the model at all, a month's limit with nothing left that it is used
 * up: neither is waited for.
 */
final class MistralErrors {
  private static final String LIMIT = "x-ratelimit-limit-";
  private static final String REMAINING = "x-ratelimit-remaining-";
  private static final List<String> LIMITED = List.of("req-minute", "tokens-minute");
  private static final String MONTH = "tokens-month";

  private MistralErrors() {}

  static Reply.Failed classify(int status, MessageHeaders headers, String body, String what) {
    Reply.Failed failed = Errors.classify(status, headers, body, what, Told.rates(headers));
    if (status != 429) {
      return failed;
    }
    if (LIMITED.stream().anyMatch(name -> isNone(headers, LIMIT + name))
        || isNone(headers, LIMIT + MONTH)) {
      return ofAccount(
          failed, "; the account has no allowance for this model (its limit is 0): choose a plan");
    }
    return isNone(headers, REMAINING + MONTH)
        ? ofAccount(failed, "; the account's tokens of this month are used up")
        : failed;
  }

  private static boolean isNone(MessageHeaders headers, String name) {
    String value = Told.header(headers, name);
    return value != null && value.strip().matches("0+(\\.0+)?");
  }

  private static Reply.Failed ofAccount(Reply.Failed failed, String advice) {
    return failed.judged(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, failed.message() + advice);
  }
}
