package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Shows JSON to JMustache: fields of objects and nothing else, no Java methods by reflection.
 * Stateless and thread-safe.
 */
final class JsonFields {
  static final Mustache.Collector COLLECTOR = new Collector();

  private JsonFields() {}

  /** A value as a prompt shows it. */
  static String print(Object value) {
    return value == Nothing.NOTHING ? "" : value.toString();
  }

  /** What JMustache understands: Java's own text, booleans and null; the rest stays JSON. */
  private static @Nullable Object toJava(JsonNode node) {
    return switch (node.getNodeType()) {
      case STRING -> node.textValue();
      case BOOLEAN -> node.booleanValue();
      case NULL, MISSING -> null;
      default -> node;
    };
  }

  /** A null element of an array; JMustache does not bear null as the context of a section. */
  private enum Nothing {
    NOTHING
  }

  private static final class Collector implements Mustache.Collector {
    @Override
    public @Nullable Iterator<?> toIterator(Object value) {
      if (value instanceof ArrayNode array) {
        return array
            .valueStream()
            .map(element -> Objects.requireNonNullElse(toJava(element), Nothing.NOTHING))
            .iterator();
      }
      // JMustache stands an empty list for null, which is to be skipped as one.
      return value instanceof Collection<?> list ? list.iterator() : null;
    }

    @Override
    public Mustache.@Nullable VariableFetcher createFetcher(Object context, String name) {
      return context instanceof ObjectNode ? Collector::field : null;
    }

    private static @Nullable Object field(Object context, String name) {
      JsonNode value = ((ObjectNode) context).get(name);
      return value == null ? Template.NO_FETCHER_FOUND : toJava(value);
    }

    @Override
    public <K, V> Map<K, V> createFetcherCache() {
      return new ConcurrentHashMap<>();
    }
  }
}
