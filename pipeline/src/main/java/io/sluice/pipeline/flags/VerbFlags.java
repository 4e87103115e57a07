package io.sluice.pipeline.flags;

import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

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
      line.setExpandAtFiles(false).parseArgs(args.toArray(new String[0]));
    } catch (CommandLine.UnmatchedArgumentException e) {
      String flag = e.getUnmatched().get(0).replaceFirst("=.*", "");
      throw new UsageException(
          "There is no flag "
              + flag
              + NearestName.of(flag, verb.optionsMap().keySet())
                  .map(near -> "; did you mean " + near + "?")
                  .orElse("")
              + seeHelp(verb));
    } catch (CommandLine.ParameterException e) {
      throw new UsageException(e.getMessage() + seeHelp(verb));
    }
  }

  /** Where a message says that more is to be read. */
  public static String seeHelp(CommandSpec verb) {
    return "; see " + verb.name() + " --help";
  }
}
