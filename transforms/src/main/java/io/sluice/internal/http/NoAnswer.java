package io.sluice.internal.http;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.text.Text;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The ways in which a 200, or a line of a batch's results, is no answer. */
public final class NoAnswer {
  /** The code of what was paid for and has no answer. */
  public static final String PAID_FOR_NOTHING = "no_answer";

  private NoAnswer() {}

  /** The server broke: the same request may succeed. */
  public static Reply.Failed unreadable(String message, @Nullable Usage usage, RateHeaders rates) {
    return unreadable(message, usage, null, rates);
  }

  /**
   * As above.
   *
   * @param raw what came all the same; null for nothing
   */
  public static Reply.Failed unreadable(
      String message, @Nullable Usage usage, @Nullable String raw, RateHeaders rates) {
    Billing billing = usage == null ? Billing.UNKNOWN : Billing.BILLED;
    String code = usage == null ? null : PAID_FOR_NOTHING;
    return answered(ErrorKind.SERVER_ERROR, true, message, code, billing, usage, raw, rates);
  }

  /** As above, of a call beside those to models: to be thrown. */
  public static CallFailedException thrown(String message) {
    return new CallFailedException(unreadable(message, null, RateHeaders.NONE));
  }

  /** The connection broke within an answer, which may have been paid for. */
  static Reply.Failed half(String message) {
    return answered(
        ErrorKind.TRANSPORT, true, message, null, Billing.UNKNOWN, null, null, RateHeaders.NONE);
  }

  /** As below, where nothing else came either. */
  public static Reply.Failed empty(@Nullable Usage usage, RateHeaders rates) {
    return empty("", usage, null, rates);
  }

  /**
   * The model said nothing: asked again, it may.
   *
   * @param beside what it sent beside the answer that it did not give, in words; may be empty
   * @param raw all that came; null for nothing
   */
  public static Reply.Failed empty(
      String beside, @Nullable Usage usage, @Nullable String raw, RateHeaders rates) {
    String message =
        "The model's answer is empty"
            + (beside.isEmpty()
                ? ""
                : "; it sent "
                    + Text.whole(beside)
                    + " and nothing else: raise max_tokens, or turn its reasoning off or lower");
    return answered(
        ErrorKind.INVALID_OUTPUT, true, message, null, Billing.BILLED, usage, raw, rates);
  }

  /**
   * The model said something that is no use, and would again.
   *
   * @param raw what it said
   */
  public static Reply.Failed unusable(
      ErrorKind kind, String message, @Nullable Usage usage, String raw, RateHeaders rates) {
    return answered(kind, false, message, null, Billing.BILLED, usage, raw, rates);
  }

  /** A failure that came with 200. */
  private static Reply.Failed answered(
      ErrorKind kind,
      boolean retryable,
      String message,
      @Nullable String code,
      Billing billing,
      @Nullable Usage usage,
      @Nullable String raw,
      RateHeaders rates) {
    return new Reply.Failed(
        kind,
        Scope.ROW,
        retryable,
        Text.whole(message),
        200,
        code,
        null,
        billing,
        usage,
        Text.wholeOrNull(raw),
        rates);
  }

  /**
   * The batch ended before the request was answered, or broke on it.
   *
   * @param what the request, for messages
   * @param code the provider's name for it; empty where it has none
   */
  public static Reply.Failed inBatch(String what, String code, String message) {
    String lower = code.toLowerCase(Locale.ROOT);
    boolean expired = lower.contains("expired");
    boolean cancelled = lower.contains("cancel");
    String why =
        expired
            ? "The batch expired before this request was answered"
            : cancelled
                ? "The batch was cancelled before this request was answered"
                : what + " failed with " + (code.isEmpty() ? "no code" : code);
    return new Reply.Failed(
        expired || cancelled ? ErrorKind.EXPIRED : ErrorKind.SERVER_ERROR,
        Scope.ROW,
        true,
        why + (message.isEmpty() ? "" : ": " + ErrorVerdict.cut(message)),
        null,
        code.isEmpty() ? null : Text.whole(code),
        null,
        expired || cancelled ? Billing.NOT_BILLED : Billing.UNKNOWN,
        null,
        null,
        RateHeaders.NONE);
  }
}
