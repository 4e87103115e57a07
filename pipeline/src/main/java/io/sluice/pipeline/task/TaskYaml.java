package io.sluice.pipeline.task;

import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * The YAML of a task file as nodes with their lines. What a plain word means is what the core
 * schema of YAML 1.2 says (section 10.3): {@code true} is a boolean, {@code yes}, {@code on} and
 * {@code 2026-11-03} are texts, and {@code <<} merges nothing.
 */
final class TaskYaml {
  private static final int MOST_DEPTH = 100;
  private static final int MOST_NODES = 100_000;

  /**
   * Within {@code {…}} and {@code […]} a brace ends a plain value, and {@code {rate: ${RATE}}}
   * would be no YAML. What stands for the braces while the text is read is in no other text, and as
   * long.
   */
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)}");

  private static final char OPEN = '\uE000';
  private static final char CLOSE = '\uE001';
  private static final Pattern COVERED =
      Pattern.compile("\\$" + OPEN + "([A-Za-z_][A-Za-z0-9_]*)" + CLOSE);

  private TaskYaml() {}

  /**
   * A file's text: UTF-8, or UTF-16 or UTF-32 behind a byte order mark, as YAML has it.
   *
   * @throws TaskFileException if it is not, with the line
   */
  static String decode(String file, byte[] bytes) throws TaskFileException {
    Charset charset = charset(bytes);
    CharsetDecoder decoder = charset.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length + 1);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      int line = 1 + (int) out.flip().chars().filter(c -> c == '\n').count();
      Problems problems = new Problems(file);
      problems.add(
          line,
          String.format(
              "not valid %s (byte 0x%02X); save the file as UTF-8",
              charset.name(), bytes[in.position()] & 0xFF));
      throw problems.exception(null);
    }
    String text = out.flip().toString();
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static Charset charset(byte[] bytes) {
    int first = bytes.length > 0 ? bytes[0] & 0xFF : -1;
    int second = bytes.length > 1 ? bytes[1] & 0xFF : -1;
    if (first == 0xFF && second == 0xFE) {
      boolean wide = bytes.length > 3 && bytes[2] == 0 && bytes[3] == 0;
      return wide ? Charset.forName("UTF-32LE") : StandardCharsets.UTF_16LE;
    }
    return first == 0xFE && second == 0xFF ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_8;
  }

  /**
   * The one document; null where the text is empty.
   *
   * @throws TaskFileException if it is no YAML, with the line
   */
  static @Nullable Node compose(Problems problems, String text) throws TaskFileException {
    Node node = null;
    try {
      node = yaml().compose(new StringReader(covered(text)));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      problems.add(line, "not valid YAML: " + uncovered(String.valueOf(e.getProblem())));
    } catch (ReaderException e) {
      problems.add(
          lineOf(text, e.getPosition()),
          String.format("not valid YAML: the character U+%04X is not allowed", e.getCodePoint()));
    } catch (YAMLException e) {
      problems.add(1, "not valid YAML: " + uncovered(String.valueOf(e.getMessage())));
    }
    if (node != null) {
      new Check(problems).check(node, 0);
    }
    if (!problems.isEmpty()) {
      throw problems.exception(null);
    }
    return node == null ? null : uncovered(node);
  }

  private static String covered(String text) {
    return text.indexOf(OPEN) >= 0 || text.indexOf(CLOSE) >= 0
        ? text
        : VARIABLE.matcher(text).replaceAll("\\$" + OPEN + "$1" + CLOSE);
  }

  private static String uncovered(String text) {
    return COVERED.matcher(text).replaceAll("\\${$1}");
  }

  private static Node uncovered(Node node) {
    if (node instanceof MappingNode mapping) {
      mapping.setValue(
          mapping.getValue().stream()
              .map(
                  each ->
                      new NodeTuple(uncovered(each.getKeyNode()), uncovered(each.getValueNode())))
              .toList());
    } else if (node instanceof SequenceNode sequence) {
      sequence.getValue().replaceAll(TaskYaml::uncovered);
    } else if (node instanceof ScalarNode scalar && COVERED.matcher(scalar.getValue()).find()) {
      return new ScalarNode(
          scalar.getTag(),
          uncovered(scalar.getValue()),
          scalar.getStartMark(),
          scalar.getEndMark(),
          scalar.getScalarStyle());
    }
    return node;
  }

  private static int lineOf(String text, int codePoints) {
    int end =
        text.offsetByCodePoints(0, Math.min(codePoints, text.codePointCount(0, text.length())));
    return 1 + (int) text.substring(0, end).chars().filter(c -> c == '\n').count();
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    // What is too deep, or unfolds to too much, is told with its line, below.
    options.setNestingDepthLimit(1_000);
    options.setMaxAliasesForCollections(MOST_NODES);
    DumperOptions dumper = new DumperOptions();
    return new Yaml(
        new SafeConstructor(options), new Representer(dumper), dumper, options, new CoreSchema());
  }

  private static final class CoreSchema extends Resolver {
    @Override
    protected void addImplicitResolvers() {
      addImplicitResolver(Tag.BOOL, Pattern.compile("true|True|TRUE|false|False|FALSE"), "tTfF");
      addImplicitResolver(
          Tag.INT, Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"), "-+0123456789");
      addImplicitResolver(
          Tag.FLOAT,
          Pattern.compile(
              "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"
                  + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)"),
          "-+0123456789.");
      addImplicitResolver(Tag.NULL, Pattern.compile("~|null|Null|NULL|"), "~nN\0");
      addImplicitResolver(Tag.NULL, Pattern.compile("^$"), null);
    }
  }

  /** Nodes that no reader of them may meet. */
  private static final class Check {
    private final Problems problems;
    private final Set<Node> around = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Node> met = Collections.newSetFromMap(new IdentityHashMap<>());
    private int nodes;

    Check(Problems problems) {
      this.problems = problems;
    }

    /** False where there is no need to look further. */
    boolean check(Node node, int depth) {
      nodes++;
      String problem =
          !around.add(node)
              ? "this value refers to itself"
              : depth > MOST_DEPTH
                  ? "values are nested more than " + MOST_DEPTH + " deep"
                  : nodes > MOST_NODES
                      ? (met.size() < nodes - 1 ? "references unfold to" : "there are")
                          + " more than "
                          + MOST_NODES
                          + " values"
                      : null;
      met.add(node);
      if (problem != null) {
        problems.add(Section.line(node), problem);
        return false;
      }
      boolean good = true;
      if (node instanceof MappingNode mapping) {
        for (NodeTuple tuple : mapping.getValue()) {
          good =
              good
                  && check(tuple.getKeyNode(), depth + 1)
                  && check(tuple.getValueNode(), depth + 1);
        }
      } else if (node instanceof SequenceNode sequence) {
        for (Node element : sequence.getValue()) {
          good = good && check(element, depth + 1);
        }
      }
      around.remove(node);
      return good;
    }
  }
}
