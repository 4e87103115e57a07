package io.sluice.internal.engine.realtime;

import io.sluice.ErrorKind;
import io.sluice.internal.evidence.Failure;
import io.sluice.internal.evidence.Left;
import io.sluice.internal.evidence.Prior;
import io.sluice.internal.evidence.Signature;
import io.sluice.internal.http.hints.Waits;
import io.sluice.spi.Reply;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a reply that brought no answer looks like, taken by itself: where evidence begins. */
final class Failures {
  /** No room for this call just now, whatever was sent before. */
  private static final Pattern NO_ROOM =
      Pattern.compile(
          "resource[ _]unavailable|engine[ _]overloaded|capacity_exceeded|flex[ _](?:tier|capacity)",
          Pattern.CASE_INSENSITIVE);

  /** As a caller words it that knows which tier it has asked for. */
  private static final Pattern NO_ROOM_IN_TIER = Pattern.compile("; the \\w+ tier has no room");

  private Failures() {}

  /**
   * @param tokens what the call reserved
   */
  static Failure of(Reply.Failed failed, long tokens) {
    // A connection that breaks within an answer says of others what any does that breaks.
    Integer status = failed.kind() == ErrorKind.TRANSPORT ? null : failed.status();
    return new Failure(
        Signature.of(status, failed.code(), failed.message()),
        prior(failed),
        failed.retryAfter(),
        Left.of(failed.headers(), tokens),
        failed.message(),
        worked(failed));
  }

  private static Prior prior(Reply.Failed failed) {
    return switch (failed.scope()) {
      case ACCOUNT -> Prior.ACCOUNT;
      case RATE -> ofRate(failed);
      case LOAD -> failed.retryable() ? ofLoad(failed) : Prior.DOCUMENT;
      case ROW, CONNECTION -> failed.retryable() ? Prior.SERVER : Prior.DOCUMENT;
    };
  }

  private static Prior ofRate(Reply.Failed failed) {
    if (Waits.isOfADay(failed.message())) {
      return Prior.ACCOUNT;
    }
    return isForThisCall(failed) ? Prior.CALL : Prior.RATE;
  }

  private static Prior ofLoad(Reply.Failed failed) {
    if (NO_ROOM_IN_TIER.matcher(failed.message()).find()) {
      return Prior.TIER;
    }
    // Whoever was asked may have worked on it, and has billed it: that is an attempt.
    return worked(failed) ? Prior.SERVER : isForThisCall(failed) ? Prior.CALL : Prior.LOAD;
  }

  /** Took too long, broke off within its answer, or brought something that is none. */
  private static boolean worked(Reply.Failed failed) {
    return failed.billing() != Reply.Billing.NOT_BILLED
        && switch (failed.kind()) {
          case TIMEOUT -> true;
          case TRANSPORT -> failed.status() != null;
          case SERVER_ERROR -> failed.status() == null;
          default -> false;
        };
  }

  private static boolean isForThisCall(Reply.Failed failed) {
    String code = failed.code() == null ? "" : failed.code().toLowerCase(Locale.ROOT);
    Integer status = failed.status();
    return (status != null && status == 498)
        || NO_ROOM.matcher(code).find()
        || NO_ROOM.matcher(failed.message()).find();
  }

  /** Whether the model said something, of use or not. */
  static boolean isAnswer(Reply reply) {
    return !(reply instanceof Reply.Failed failed)
        || (failed.billing() == Reply.Billing.BILLED
            && switch (failed.kind()) {
              case INVALID_OUTPUT, TRUNCATED, REFUSAL, CONTENT_FILTER -> true;
              default -> false;
            });
  }

  /** Whether one of several requests may be to blame for the failure of their call. */
  static boolean isOfOne(Reply.Failed failed) {
    return failed.scope() == Reply.Scope.ROW && !failed.retryable();
  }

  /** Whether the server broke at the call, rather than having too many or being away. */
  static boolean isBroken(Reply.Failed failed) {
    Integer status = failed.status();
    return failed.scope() == Reply.Scope.ROW && status != null && status >= 500;
  }
}
