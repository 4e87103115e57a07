package io.sluice.pipeline.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.internal.http.ApiKeys;
import io.sluice.pipeline.flags.NearestName;
import io.sluice.pipeline.words.Durations;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * One mapping of a task file. Every reader returns a usable default when a value is wrong, and
 * reports it, so that all mistakes are found at once; {@link #close} reports fields that nobody has
 * asked for.
 */
final class Section {
  static final String MERGE =
      "<<: YAML 1.2 has no merge keys; write the fields out, or refer to a whole value with *NAME";

  /** A number that is longer is refused unread: digits take time by their square. */
  private static final int MOST_DIGITS = 1_000;

  /** No exponents: 1e999999999 is a short text and an endless number. */
  private static final Pattern MONEY = Pattern.compile("\\d{1,9}(\\.\\d{1,12})?");

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");

  private final String path;
  private final int line;
  private final Problems problems;
  private final Function<String, @Nullable String> env;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final Set<String> known = new LinkedHashSet<>();

  Section(
      String path,
      @Nullable Node node,
      int line,
      Problems problems,
      Function<String, @Nullable String> env) {
    this.path = path;
    this.line = line;
    this.problems = problems;
    this.env = env;
    if (node instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        String name = tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : "?";
        int at = line(tuple.getKeyNode());
        Integer before = lines.put(name, at);
        problems.place(full(name), at);
        if (before != null) {
          problems.add(at, full(name) + ": is set twice, first on line " + before);
        }
        if (name.equals("<<")) {
          problems.add(at, MERGE);
          known.add(name);
        }
        values.put(name, tuple.getValueNode());
      }
    } else if (node != null && !isNull(node)) {
      problems.add(line(node), path + ": expected fields below it");
    }
  }

  static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private String full(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private void know(String name) {
    known.add(name);
    problems.know(full(name));
  }

  boolean has(String name) {
    Node node = values.get(name);
    return node != null && !isNull(node);
  }

  /** The names of all fields, for mappings whose fields the user names. */
  List<String> names() {
    values.keySet().forEach(this::know);
    return new ArrayList<>(values.keySet());
  }

  void problem(String name, String text) {
    problems.add(lines.getOrDefault(name, line), full(name) + ": " + text);
  }

  /** A problem whose text begins with the path of a field, perhaps of one below. */
  void problemWhereNamed(String text) {
    problems.addWhereNamed(text);
  }

  Section section(String name) {
    know(name);
    return new Section(full(name), values.get(name), lines.getOrDefault(name, line), problems, env);
  }

  /**
   * A list of mappings, with paths by their places from 1; empty where it is absent.
   *
   * @param bare the field that a text in the place of a mapping stands for; empty for none
   */
  List<Section> sections(String name, String paths, String bare) {
    know(name);
    List<Section> out = new ArrayList<>();
    if (values.get(name) instanceof SequenceNode sequence) {
      for (Node element : sequence.getValue()) {
        String path = paths + "." + (out.size() + 1);
        problems.place(path, line(element));
        boolean isBare = !bare.isEmpty() && element instanceof ScalarNode && !isNull(element);
        Section of = new Section(path, isBare ? null : element, line(element), problems, env);
        if (isBare) {
          of.values.put(bare, element);
        }
        out.add(of);
      }
    } else if (has(name)) {
      problem(name, "expected a list, each with fields below it");
    }
    return out;
  }

  @Nullable String text(String name) {
    String raw = raw(name);
    return raw == null ? null : expand(name, raw);
  }

  String text(String name, String fallback) {
    String value = text(name);
    return value == null ? fallback : value;
  }

  String required(String name, String what) {
    String value = text(name);
    if (value == null) {
      problem(name, "is missing; expected " + what);
      return "";
    }
    return value;
  }

  /** The name of a variable, file or secret that holds a key: never expanded, never echoed. */
  @Nullable String keyPlace(String name) {
    String value = raw(name);
    if (value == null) {
      return null;
    }
    if (value.contains("${")) {
      problem(name, "names a variable itself, without ${}; the key is read on the workers");
      return null;
    }
    if (name.endsWith("Secret") && !ApiKeys.isSecretName(value)) {
      problem(
          name,
          "expected the name of a secret's version, projects/P/secrets/S/versions/latest, never the"
              + " key itself");
      return null;
    }
    boolean variable = name.endsWith("Env");
    if (ApiKeys.looksLikeKey(value) || (variable && !value.matches("[A-Za-z_][A-Za-z0-9_]*"))) {
      problem(
          name,
          "expected the name of "
              + (variable ? "an environment variable" : "a file")
              + " that holds the key, never the key itself");
      return null;
    }
    return value;
  }

  private @Nullable String raw(String name) {
    know(name);
    Node node = values.get(name);
    if (node == null || isNull(node)) {
      return null;
    }
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    problem(name, "expected one value");
    return null;
  }

  private String expand(String name, String text) {
    Matcher matcher = VARIABLE.matcher(text);
    StringBuilder out = new StringBuilder();
    while (matcher.find()) {
      String value = env.apply(matcher.group(1));
      if (value == null) {
        problem(name, "the environment variable " + matcher.group(1) + " is not set");
        value = "";
      }
      matcher.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(out).toString();
  }

  <E extends Enum<E>> E choice(String name, Class<E> type, E fallback) {
    String value = text(name);
    if (value == null) {
      return fallback;
    }
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
        return constant;
      }
    }
    String words =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    problem(name, "expected one of " + words + ", got \"" + value + "\"");
    return fallback;
  }

  long wholeNumber(String name, long fallback) {
    String value = text(name);
    if (value == null) {
      return fallback;
    }
    try {
      long number = Long.parseLong(value.replace("_", ""));
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, like a number that is too small, or absurd.
    }
    problem(name, "expected a whole number from 1, got \"" + value + "\"");
    return fallback;
  }

  boolean flag(String name) {
    return flag(name, false);
  }

  boolean flag(String name, boolean fallback) {
    String value = text(name);
    if (value != null && !value.equals("true") && !value.equals("false")) {
      problem(name, "expected true or false, got \"" + value + "\"");
    }
    return value == null ? fallback : value.equals("true");
  }

  Duration duration(String name, Duration fallback) {
    String value = text(name);
    if (value == null) {
      return fallback;
    }
    Optional<Duration> duration = Durations.parse(value);
    if (duration.isEmpty()) {
      problem(name, "expected " + Durations.FORM + ", got \"" + value + "\"");
    }
    return duration.orElse(fallback);
  }

  @Nullable BigDecimal decimal(String name) {
    return decimal(name, 1, "a number above 0");
  }

  /** A part of one, whose bounds are the field's own; null where it is absent. */
  @Nullable BigDecimal share(String name) {
    return decimal(name, 0, "a share from 0 to 1, such as 0.95 for 95%");
  }

  private @Nullable BigDecimal decimal(String name, int leastSign, String expected) {
    String value = text(name);
    if (value == null) {
      return null;
    }
    try {
      BigDecimal number = value.length() > MOST_DIGITS ? null : new BigDecimal(value);
      if (number != null && number.signum() >= leastSign && Usd.isOrdinary(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, like a number that is too small.
    }
    problem(name, "expected " + expected + ", got \"" + value + "\"");
    return null;
  }

  /** USD, 0 or more; null where it is absent. */
  @Nullable BigDecimal money(String name) {
    String value = text(name);
    if (value == null) {
      return null;
    }
    if (MONEY.matcher(value).matches()) {
      return new BigDecimal(value);
    }
    problem(name, "expected USD as a plain decimal from 0, such as 0.15, got \"" + value + "\"");
    return null;
  }

  /** Whether a field has a list. */
  boolean isList(String name) {
    return values.get(name) instanceof SequenceNode;
  }

  /** Whether a field has fields below it. */
  boolean isMapping(String name) {
    return values.get(name) instanceof MappingNode;
  }

  List<String> texts(String name) {
    know(name);
    List<String> out = new ArrayList<>();
    Node node = values.get(name);
    if (node instanceof SequenceNode sequence) {
      for (Node element : sequence.getValue()) {
        if (element instanceof ScalarNode scalar) {
          out.add(expand(name, scalar.getValue()));
        } else {
          problem(name, "expected a list of texts");
        }
      }
    } else if (has(name)) {
      problem(name, "expected a list, such as [billing, bug]");
    }
    return out;
  }

  /** A mapping that is passed on as JSON; null where it is absent. */
  @Nullable ObjectNode json(String name) {
    know(name);
    Node node = values.get(name);
    if (node == null || isNull(node)) {
      return null;
    }
    JsonValues json = new JsonValues(problems, full(name), text -> expand(name, text));
    if (json.of(node) instanceof ObjectNode object) {
      return object;
    }
    problem(name, "expected fields below it");
    return null;
  }

  /** Reports fields that are not part of the task file. */
  void close() {
    for (String name : values.keySet()) {
      if (!known.contains(name)) {
        problem(
            name,
            "is not a field of "
                + (path.isEmpty() ? "a task" : path)
                + NearestName.of(name, known)
                    .map(near -> "; did you mean " + near + "?")
                    .orElse("; known are " + String.join(", ", known)));
      }
    }
  }
}
