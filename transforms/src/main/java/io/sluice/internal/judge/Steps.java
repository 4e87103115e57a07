package io.sluice.internal.judge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;

/**
 * An answer that may be looked at a number of times while it is held against a schema. One that
 * refers to itself in two ways asks of every level twice what it asks of the level below: forty
 * levels, which is a short answer, take years. Whoever judges asks lists and objects for what they
 * are and what they hold, so that is where it is counted.
 *
 * <p>Not thread-safe.
 */
final class Steps {
  private static final long STEPS = 100_000;
  private static final long STEPS_A_VALUE = 500;

  private long left = STEPS;

  private Steps() {}

  /** The answer's values once more, counted. */
  static JsonNode counted(JsonNode answer) {
    return new Steps().copy(answer);
  }

  private JsonNode copy(JsonNode node) {
    left += STEPS_A_VALUE;
    if (node instanceof ArrayNode array) {
      ArrayNode counted = new CountedArray(array.size());
      array.forEach(value -> counted.add(copy(value)));
      return counted;
    }
    if (node instanceof ObjectNode object) {
      ObjectNode counted = new CountedObject();
      object.properties().forEach(field -> counted.set(field.getKey(), copy(field.getValue())));
      return counted;
    }
    return node;
  }

  private void look() {
    if (--left < 0) {
      throw new IllegalStateException(
          "the schema takes too long on it; let fewer parts of it refer to themselves");
    }
  }

  private final class CountedArray extends ArrayNode {
    private static final long serialVersionUID = 1;

    CountedArray(int capacity) {
      super(JsonNodeFactory.instance, capacity);
    }

    @Override
    public JsonNodeType getNodeType() {
      look();
      return super.getNodeType();
    }

    @Override
    public Iterator<JsonNode> elements() {
      look();
      return super.elements();
    }
  }

  private final class CountedObject extends ObjectNode {
    private static final long serialVersionUID = 1;

    CountedObject() {
      super(JsonNodeFactory.instance);
    }

    @Override
    public JsonNodeType getNodeType() {
      look();
      return super.getNodeType();
    }

    @Override
    public JsonNode get(String name) {
      look();
      return super.get(name);
    }

    @Override
    public Iterator<String> fieldNames() {
      look();
      return super.fieldNames();
    }
  }
}
