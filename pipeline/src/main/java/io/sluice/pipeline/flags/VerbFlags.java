package io.sluice.pipeline.flags;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What verbs share in reading their flags. */
public final class VerbFlags {
  private VerbFlags() {}

  /**
   * Reads a verb's flags, or prints its help where that was asked.
   *
   * @return whether the verb is to go on
   * @throws UsageException for a flag that there is not, or a value that does not fit
   */
  public static boolean parse(CommandLine line, List<String> args, PrintStream out) {
    if (args.contains("--help") || args.contains("-h")) {
      out.print(line.getUsageMessage());
      return false;
    }
    parse(line, args);
    return true;
  }

  /**
   * @throws UsageException for a flag that there is not, or a value that does not fit
   */
  public static void parse(CommandLine line, List<String> args) {
    CommandSpec verb = line.getCommandSpec();
    try {
      // A flag is what it is: a file of others named in one (@FILE) is not read for more flags.
      line.setExpandAtFiles(false).parseArgs(spelled(args, verb).toArray(new String[0]));
    } catch (CommandLine.UnmatchedArgumentException e) {
      String flag = e.getUnmatched().get(0).replaceFirst("=.*", "");
      throw new UsageException(
          "There is no flag "
              + flag
              + NearestName.of(flag, verb.optionsMap().keySet())
                  .map(near -> "; did you mean " + near + "?")
                  .orElse("")
              + seeHelp(verb));
    } catch (CommandLine.OverwrittenOptionException e) {
      throw new UsageException(
          ((OptionSpec) e.getOverwritten()).longestName() + ": is given twice" + seeHelp(verb));
    } catch (CommandLine.ParameterException e) {
      throw new UsageException(plain(e) + seeHelp(verb));
    }
  }

  /** A flag whose value may be left out would take a flag of Beam's for it. */
  private static List<String> spelled(List<String> args, CommandSpec verb) {
    return Spelling.of(args, verb.optionsMap().keySet()).stream()
        .map(
            arg -> {
              OptionSpec option = verb.optionsMap().get(arg);
              return option == null || option.fallbackValue().isEmpty() || option.arity().min() > 0
                  ? arg
                  : arg + "=" + option.fallbackValue();
            })
        .toList();
  }

  /** What is wrong, without the words of the library for its Java types. */
  private static String plain(CommandLine.ParameterException e) {
    String value = e.getValue();
    if (!(e.getArgSpec() instanceof OptionSpec option) || value == null) {
      return String.valueOf(e.getMessage());
    }
    Class<?> type = option.type();
    String expected =
        type == BigDecimal.class || type == Double.class || type == double.class
            ? "a number, such as 0.01"
            : type == boolean.class || type == Boolean.class
                ? "true or false"
                : "a whole number, such as 10";
    return option.longestName() + ": expected " + expected + ", got " + value;
  }

  /** Where a message says that more is to be read. */
  public static String seeHelp(CommandSpec verb) {
    return "; see " + verb.name() + " --help";
  }
}
