package io.sluice.internal.http;

import io.sluice.ErrorKind;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.http.hints.Waits;
import io.sluice.internal.text.Text;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.Reply.Scope;
import java.time.Duration;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What an answer other than 200 means.
 *
 * @param advice what a person can do, to follow the server's words; may be empty
 */
public record ErrorVerdict(ErrorKind kind, Scope scope, boolean retryable, String advice) {
  private static final int SHOWN = 500;

  /** A wait this long is not a rate limit that a job can sit out. */
  private static final Duration TOO_LONG = Duration.ofHours(1);

  public static final String NO_CREDIT =
      "; the account has no credit or has reached its spending limit";

  public static ErrorVerdict account(String advice) {
    return new ErrorVerdict(ErrorKind.ACCOUNT, Scope.ACCOUNT, false, advice);
  }

  /** One document's failure, for good. */
  public static ErrorVerdict row(ErrorKind kind, String advice) {
    return new ErrorVerdict(kind, Scope.ROW, false, advice);
  }

  public static ErrorVerdict overloaded() {
    return new ErrorVerdict(ErrorKind.SERVER_ERROR, Scope.LOAD, true, "");
  }

  /**
   * A 429 that no word of the body explains otherwise.
   *
   * @param body which may say that the limit is one of a day
   */
  public static ErrorVerdict rateLimited(@Nullable Duration hint, String body) {
    return Waits.isOfADay(body)
        ? account("; the account's limit of a day is used up")
        : rateLimited(hint);
  }

  /** A 429 that no word explains otherwise. */
  public static ErrorVerdict rateLimited(@Nullable Duration hint) {
    return hint != null && hint.compareTo(TOO_LONG) >= 0
        ? account(
            "; the provider asks to wait " + hint.toHours() + " h: the account's quota is used up")
        : new ErrorVerdict(ErrorKind.RATE_LIMITED, Scope.RATE, true, "");
  }

  /** The model was held to a format and failed: asked again, it may not. */
  public static ErrorVerdict misformed() {
    return new ErrorVerdict(ErrorKind.INVALID_OUTPUT, Scope.ROW, true, "");
  }

  public static ErrorVerdict badRequest() {
    return row(ErrorKind.BAD_REQUEST, "; check the task's parameters and the document");
  }

  /**
   * @param envelope whether the body was an error of the API, not of something in front of it
   */
  public static ErrorVerdict notFound(boolean envelope) {
    return account(
        envelope
            ? "; check the task's model (or deployment) and provider.baseUrl"
            : "; nothing answers at this address: check provider.baseUrl");
  }

  /** What a status means whoever sends it. */
  public static ErrorVerdict ofStatus(int status) {
    return switch (status) {
      case 401 -> account("; check the API key that the task names");
      case 402 -> account("; the account must be paid up");
      case 403 -> account("; the key may not use this model, endpoint or region");
      // From 494 on nginx's, of what it is given before it is a request.
      case 405, 406, 410, 411, 421, 426, 440, 451, 494, 495, 496, 497, 501, 505 -> notOfApi();
      case 407 -> account("; the proxy asks for a user and a password: put them into its URL");
      case 413 -> row(ErrorKind.TOO_LARGE, "; shorten the document");
      case 498, 503, 529 -> overloaded();
      case 504 -> new ErrorVerdict(ErrorKind.TIMEOUT, Scope.LOAD, true, "");
      // 424: something behind it broke. 425 is too early; with 444, 460 and 499 a proxy says that
      // somebody, not the server, broke it off.
      case 408, 409, 424, 425, 444, 449, 460, 499 ->
          new ErrorVerdict(ErrorKind.SERVER_ERROR, Scope.ROW, true, "");
      default ->
          // Less than 300: a success, and nothing of it came.
          status >= 500 || status < 300
              ? new ErrorVerdict(ErrorKind.SERVER_ERROR, Scope.ROW, true, "")
              : status < 400
                  ? account(
                      "; redirects are not followed, for the key goes to no other host: set"
                          + " provider.baseUrl to where the API is")
                  : row(ErrorKind.BAD_REQUEST, "; an answer of this kind is unknown");
    };
  }

  /** Whether a status says no more than that the request was refused, and words say why. */
  public static boolean isOfRequest(int status) {
    return status == 413 || status == 424 || ofStatus(status).kind == ErrorKind.BAD_REQUEST;
  }

  /** Whether a status is of something in front of the API: a filter, a login page, a redirect. */
  public static boolean isInFrontOfApi(int status) {
    return status == 403 || (status >= 300 && status < 400) || ofStatus(status).equals(notOfApi());
  }

  private static ErrorVerdict notOfApi() {
    return account("; no API answers like that: check provider.baseUrl and what is in front of it");
  }

  /** The failure, with the server's own verdict on retrying in force. */
  public Reply.Failed toReply(ErrorReply error) {
    String should = Told.header(error.headers(), "x-should-retry");
    boolean retry =
        should != null && (scope == Scope.ROW || scope == Scope.LOAD)
            ? Boolean.parseBoolean(should)
            : retryable;
    return new Reply.Failed(
        kind,
        scope,
        retry,
        error.what()
            + " was answered "
            + error.status()
            + location(error.headers())
            + (error.text().isEmpty() ? "" : ": " + cut(error.text()))
            + advice,
        error.status(),
        error.code().isEmpty() ? null : Text.whole(error.code()),
        error.hint(),
        error.usage() != null
            ? Billing.BILLED
            : mayBeAnswered(error.status(), error.isOfApi()) ? Billing.UNKNOWN : Billing.NOT_BILLED,
        error.usage(),
        error.said(),
        error.rates());
  }

  private static String location(MessageHeaders headers) {
    String location = Told.header(headers, "location");
    return location == null ? "" : " (Location: " + cut(location) + ")";
  }

  /** Whether the model may have answered, and the answer was lost on its way. */
  private static boolean mayBeAnswered(int status, boolean isOfApi) {
    return switch (status) {
      case 504, 524 -> true;
      // A gateway that did not understand what the API sent.
      case 502, 520 -> !isOfApi;
      default -> false;
    };
  }

  /** The words of a page, in time linear to it. */
  public static String strip(String body) {
    StringBuilder words = new StringBuilder(Math.min(body.length(), 4_096));
    int at = 0;
    boolean open = body.indexOf('>') >= 0;
    while (at < body.length()) {
      char c = body.charAt(at);
      // Once no mark ends any more, none is looked for again.
      int end = c == '<' && open ? body.indexOf('>', at) : -1;
      open &= c != '<' || end >= 0;
      boolean gap = end >= 0 || Character.isWhitespace(c);
      if (!gap) {
        words.append(c);
      } else if (words.length() > 0 && words.charAt(words.length() - 1) != ' ') {
        words.append(' ');
      }
      at = end >= 0 ? end + 1 : at + 1;
    }
    return words.toString().strip();
  }

  /** For a message: what a provider says is as long as it likes. */
  public static String cut(String text) {
    return Text.shown(text, SHOWN);
  }
}
