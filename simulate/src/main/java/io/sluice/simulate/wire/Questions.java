package io.sluice.simulate.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which requests ask the same: a question that is asked again with the answer that did not fit, or
 * with a larger limit on its answer, is the one that it was, so what befalls it every time befalls
 * it then, too. Thread-safe.
 */
public final class Questions {
  private final Map<String, String> firsts = new ConcurrentHashMap<>();

  /**
   * The body by which a question was asked first.
   *
   * @param request the body as JSON
   */
  public String first(JsonNode request, String body) {
    if (!(request instanceof ObjectNode)) {
      return body;
    }
    ObjectNode question = request.deepCopy();
    for (String turns : new String[] {"messages", "contents"}) {
      if (question.path(turns) instanceof ArrayNode all) {
        for (int i = all.size() - 1; i > firstOfUser(all); i--) {
          all.remove(i);
        }
      }
    }
    withoutLimits(question);
    return firsts.computeIfAbsent(question.toString(), key -> body);
  }

  /** What was asked first in a conversation; missing where nothing was. */
  public static JsonNode asked(JsonNode turns) {
    return turns.path(Math.max(0, firstOfUser(turns)));
  }

  private static int firstOfUser(JsonNode turns) {
    for (int i = 0; i < turns.size(); i++) {
      if (turns.path(i).path("role").asText("user").equals("user")) {
        return i;
      }
    }
    return turns.size() - 1;
  }

  private static void withoutLimits(ObjectNode fields) {
    for (Iterator<Map.Entry<String, JsonNode>> each = fields.fields(); each.hasNext(); ) {
      Map.Entry<String, JsonNode> field = each.next();
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (field.getValue() instanceof ObjectNode inner) {
        withoutLimits(inner);
      } else if (name.contains("max") && name.contains("token")) {
        each.remove();
      }
    }
  }
}
