package io.sluice.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.MustacheException;
import com.samskivert.mustache.Template;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Mustache template over a document's fields, without HTML escaping. A field that a document does
 * not have is an error; one that is null renders as nothing. Thread-safe.
 */
public final class PromptTemplate {
  private static final Mustache.Compiler COMPILER =
      Mustache.compiler().escapeHTML(false).strictSections(true).nullValue("");

  private final Template template;

  /**
   * @throws IllegalArgumentException if the template is not valid Mustache
   */
  public PromptTemplate(String text) {
    try {
      this.template = COMPILER.compile(text);
    } catch (MustacheException e) {
      throw new IllegalArgumentException("The prompt is not valid Mustache: " + e.getMessage(), e);
    }
  }

  /**
   * @throws PromptException if a field is missing
   */
  public String render(ObjectNode document) throws PromptException {
    try {
      return template.execute(map(document));
    } catch (MustacheException.Context e) {
      List<String> fields = new ArrayList<>();
      document.fieldNames().forEachRemaining(fields::add);
      throw new PromptException(
          "Render the prompt: the document has no field \""
              + e.key
              + "\"; it has "
              + (fields.isEmpty() ? "none" : String.join(", ", fields)));
    } catch (MustacheException e) {
      throw new PromptException("Render the prompt: " + e.getMessage());
    }
  }

  private static Map<String, @Nullable Object> map(JsonNode object) {
    Map<String, @Nullable Object> map = new Fields(object.toString());
    for (Iterator<Map.Entry<String, JsonNode>> it = object.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      map.put(field.getKey(), value(field.getValue()));
    }
    return map;
  }

  private static @Nullable Object value(JsonNode node) {
    if (node.isNull()) {
      return null;
    }
    if (node.isObject()) {
      return map(node);
    }
    if (node.isArray()) {
      List<@Nullable Object> list = new Elements(node.toString());
      node.forEach(element -> list.add(value(element)));
      return list;
    }
    return node.isBoolean() ? (Object) node.booleanValue() : node.asText();
  }

  /** Renders as the JSON it was. */
  private static final class Fields extends HashMap<String, @Nullable Object> {
    private static final long serialVersionUID = 1L;
    private final String json;

    Fields(String json) {
      this.json = json;
    }

    @Override
    public String toString() {
      return json;
    }
  }

  /** Renders as the JSON it was. */
  private static final class Elements extends ArrayList<@Nullable Object> {
    private static final long serialVersionUID = 1L;
    private final String json;

    Elements(String json) {
      this.json = json;
    }

    @Override
    public String toString() {
      return json;
    }
  }
}
