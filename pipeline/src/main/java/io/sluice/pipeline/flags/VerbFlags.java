package io.sluice.pipeline.flags;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;

/** What verbs about a job's directory share in reading their flags. */
public final class VerbFlags {
  private VerbFlags() {}

  /**
   * @throws UsageException for a flag that there is not, or a value that does not fit
   */
  public static void parse(CommandLine line, List<String> args) {
    String help = "; see " + line.getCommandName() + " --help";
    try {
      // A flag is what it is: a file of others named in one (@FILE) is not read for more flags.
      line.setExpandAtFiles(false).parseArgs(args.toArray(new String[0]));
    } catch (CommandLine.UnmatchedArgumentException e) {
      String flag = e.getUnmatched().get(0).replaceFirst("=.*", "");
      throw new UsageException(
          "There is no flag "
              + flag
              + NearestName.of(flag, line.getCommandSpec().optionsMap().keySet())
                  .map(near -> "; did you mean " + near + "?")
                  .orElse("")
              + help);
    } catch (CommandLine.ParameterException e) {
      throw new UsageException(e.getMessage() + help);
    }
  }

  /**
   * A directory that is there, or one that is not on this machine's disk.
   *
   * @throws UsageException if it is not there
   */
  public static String directory(String flag, String name) {
    if (name.contains("://")) {
      return name;
    }
    Path path = Path.of(name).toAbsolutePath().normalize();
    if (!Files.isDirectory(path)) {
      throw new UsageException(
          flag + ": there is no directory " + path + "; give the one that the job was run with");
    }
    return path.toString();
  }
}
