package io.sluice.dataflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.launch.RunFlags;
import java.util.Comparator;
import java.util.Set;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The metadata of the Flex Template: a parameter for every flag of {@code run} (Dataflow's
 * documentation, <i>Configure Flex Templates</i>, <i>Template metadata</i>).
 */
public final class TemplateMetadata {
  /** The launcher's own. */
  private static final Set<String> LEFT_OUT = Set.of("--runner", "--private", "--followLinks");

  private static final Set<String> REQUIRED = Set.of("--task", "--input", "--output");

  private TemplateMetadata() {}

  /** Prints it. */
  public static void main(String[] args) {
    System.out.print(json());
  }

  static String json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode metadata = mapper.createObjectNode();
    metadata
        .put("name", "Sluice")
        .put("description", "Asks a model about every document, within the account's limits")
        .put("streaming", false);
    ArrayNode parameters = metadata.putArray("parameters");
    RunFlags.spec().options().stream()
        .filter(option -> !LEFT_OUT.contains(option.longestName()))
        .sorted(Comparator.comparingInt(OptionSpec::order))
        .forEach(option -> parameters.add(parameter(mapper, option)));
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(metadata) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON object can be written", e);
    }
  }

  private static ObjectNode parameter(ObjectMapper mapper, OptionSpec option) {
    String name = option.longestName().substring(2);
    boolean onOff = option.type() == boolean.class;
    return mapper
        .createObjectNode()
        .put("name", name)
        .put("label", words(name))
        .put("helpText", String.join(" ", option.description()))
        .put("paramType", onOff ? "BOOLEAN" : "TEXT")
        .put("isOptional", !REQUIRED.contains(option.longestName()));
  }

  /** {@code maxFailureRate} is <i>Max failure rate</i>. */
  private static String words(String name) {
    String spaced = name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(java.util.Locale.ROOT);
    return Character.toUpperCase(spaced.charAt(0)) + spaced.substring(1);
  }
}
