package io.sluice.internal.provider.bedrock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.answers.Errors;
import io.sluice.internal.http.ErrorReply;
import io.sluice.internal.http.ErrorVerdict;
import io.sluice.internal.http.hints.Told;
import io.sluice.internal.text.ForeignJson;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Errors of AWS: their type is in a header ({@code x-amzn-ErrorType}) or in the body ({@code
 * __type}, {@code code}), with or without a name space before and a URL behind it. No header tells
 * limits or waits. What the type leaves open is told by status and words, as with every provider.
 */
final class BedrockErrors {
  private static final ObjectMapper JSON = ForeignJson.MAPPER;
  private static final int LONGEST_TYPE = 100;

  private static final Set<String> OF_CREDENTIALS =
      Set.of(
          "unrecognizedclientexception",
          "invalidsignatureexception",
          "invalidclienttokenid",
          "incompletesignature",
          "incompletesignatureexception",
          "missingauthenticationtoken",
          "missingauthenticationtokenexception",
          "notauthorizedexception",
          "signaturedoesnotmatch",
          "invalidaccesskeyid");

  private static final Set<String> OF_A_SESSION =
      Set.of("expiredtokenexception", "expiredtoken", "requestexpired", "tokenrefreshrequired");

  /** Messages of a ValidationException that no document is to blame for. */
  private static final Pattern OF_THE_MODEL =
      Pattern.compile(
          "model identifier is invalid|on-demand throughput|operation not allowed"
              + "|invalid model id|inference profile .{0,80}(?:not|invalid)"
              + "|model .{0,60}(?:legacy|end of (?:its )?life|not supported in (?:this|the) region)");

  private BedrockErrors() {}

  static Reply.Failed classify(int status, MessageHeaders headers, String body, String what) {
    JsonNode root = parse(body);
    String type = type(headers, root);
    String message = message(root);
    ErrorVerdict verdict = verdict(status, type.toLowerCase(Locale.ROOT), message);
    if (verdict != null) {
      return verdict.toReply(
          ErrorReply.of(status, headers, what, message.isEmpty() ? type : message, type)
              .withHint(Told.hint(headers, body)));
    }
    if (type.isEmpty() && message.isEmpty()) {
      return Errors.classify(status, headers, body, what, RateHeaders.NONE);
    }
    ObjectNode envelope = JSON.createObjectNode();
    ObjectNode error = envelope.putObject("error");
    error.put("type", type);
    error.put("message", message);
    return Errors.classify(status, headers, envelope.toString(), what, RateHeaders.NONE);
  }

  /** What the type alone tells; null where status and words tell as much. */
  private static @Nullable ErrorVerdict verdict(int status, String type, String message) {
    if (OF_A_SESSION.contains(type)) {
      return ErrorVerdict.account(
          "; the AWS session or key is over: sign in again, or use a role that is renewed");
    }
    if (OF_CREDENTIALS.contains(type)) {
      return ErrorVerdict.account(
          "; check the Bedrock key or the AWS credentials, and this machine's clock");
    }
    return switch (type) {
      case "servicequotaexceededexception" ->
          ErrorVerdict.account("; a quota of the AWS account is reached: see Service Quotas");
      // The model is being loaded, whoever asks.
      case "modelnotreadyexception" -> ErrorVerdict.overloaded();
      case "modelerrorexception", "modelstreamerrorexception" -> ErrorVerdict.ofStatus(500);
      case "modeltimeoutexception" -> ErrorVerdict.ofStatus(504);
      case "validationexception" ->
          OF_THE_MODEL.matcher(message.toLowerCase(Locale.ROOT)).find()
              ? ErrorVerdict.account(
                  "; check the task's model: many need the name of an inference profile, such as"
                      + " us.anthropic.…, and access to be granted")
              : null;
      default -> status == 424 ? ErrorVerdict.ofStatus(500) : null;
    };
  }

  private static JsonNode parse(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  /** {@code ThrottlingException}, whatever is around it; empty where there is none. */
  static String type(MessageHeaders headers, JsonNode root) {
    String header = Told.header(headers, "x-amzn-ErrorType");
    for (String found :
        new @Nullable String[] {
          header,
          root.path("__type").asText(""),
          root.path("code").isTextual() ? root.path("code").asText() : "",
          root.path("errorCode").isTextual() ? root.path("errorCode").asText() : ""
        }) {
      String type = found == null ? "" : found.strip();
      type = type.substring(type.indexOf('#') + 1);
      int colon = type.indexOf(':');
      type = colon < 0 ? type : type.substring(0, colon);
      if (!type.isBlank()) {
        return type.substring(0, Math.min(LONGEST_TYPE, type.length()));
      }
    }
    return "";
  }

  static String message(JsonNode root) {
    for (String name : new String[] {"message", "Message", "errorMessage"}) {
      if (root.path(name).isTextual()) {
        return root.path(name).asText();
      }
    }
    return "";
  }

  /** The HTTP status of an error that has none with it, by its code; 0 where that says nothing. */
  static int status(String code) {
    if (code.matches("[45][0-9][0-9]")) {
      return Integer.parseInt(code);
    }
    return switch (code.toLowerCase(Locale.ROOT).replaceFirst("(exception|error)$", "")) {
      case "validation", "servicequotaexceeded" -> 400;
      case "accessdenied" -> 403;
      case "resourcenotfound" -> 404;
      case "modeltimeout" -> 408;
      case "model" -> 424;
      case "throttling", "modelnotready" -> 429;
      case "internalserver" -> 500;
      case "serviceunavailable" -> 503;
      default -> 0;
    };
  }
}
