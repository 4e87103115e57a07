package io.sluice.internal.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import io.sluice.internal.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An answer that must be JSON: an object, or whatever the schema says. The liberties it may take
 * are a Markdown fence around it, what the model thought before it, and text around it: where the
 * answer as it stands is not JSON, what is from its first bracket to its last one is tried, so that
 * there is never a choice between two values. Schemas are of draft 2020-12 unless {@code $schema}
 * names another draft; nothing is ever fetched for them.
 */
final class JsonRule {
  private static final int VIOLATIONS_NAMED = 3;
  private static final int VIOLATION_LENGTH = 300;

  private static final Pattern FENCE =
      Pattern.compile("```(?:json|JSON)?[ \\t]*\\R(.*)\\R[ \\t]*```", Pattern.DOTALL);

  private static final Pattern DRAFTS =
      Pattern.compile("https?://json-schema\\.org/draft[-/][0-9-]+/");

  /** The opening of a fence, at the end of what is before a value. */
  private static final Pattern OPENING = Pattern.compile("```[\\w+-]{0,20}\\z");

  private static final SchemaRegistryConfig CONFIG =
      SchemaRegistryConfig.builder()
          .pathType(PathType.JSON_POINTER)
          .locale(Locale.ENGLISH)
          .preloadSchema(false)
          .regularExpressionFactory(Patterns::of)
          .build();

  private final @Nullable Schema schema;

  /**
   * @param schema a JSON Schema as text; null for any object
   * @throws IllegalArgumentException where the schema is unusable
   */
  JsonRule(@Nullable String schema) {
    if (schema == null) {
      this.schema = null;
      return;
    }
    List<String> problems = new ArrayList<>();
    Schema compiled = compile(schema, problems);
    if (compiled == null || !problems.isEmpty()) {
      throw new IllegalArgumentException(
          "Cannot judge answers by output.schema: " + String.join("; ", problems));
    }
    this.schema = compiled;
  }

  static List<String> validateSchema(String schema) {
    List<String> problems = new ArrayList<>();
    compile(schema, problems);
    return problems;
  }

  Verdict judge(String raw) {
    String answer = Thinking.without(raw);
    Verdict verdict = judgeText(answer, answer.equals(raw) ? null : Mend.THINKING);
    if (verdict instanceof Verdict.Fits) {
      return verdict;
    }
    String behind = Thinking.behindTheLast(raw);
    if (behind != null && judgeText(behind, Mend.THINKING) instanceof Verdict.Fits fits) {
      return fits;
    }
    Verdict mended = mended(raw, behind == null ? answer : behind);
    return mended == null ? verdict : mended;
  }

  /** The judgement on the one JSON value in a text; null where there is none, or more than one. */
  private @Nullable Verdict mended(String raw, String text) {
    int from = first(text, '{', '[');
    int end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']')) + 1;
    if (from < 0 || end <= from || (from == 0 && end == text.length())) {
      return null;
    }
    String before = Text.strip(text.substring(0, from));
    String after = Text.strip(text.substring(end));
    if (Thinking.isMarked(before) || Thinking.isMarked(after)) {
      // What the model only thought of is no answer.
      return null;
    }
    JsonNode node;
    try {
      node = StrictJson.parse(text.substring(from, end));
    } catch (JsonProcessingException e) {
      return null;
    }
    List<String> mends = new ArrayList<>();
    if (!text.equals(raw)) {
      mends.add(Mend.THINKING);
    }
    Matcher opening = OPENING.matcher(before);
    boolean fenced = opening.find();
    if (fenced) {
      mends.add(Mend.FENCE);
      before = Text.strip(before.substring(0, opening.start()));
      after = Text.strip(after.startsWith("```") ? after.substring(3) : after);
    }
    if (!before.isEmpty() || !after.isEmpty()) {
      mends.add(Mend.TEXT);
    }
    return judge(node, Mend.words(mends));
  }

  private static int first(String text, char one, char other) {
    int a = text.indexOf(one);
    int b = text.indexOf(other);
    return a < 0 || b < 0 ? Math.max(a, b) : Math.min(a, b);
  }

  private Verdict judgeText(String answer, @Nullable String mended) {
    String text = Text.strip(answer);
    String mends = mended;
    Matcher fence = FENCE.matcher(text);
    if (fence.matches()) {
      text = fence.group(1).strip();
      mends = Mend.and(mended, Mend.FENCE);
    }
    try {
      return judge(StrictJson.parse(text), mends);
    } catch (JsonProcessingException e) {
      return new Verdict.Unfit(
          "The answer is not JSON: "
              + Text.shown(String.valueOf(e.getOriginalMessage()), VIOLATION_LENGTH));
    }
  }

  private Verdict judge(JsonNode node, @Nullable String mends) {
    if (node.isMissingNode()) {
      return new Verdict.Unfit("The answer is empty, but expected was JSON", true);
    }
    if (StrictJson.hasAbsurdNumber(node)) {
      return new Verdict.Unfit("The answer has a number of more than 400 digits");
    }
    if (schema == null) {
      return node.isObject()
          ? new Verdict.Fits(StrictJson.write(node), mends)
          : new Verdict.Unfit("The answer must be a JSON object, but is " + typeOf(node));
    }
    List<Error> violations = schema.validate(Steps.counted(node));
    return violations.isEmpty()
        ? new Verdict.Fits(StrictJson.write(node), mends)
        : new Verdict.Unfit("The answer breaks the schema: " + describe(violations));
  }

  private static @Nullable Schema compile(String text, List<String> problems) {
    JsonNode node;
    try {
      node = StrictJson.parse(text);
    } catch (JsonProcessingException e) {
      problems.add("output.schema is not JSON: " + e.getOriginalMessage());
      return null;
    }
    if (!node.isObject()) {
      problems.add("output.schema must be a JSON object, but is " + typeOf(node));
      return null;
    }
    try {
      SpecificationVersion draft = draftOf(node);
      SchemaRegistry registry = offline(draft);
      // A schema is itself checked against the schema of its draft, which the library carries.
      List<Error> violations =
          registry.getSchema(SchemaLocation.of(draft.getDialectId())).validate(node);
      if (!violations.isEmpty()) {
        problems.add("output.schema is not a JSON Schema: " + describe(violations));
        return null;
      }
      Schema schema = registry.getSchema(node);
      schema.initializeValidators();
      return schema;
    } catch (RuntimeException | StackOverflowError e) {
      // The library throws types of many kinds here: bad patterns, unknown drafts, dangling $ref.
      String why =
          e instanceof StackOverflowError
              ? "its parts, or groups of a pattern, lie in each other deeper than can be read"
              : Text.shown(e.toString(), VIOLATION_LENGTH);
      problems.add("output.schema cannot be used: " + why);
      return null;
    }
  }

  private static SpecificationVersion draftOf(JsonNode schema) {
    JsonNode named = schema.get("$schema");
    if (named == null) {
      return SpecificationVersion.DRAFT_2020_12;
    }
    return SpecificationVersion.fromSchemaNode(schema)
        .orElseThrow(
            () -> new IllegalArgumentException("$schema names no draft that is known: " + named));
  }

  /** The schemas of the drafts are those that the library carries; any other would be fetched. */
  private static SchemaRegistry offline(SpecificationVersion draft) {
    return SchemaRegistry.withDefaultDialect(
        draft,
        builder ->
            builder
                .schemaCacheEnabled(false)
                .schemaRegistryConfig(CONFIG)
                .schemaLoader(
                    loader -> loader.allow(iri -> DRAFTS.matcher(iri.toString()).lookingAt())));
  }

  private static String describe(List<Error> violations) {
    String first =
        violations.stream()
            .limit(VIOLATIONS_NAMED)
            .map(JsonRule::describe)
            .collect(Collectors.joining("; "));
    int more = violations.size() - VIOLATIONS_NAMED;
    return more > 0 ? first + "; and " + more + " more" : first;
  }

  private static String describe(Error violation) {
    String where = violation.getInstanceLocation().toString();
    String message = String.valueOf(violation.getMessage());
    if (message.startsWith(where + ": ")) {
      message = message.substring(where.length() + 2);
    }
    return Text.shown((where.isEmpty() ? "(root)" : where) + ": " + message, VIOLATION_LENGTH);
  }

  private static String typeOf(JsonNode node) {
    return node.getNodeType().toString().toLowerCase(Locale.ROOT);
  }
}
