package io.sluice.internal.answers;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.internal.http.ErrorReply;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.http.hints.Waits;
import io.sluice.internal.text.Text;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Billing;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hc.core5.http.MessageHeaders;
import org.apache.hc.core5.http.message.HeaderGroup;
import org.jspecify.annotations.Nullable;

/**
 * Tells errors of all providers apart, by status, structure and words: what failed, what else the
 * failure concerns, and whether asking again can help. It is where to begin: what the other calls
 * of the account do decides in the end. Sources: the error guides of OpenAI, Azure, Anthropic,
 * Google, OpenRouter and LiteLLM, vLLM's and llama.cpp's envelopes, and messages as servers send
 * them. Unknown fields, names and bodies that are not JSON are classified by status.
 */
public final class Errors {
  /** Statuses by the names that errors have where no status is with them. */
  private static final Map<String, Integer> STATUSES =
      Map.ofEntries(
          Map.entry("invalid_request_error", 400),
          Map.entry("invalid_argument", 400),
          Map.entry("bad_request", 400),
          Map.entry("badrequesterror", 400),
          Map.entry("authentication_error", 401),
          Map.entry("unauthenticated", 401),
          Map.entry("invalid_api_key", 401),
          Map.entry("billing_error", 402),
          Map.entry("permission_error", 403),
          Map.entry("permission_denied", 403),
          Map.entry("not_found_error", 404),
          Map.entry("not_found", 404),
          Map.entry("model_not_found", 404),
          Map.entry("request_too_large", 413),
          Map.entry("insufficient_quota", 429),
          Map.entry("rate_limit_error", 429),
          Map.entry("rate_limit_exceeded", 429),
          Map.entry("resource_exhausted", 429),
          Map.entry("too_many_requests", 429),
          Map.entry("api_error", 500),
          Map.entry("server_error", 500),
          Map.entry("internal", 500),
          Map.entry("internal_server_error", 500),
          Map.entry("unavailable", 503),
          Map.entry("service_unavailable", 503),
          Map.entry("overloaded_error", 529));

  private static final int UNKNOWN = 500;

  /** Of a body that came with 200 and is an error. */
  private static final int KEPT = 4_000;

  private Errors() {}

  /**
   * An answer other than 200.
   *
   * @param what the request, for messages
   */
  public static Reply.Failed classify(
      int status, MessageHeaders headers, String body, String what, RateHeaders rates) {
    ErrorBody error = ErrorBody.of(body);
    Duration hint = Told.hint(headers, body);
    return verdict(status, error, hint)
        .toReply(reply(error, status, headers, what, error.usage(), hint, rates));
  }

  /** As {@link #classify}, of an error whose status is in its names alone: of a batch's line. */
  public static Reply.Failed classify(JsonNode body, String what) {
    ErrorBody error = ErrorBody.of(body);
    int status = status(error);
    return classify(status, new HeaderGroup(), body.toString(), what, RateHeaders.NONE);
  }

  /**
   * An error in a body that came with 200, by its own status.
   *
   * @return null where there is none
   */
  static Reply.@Nullable Failed within(
      JsonNode root, MessageHeaders headers, String what, RateHeaders rates) {
    JsonNode body = errorIn(root);
    if (body == null) {
      return null;
    }
    ErrorBody error = ErrorBody.of(body);
    int number = status(error);
    Duration hint = Told.hint(headers, body.toString());
    Reply.Failed failed =
        verdict(number, error, hint)
            .toReply(reply(error, number, headers, what, Usages.in(root), hint, rates));
    boolean mayBeBilled = number >= UNKNOWN && failed.billing() == Billing.NOT_BILLED;
    return new Reply.Failed(
        failed.kind(),
        failed.scope(),
        failed.retryable(),
        failed
            .message()
            .replace(
                what + " was answered " + number,
                what
                    + " was answered 200 with an error"
                    + (error.number() == 0 ? "" : " " + error.number())),
        failed.status(),
        failed.code(),
        failed.retryAfter(),
        mayBeBilled ? Billing.UNKNOWN : failed.billing(),
        failed.usage(),
        failed.raw() == null ? Text.cut(root.toString(), KEPT) : failed.raw(),
        failed.headers());
  }

  /** The object that holds an error, wherever it is; null where there is none. */
  private static @Nullable JsonNode errorIn(JsonNode body) {
    JsonNode root = body;
    while (root.isArray() && root.size() == 1) {
      root = root.get(0);
    }
    if (ErrorBody.isOther(root)) {
      return root;
    }
    JsonNode choice = root.path("choices").path(0);
    for (JsonNode place : new JsonNode[] {root, choice, choice.path("message")}) {
      JsonNode error = place.path("error");
      if (error.isObject() && !error.isEmpty()
          || error.isArray() && !error.isEmpty()
          || error.isTextual() && !error.asText().isBlank()) {
        return place;
      }
    }
    boolean isAnswer =
        Stream.of("choices", "content", "data", "candidates", "output").anyMatch(root::has);
    return !isAnswer
            && (root.path("object").asText("").equals("error")
                || root.path("type").asText("").equals("error")
                || ErrorBody.hasMessage(root)
                || !root.path("errors").isEmpty())
        ? root
        : null;
  }

  /** The HTTP status of an error that came without one. */
  private static int status(ErrorBody error) {
    int status = status(error.names(), error.number());
    if (error.number() != 0 || status != UNKNOWN) {
      return status;
    }
    ErrorWords words = ErrorWords.of(error.names(), error.message());
    return words.isOfRate() || words.isUsedUp() && Waits.isOfADay(error.message())
        ? 429
        : words.isOfKey() ? 401 : status;
  }

  /** The HTTP status of an error by its number and names. */
  static int status(Set<String> names, int number) {
    if (number != 0) {
      return number;
    }
    for (String name : names) {
      Integer status = STATUSES.get(name.toLowerCase(Locale.ROOT));
      if (status != null) {
        return status;
      }
      if (name.toLowerCase(Locale.ROOT).contains("image")) {
        // Responses that failed by their input: invalid_image_url, image_too_large, …
        return 400;
      }
    }
    return UNKNOWN;
  }

  private static ErrorReply reply(
      ErrorBody error,
      int status,
      MessageHeaders headers,
      String what,
      @Nullable Usage usage,
      @Nullable Duration hint,
      RateHeaders rates) {
    return new ErrorReply(
        status,
        headers,
        what,
        error.message(),
        error.code(),
        error.isOfApi(),
        usage,
        hint,
        rates,
        error.said());
  }

  private static ErrorVerdict verdict(int status, ErrorBody error, @Nullable Duration hint) {
    ErrorWords words = ErrorWords.of(error.names(), error.isOfApi() ? error.message() : "");
    if (words.isSpent()) {
      return status == 402 && hint != null
          ? ErrorVerdict.rateLimited(hint)
          : ErrorVerdict.account(ErrorVerdict.NO_CREDIT);
    }
    if (words.isBusy()) {
      return ErrorVerdict.overloaded();
    }
    return switch (status) {
      case 402 ->
          // OpenRouter: calls at work hold what is left; with a wait that passes, without one not.
          hint == null ? ErrorVerdict.ofStatus(status) : ErrorVerdict.rateLimited(hint);
      case 403 -> forbidden(error, words, hint);
      case 404 -> ErrorVerdict.notFound(error.isOfApi());
      case 429 ->
          error.message().toLowerCase(Locale.ROOT).contains("request too large")
              ? ErrorVerdict.row(ErrorKind.TOO_LARGE, "; shorten the document or lower max_tokens")
              : ErrorVerdict.rateLimited(hint, error.message() + error.node());
      case 500 -> broken(error, words, hint);
      default ->
          ErrorVerdict.isOfRequest(status)
              ? refused(status, error, words, hint)
              : ErrorVerdict.ofStatus(status);
    };
  }

  /** With a wait it is a quota (Azure's API Management), which passes. */
  private static ErrorVerdict forbidden(
      ErrorBody error, ErrorWords words, @Nullable Duration hint) {
    if (error.node().path("metadata").hasNonNull("flagged_input") || words.isFiltered()) {
      return ErrorVerdict.row(ErrorKind.CONTENT_FILTER, "");
    }
    return hint == null ? ErrorVerdict.ofStatus(403) : ErrorVerdict.rateLimited(hint);
  }

  /**
   * Gateways have a status of their own for what a server behind them has refused. A name tells it;
   * words may be the document's, which some servers repeat: then it is asked again, as often as
   * anything that breaks, and no limit is learnt from it.
   *
   * @return null where it is nothing that passes
   */
  private static @Nullable ErrorVerdict passing(
      ErrorBody error, ErrorWords words, @Nullable Duration hint) {
    boolean isOfADay = words.isThrottled() && Waits.isOfADay(error.message());
    if (isOfADay || words.isNamedThrottled()) {
      return ErrorVerdict.rateLimited(hint, error.message());
    }
    return words.isThrottled() || words.isOverloaded() ? ErrorVerdict.ofStatus(500) : null;
  }

  private static ErrorVerdict refused(
      int status, ErrorBody error, ErrorWords words, @Nullable Duration hint) {
    // Too large for a limit of a minute is too large: Groq's 413.
    ErrorVerdict passing = status == 413 ? null : passing(error, words, hint);
    if (passing != null) {
      return passing;
    }
    ErrorVerdict ofDocument = ofDocument(error, words);
    if (ofDocument != null) {
      return ofDocument;
    }
    if (words.isOfKey()) {
      return ErrorVerdict.account("; check the API key that the task names");
    }
    if (words.isOfModel()) {
      return ErrorVerdict.account("; check the task's model");
    }
    if (error.names().contains("failed_precondition")) {
      // Google's, where a country is not served or nobody pays.
      return ErrorVerdict.account("; the account may not use this API as it is");
    }
    if (status != 413 && words.isBroken()) {
      return ErrorVerdict.ofStatus(500);
    }
    return status == 400 || status == 422
        ? ErrorVerdict.badRequest()
        : ErrorVerdict.ofStatus(status);
  }

  /** Some servers call what is wrong with a request a fault of their own. */
  private static ErrorVerdict broken(ErrorBody error, ErrorWords words, @Nullable Duration hint) {
    ErrorVerdict passing = passing(error, words, hint);
    if (passing != null) {
      return passing;
    }
    ErrorVerdict ofDocument = ofDocument(error, words);
    return ofDocument == null ? ErrorVerdict.ofStatus(500) : ofDocument;
  }

  private static @Nullable ErrorVerdict ofDocument(ErrorBody error, ErrorWords words) {
    if (error.said() != null || words.isMisformed()) {
      return ErrorVerdict.misformed();
    }
    if (error.node().has("n_ctx") || words.isTooLong()) {
      return ErrorVerdict.row(ErrorKind.TOO_LARGE, "; shorten the document");
    }
    return words.isFiltered() ? ErrorVerdict.row(ErrorKind.CONTENT_FILTER, "") : null;
  }

  /** Whether a refusal says that an uploaded file is not there yet, or not ready. */
  public static boolean isOfFileNotReady(Reply.Failed refusal) {
    return ErrorWords.of(Set.of(), refusal.message()).isOfFileNotReady();
  }
}
