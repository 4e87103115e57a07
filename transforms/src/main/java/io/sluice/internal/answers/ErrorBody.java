package io.sluice.internal.answers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.Usage;
import io.sluice.internal.text.ForeignJson;
import io.sluice.internal.text.Text;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an error says, in whatever envelope: OpenAI's, Azure's and Anthropic's {@code error}, the
 * bare one of vLLM, Google's with {@code status} and {@code details}, an array of one, FastAPI's
 * {@code detail} (text or a list), RFC 9457's {@code title}, OAuth's {@code error_description},
 * {@code error} as a text, {@code errors} as a list. Codes may be numbers or text.
 *
 * @param code the provider's own name for it; empty where it has none
 * @param number a code that is an HTTP status; 0 where there is none
 * @param names every name in it, lower case: codes, types, reasons
 * @param message empty where there is none
 * @param said what the model said all the same; null where it did not
 * @param usage null where it does not say that something was used
 * @param isOfApi whether it is an API's error, not a page of something in front of one
 * @param node the object that it is, for fields that only some have
 */
record ErrorBody(
    String code,
    int number,
    Set<String> names,
    String message,
    @Nullable String said,
    @Nullable Usage usage,
    boolean isOfApi,
    JsonNode node) {
  private static final ObjectMapper JSON = ForeignJson.MAPPER;
  private static final int LONGEST_NAME = 120;
  private static final int LONGEST_MESSAGE = 20_000;
  private static final int MOST_LISTED = 3;
  private static final int MOST_DETAILS = 20;
  private static final String[] MESSAGES = {
    "message",
    "detail",
    "error_description",
    "error_message",
    "error_msg",
    "status_msg",
    "errorMsg",
    "errorMessage",
    "msg",
    "title",
    "reason",
    "Message"
  };
  private static final String[] NAMES = {
    "code", "type", "status", "error_type", "error_code", "status_code", "__type", "Code"
  };

  /** Of a body as it came. */
  static ErrorBody of(String body) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      root = null;
    }
    return root == null || root.isMissingNode() || root.isValueNode()
        ? new ErrorBody("", 0, Set.of(), Page.text(body), null, null, false, JSON.missingNode())
        : of(root);
  }

  /** Of a body that is JSON. */
  static ErrorBody of(JsonNode body) {
    JsonNode root = body;
    while (root.isArray() && root.size() == 1) {
      root = root.get(0);
    }
    JsonNode error = error(root);
    Set<String> names = names(error, root);
    String message = message(error, root);
    JsonNode code = error.path("code");
    int number = number(code, number(error.path("status"), number(root.path("status"), 0)));
    String upstream = text(error.path("metadata").path("raw"));
    if (!upstream.isEmpty() && !message.contains(upstream)) {
      // OpenRouter: what the provider behind it said.
      message = message.isEmpty() ? upstream : message + ": " + upstream;
    }
    String generated = text(error.path("failed_generation"));
    return new ErrorBody(
        code(error, root),
        number,
        names,
        Text.cut(message, LONGEST_MESSAGE),
        generated.isEmpty() ? null : Text.cut(generated, Content.MOST_RAW),
        Usages.in(root),
        !names.isEmpty() || !message.isEmpty(),
        error);
  }

  /** Whether it is an error in an envelope of few: MiniMax's, Tencent's. */
  static boolean isOther(JsonNode root) {
    return !other(root).isMissingNode();
  }

  private static JsonNode other(JsonNode root) {
    JsonNode status = root.path("base_resp");
    boolean failed = status.path("status_code").asInt(0) != 0;
    return failed ? status : root.path("Response").path("Error");
  }

  /** Whether it says something as an error does. */
  static boolean hasMessage(JsonNode root) {
    for (String name : MESSAGES) {
      if (root.path(name).isTextual() && !root.path(name).textValue().isBlank()) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode error(JsonNode root) {
    if (isOther(root)) {
      return other(root);
    }
    JsonNode error = root.path("error");
    while (error.isArray() && !error.isEmpty()) {
      error = error.get(0);
    }
    if (error.isObject()) {
      return error.path("error").isObject() ? error.path("error") : error;
    }
    JsonNode first = root.path("errors").path(0);
    return first.isObject() ? first : root;
  }

  private static String code(JsonNode error, JsonNode root) {
    String code = name(error.path("details").path("error_code"));
    for (JsonNode node : new JsonNode[] {error, root}) {
      for (String name : new String[] {"code", "type", "error_type", "status"}) {
        // A number says no more than the status, unless there is nothing else.
        String found = name(node.path(name));
        boolean isNumber = !found.isEmpty() && found.chars().allMatch(Character::isDigit);
        code = code.isEmpty() && !isNumber && !found.equals("error") ? found : code;
      }
    }
    return code.isEmpty() ? name(error.path("code")) : code;
  }

  private static Set<String> names(JsonNode error, JsonNode root) {
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode node : new JsonNode[] {error, root}) {
      for (String name : NAMES) {
        add(names, node.path(name));
      }
    }
    for (String inner : new String[] {"innererror", "inner_error", "metadata"}) {
      add(names, error.path(inner).path("code"));
      add(names, error.path(inner).path("error_type"));
    }
    add(names, error.path("details").path("error_code"));
    if (error.path("details").isArray()) {
      int left = MOST_DETAILS;
      for (JsonNode detail : error.path("details")) {
        if (left-- > 0) {
          add(names, detail.path("reason"));
          add(names, detail.path("code"));
        }
      }
    }
    return names;
  }

  private static void add(Set<String> names, JsonNode node) {
    String name = name(node);
    if (!name.isEmpty()) {
      names.add(name.toLowerCase(Locale.ROOT));
    }
  }

  private static String name(JsonNode node) {
    return node.isTextual() || node.isIntegralNumber()
        ? Text.cut(node.asText().strip(), LONGEST_NAME)
        : "";
  }

  private static String message(JsonNode error, JsonNode root) {
    for (JsonNode node : new JsonNode[] {error, root}) {
      for (String name : MESSAGES) {
        String text = text(node.path(name));
        if (!text.isEmpty()) {
          return text;
        }
      }
      String plain = text(node.path("error"));
      if (!plain.isEmpty() && node.path("error").isTextual()) {
        return plain;
      }
    }
    JsonNode listed = root.path("errors");
    return text(listed);
  }

  /** A text; a list of texts, or of FastAPI's {@code {loc, msg}}; an object with a message. */
  private static String text(JsonNode node) {
    if (node.isTextual()) {
      return node.asText().strip();
    }
    if (node.isArray()) {
      StringBuilder all = new StringBuilder();
      int listed = 0;
      for (JsonNode one : node) {
        if (listed++ == MOST_LISTED) {
          return all + "; …";
        }
        all.append(all.length() == 0 ? "" : "; ").append(one(one));
      }
      return all.toString();
    }
    return node.isObject() ? one(node) : "";
  }

  private static String one(JsonNode node) {
    if (!node.isObject()) {
      return node.isTextual() ? node.asText().strip() : Text.cut(node.toString(), LONGEST_MESSAGE);
    }
    StringBuilder where = new StringBuilder();
    for (JsonNode step : node.path("loc")) {
      where.append(where.length() == 0 ? "" : ".").append(step.asText());
    }
    for (String name : MESSAGES) {
      if (node.path(name).isTextual()) {
        return (where.length() == 0 ? "" : where + ": ") + node.path(name).asText().strip();
      }
    }
    return Text.cut(node.toString(), LONGEST_MESSAGE);
  }

  private static int number(JsonNode node, int or) {
    if (node.isIntegralNumber() || node.isTextual()) {
      String text = node.asText().strip();
      if (text.length() == 3 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
        int number = Integer.parseInt(text);
        return number >= 400 && number <= 599 ? number : or;
      }
    }
    return or;
  }
}
