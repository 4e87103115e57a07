package io.sluice.internal.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.ModelTask;
import io.sluice.cost.Price;
import io.sluice.internal.prepare.CanonicalJson;
import io.sluice.internal.prepare.RequestBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task with a larger cap on its answers. Which parameter is the cap differs by provider; it is
 * the one of the task's parameters that has {@code max} and {@code token} in its name and whose
 * change changes what the provider's writer says of a request. So no provider has to be known here.
 */
final class LargerCap {
  /** What an answer that was cut may be longer. */
  private static final long TIMES = 4;

  private LargerCap() {}

  /**
   * Requests with a larger cap.
   *
   * @param price with the model's own limits; null where they are not known
   * @return null where nothing caps answers, or the cap is the model's limit
   */
  static @Nullable RequestBuilder of(
      ModelTask task, RequestBuilder requests, @Nullable Price price) {
    long cap = requests.maxOutputTokens();
    long larger = Math.min(cap * TIMES, most(price));
    if (!requests.limitsOutput() || cap < 1 || larger <= cap) {
      return null;
    }
    ObjectNode parameters = CanonicalJson.parseObject("parameters", task.parameters());
    if (!raise(parameters, cap, larger)) {
      // A provider that demands a cap has put in its own.
      parameters.put("max_tokens", larger);
    }
    try {
      RequestBuilder raised = new RequestBuilder(task.withParameters(parameters.toString()));
      return raised.maxOutputTokens() == larger ? raised : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static long most(@Nullable Price price) {
    Long models =
        price == null
            ? null
            : price.maxOutputTokens() == null ? price.contextTokens() : price.maxOutputTokens();
    return models == null ? Long.MAX_VALUE : models;
  }

  private static boolean raise(ObjectNode fields, long cap, long larger) {
    boolean raised = false;
    List<Map.Entry<String, JsonNode>> all = new ArrayList<>(fields.properties());
    for (Map.Entry<String, JsonNode> field : all) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      JsonNode value = field.getValue();
      if (value instanceof ObjectNode inner) {
        raised |= raise(inner, cap, larger);
      } else if (name.contains("max")
          && name.contains("token")
          && value.isIntegralNumber()
          && value.longValue() == cap) {
        fields.put(field.getKey(), larger);
        raised = true;
      }
    }
    return raised;
  }
}
