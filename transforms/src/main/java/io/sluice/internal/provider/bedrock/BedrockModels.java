package io.sluice.internal.provider.bedrock;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What differs between models, by their names: {@code anthropic.claude-…}, those of inference
 * profiles ({@code us.anthropic.…}), and ARNs that end in either. Names that say nothing, such as
 * an application profile's, are models of which nothing is known.
 */
final class BedrockModels {
  /** How an answer is held to a schema. */
  enum Structure {
    /** {@code outputConfig} of the request. */
    NATIVE,
    /** The one tool that the model must call. */
    TOOL,
    /** Words beside the prompt. */
    WORDS
  }

  /** User guide, structured outputs: these, exactly; later ones refuse the field. */
  private static final Set<String> NATIVE =
      Set.of("haiku-4-5", "sonnet-4-5", "opus-4-5", "opus-4-6", "sonnet-4-6");

  /** {@code claude-3-7-sonnet}, {@code claude-opus-4-5-20251101}, {@code claude-v2}. */
  private static final Pattern CLAUDE =
      Pattern.compile(
          "anthropic\\.claude-(?:v?([0-9])(?:-([0-9]))?(?![0-9])|([a-z]+)-([0-9]+)(?:-([0-9]{1,2}))?"
              + "(?![0-9])|[a-z]+).*");

  private BedrockModels() {}

  private static String bare(String model) {
    String lower = model.toLowerCase(Locale.ROOT);
    return lower.substring(lower.lastIndexOf('/') + 1);
  }

  /** Claude's version times ten, as 37 for 3.7; 0 where it is another model or has none. */
  static int claude(String model) {
    String bare = bare(model);
    Matcher claude = CLAUDE.matcher(bare.substring(Math.max(0, bare.indexOf("anthropic."))));
    if (!claude.matches()) {
      return 0;
    }
    String major = claude.group(1) == null ? claude.group(4) : claude.group(1);
    String minor = claude.group(1) == null ? claude.group(5) : claude.group(2);
    return major == null
        ? 0
        : 10 * Integer.parseInt(major) + (minor == null ? 0 : Math.min(9, Integer.parseInt(minor)));
  }

  /** How often an output token counts (user guide, token burndown): 5 from Claude 3.7 on. */
  static int outputWeight(String model) {
    return claude(model) >= 37 ? 5 : 1;
  }

  static Structure structure(String model) {
    String bare = bare(model);
    int claude = claude(model);
    if (NATIVE.stream().anyMatch(name -> claude > 0 && bare.contains("claude-" + name))) {
      return Structure.NATIVE;
    }
    return claude >= 30 || bare.contains("amazon.nova") || bare.contains("mistral.mistral-large")
        ? Structure.TOOL
        : Structure.WORDS;
  }

  /** Whether texts are embedded many at a time, as Cohere's models do. */
  static boolean isCohere(String model) {
    return bare(model).contains("cohere.embed");
  }
}
