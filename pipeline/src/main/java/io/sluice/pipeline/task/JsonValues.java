package io.sluice.pipeline.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** What a field of a task file holds, as JSON. */
final class JsonValues {
  /** A validator that writes 1e999999999 out has no memory left. */
  private static final int MOST_DIGITS = 1_000;

  private static final Pattern GROUPED = Pattern.compile("[-+]?\\d+(_\\d+)+");

  private final Problems problems;
  private final String path;
  private final UnaryOperator<String> expand;

  /**
   * @param path of the field
   * @param expand the variables in a text
   */
  JsonValues(Problems problems, String path, UnaryOperator<String> expand) {
    this.problems = problems;
    this.path = path;
    this.expand = expand;
  }

  JsonNode of(Node node) {
    if (node instanceof MappingNode mapping) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (NodeTuple tuple : mapping.getValue()) {
        String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
        if (key.equals("<<")) {
          problems.add(Section.line(tuple.getKeyNode()), Section.MERGE);
        }
        if (object.replace(key, of(tuple.getValueNode())) != null) {
          problems.add(Section.line(tuple.getKeyNode()), path + ": has " + key + " twice");
        }
      }
      return object;
    }
    if (node instanceof SequenceNode sequence) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      sequence.getValue().forEach(element -> array.add(of(element)));
      return array;
    }
    return node instanceof ScalarNode scalar ? scalar(scalar) : JsonNodeFactory.instance.nullNode();
  }

  private JsonNode scalar(ScalarNode scalar) {
    String text = scalar.getValue();
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (scalar.getTag().equals(Tag.NULL)) {
      return nodes.nullNode();
    }
    if (scalar.getTag().equals(Tag.BOOL)) {
      String word = text.toLowerCase(Locale.ROOT);
      if (!word.equals("true") && !word.equals("false")) {
        problems.add(Section.line(scalar), path + ": expected true or false, got \"" + text + "\"");
      }
      return nodes.booleanNode(word.equals("true"));
    }
    if (scalar.getTag().equals(Tag.INT) || scalar.getTag().equals(Tag.FLOAT)) {
      JsonNode number = number(scalar.getTag(), text);
      if (number != null) {
        return number;
      }
      problems.add(
          Section.line(scalar), path + ": expected a decimal number, got \"" + text + "\"");
    }
    if (scalar.isPlain() && GROUPED.matcher(text).matches()) {
      problems.add(
          Section.line(scalar),
          path
              + ": "
              + text
              + " is a text in YAML 1.2; write the number without _, or the text in quotes");
    }
    return nodes.textNode(expand.apply(text));
  }

  /** Null for what JSON has no number for, and for one of more digits than anybody writes. */
  private static @Nullable JsonNode number(Tag tag, String text) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    try {
      if (!tag.equals(Tag.INT)) {
        BigDecimal number = text.length() > MOST_DIGITS ? null : new BigDecimal(text);
        return number == null || Math.abs((long) number.scale()) > MOST_DIGITS
            ? null
            : nodes.numberNode(number);
      }
      if (text.length() > MOST_DIGITS) {
        return null;
      }
      boolean based = text.startsWith("0x") || text.startsWith("0o");
      BigInteger number =
          based
              ? new BigInteger(text.substring(2), text.charAt(1) == 'x' ? 16 : 8)
              : new BigInteger(text);
      return number.bitLength() < Long.SIZE
          ? nodes.numberNode(number.longValue())
          : nodes.numberNode(number);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
