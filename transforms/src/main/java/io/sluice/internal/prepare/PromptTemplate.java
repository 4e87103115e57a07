package io.sluice.internal.prepare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.MustacheException;
import com.samskivert.mustache.Template;
import io.sluice.internal.text.BoundedText;
import io.sluice.spi.PromptException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A prompt: a Mustache template over a document's fields. Thread-safe.
 *
 * <ul>
 *   <li>{@code {{a}}} and {@code {{a.b}}} print a field: text as it is, with no escaping; numbers
 *       and booleans as JSON prints them; objects and arrays as compact JSON; {@code null} as
 *       nothing. A field the document does not have is an error. A path through {@code null} prints
 *       nothing. A field whose name has a dot in it is found under that whole name first.
 *   <li>{@code {{#a}}…{{/a}}} repeats for every element of an array and is skipped for {@code
 *       false}, {@code null}, an empty array and an empty string; {@code {{^a}}…{{/a}}} is the
 *       reverse. Inside, {@code {{.}}} is the element, {@code {{-index}}} its place from 1, and the
 *       fields around it stay visible.
 *   <li>Partials and blocks, which would need other files, are errors of the template.
 * </ul>
 */
public final class PromptTemplate {
  private static final int FIELDS_NAMED = 30;

  private final String where;
  private final Template template;
  private final Set<String> names = new LinkedHashSet<>();

  /**
   * Compiles a template.
   *
   * @param where the setting the template comes from, for messages, such as {@code prompt.user}
   * @throws IllegalArgumentException where the template's syntax is wrong
   */
  public PromptTemplate(String where, String text) {
    this.where = where;
    Template compiled;
    List<String> problems = new ArrayList<>();
    try {
      compiled =
          Mustache.compiler()
              .escapeHTML(false)
              .strictSections(true)
              .emptyStringIsFalse(true)
              .nullValue("")
              .withCollector(JsonFields.COLLECTOR)
              .withFormatter(JsonFields::print)
              .compile(text);
      compiled.visit(new TagCheck(problems, names, text.contains("{{=")));
    } catch (RuntimeException e) {
      // JMustache throws its own type for most mistakes, and others for an empty tag.
      throw unusable(e instanceof MustacheException ? e.getMessage() : "a tag without a name", e);
    } catch (StackOverflowError e) {
      throw unusable("sections lie in each other deeper than can be read", null);
    }
    if (!problems.isEmpty()) {
      throw unusable(problems.get(0), null);
    }
    this.template = compiled;
  }

  /**
   * The prompt for a document.
   *
   * @throws PromptException where the template uses a field that the document does not have
   */
  public String render(ObjectNode document) {
    try {
      return BoundedText.of(BoundedText.MOST_CHARS, text -> template.execute(document, text));
    } catch (MustacheException.Context e) {
      throw new PromptException(lacks(e, document), e);
    } catch (MustacheException | BoundedText.TooLongException e) {
      throw new PromptException(
          "Cannot render " + where + ": " + e.getMessage() + ". " + fieldsOf(document), e);
    }
  }

  private String lacks(MustacheException.Context e, JsonNode document) {
    return "Cannot render "
        + where
        + ": line "
        + e.lineNo
        + " uses the field '"
        + e.key
        + "', which is not there. "
        + fieldsOf(document);
  }

  /**
   * All that documents of these fields lack, as {@link #render} says it, whatever is in them.
   *
   * @param given what they have besides when they are asked about, such as answers of other steps
   */
  public List<String> lacking(Collection<String> fields, Collection<String> given) {
    // With nothing in them, sections are passed over, and so are fields of what may be objects.
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    fields.forEach(document::putNull);
    JsonNode there = document.deepCopy();
    given.forEach(document::putNull);
    List<String> lacking = new ArrayList<>();
    while (lacking.size() < FIELDS_NAMED) {
      try {
        template.execute(document);
        return lacking;
      } catch (MustacheException.Context e) {
        lacking.add(lacks(e, there));
        if (document.has(e.key)) {
          return lacking;
        }
        document.putNull(e.key);
      } catch (MustacheException e) {
        lacking.add("Cannot render " + where + ": " + e.getMessage() + ". " + fieldsOf(there));
        return lacking;
      }
    }
    return lacking;
  }

  /** The names that it uses, of fields and of sections, as they are written. */
  public Set<String> names() {
    return Collections.unmodifiableSet(names);
  }

  private IllegalArgumentException unusable(@Nullable String why, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "Cannot use the template of "
            + where
            + ": "
            + why
            + ". Expected Mustache: {{field}}, {{#list}}…{{/list}}, {{^field}}…{{/field}}",
        cause);
  }

  private static String fieldsOf(JsonNode document) {
    if (document.isEmpty()) {
      return "The document has no fields";
    }
    String names =
        document
            .propertyStream()
            .limit(FIELDS_NAMED)
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    int more = document.size() - FIELDS_NAMED;
    return "The document has: " + names + (more > 0 ? " and " + more + " more" : "");
  }

  /**
   * Finds what JMustache lets pass: tags that are not closed, which it prints or takes for long
   * names, and tags that would need other templates.
   *
   * @param ownDelimiters whether the template sets its own, so that braces may be text
   */
  private record TagCheck(List<String> problems, Set<String> names, boolean ownDelimiters)
      implements Mustache.Visitor {
    @Override
    public void visitText(String text) {
      if (text.contains("{{") && !ownDelimiters) {
        problems.add("a tag is opened with {{ and not closed with }}");
      }
    }

    @Override
    public void visitVariable(String name) {
      checkName(name);
    }

    @Override
    public boolean visitInclude(String name) {
      return refuse("partial {{>" + name + "}}");
    }

    @Override
    public boolean visitParent(String name) {
      return refuse("parent {{<" + name + "}}");
    }

    @Override
    public boolean visitBlock(String name) {
      return refuse("block {{$" + name + "}}");
    }

    @Override
    public boolean visitSection(String name) {
      return checkName(name);
    }

    @Override
    public boolean visitInvertedSection(String name) {
      return checkName(name);
    }

    private boolean checkName(String name) {
      names.add(name);
      if (name.contains("{{") && !ownDelimiters) {
        problems.add("the tag {{" + name + "}} is not closed before the next one");
      }
      return true;
    }

    private boolean refuse(String what) {
      problems.add("a prompt cannot include other templates, but it has the " + what);
      return false;
    }
  }
}
