package io.sluice.pipeline.flags;

import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.storage.Storage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The flags of a verb about a job that was run: where it is. */
public final class DirectoryFlags {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "The job's output directory. Required.")
  @Nullable String output;

  @Option(
      names = "--ledger",
      paramLabel = "DIR",
      description = "The job's ledger. Default: the one that it was run with.")
  @Nullable String ledger;

  /**
   * The job's directory; makes the file systems known that it is on.
   *
   * @throws UsageException if none was named, or it is not there
   */
  public OutputPaths paths(CommandSpec verb) {
    if (output == null) {
      throw new UsageException("Missing --output=DIR" + VerbFlags.seeHelp(verb));
    }
    Storage.register(output, ledger);
    return new OutputPaths(directory("--output", output));
  }

  /**
   * The ledger's directory; null where none was named.
   *
   * @throws UsageException if it is not there
   */
  public @Nullable String ledger() {
    return ledger == null ? null : directory("--ledger", ledger);
  }

  /** A directory that is there, or one that is not on this machine's disk. */
  private static String directory(String flag, String given) {
    String name = Storage.plain(given);
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
