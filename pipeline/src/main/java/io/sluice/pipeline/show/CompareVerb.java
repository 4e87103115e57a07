package io.sluice.pipeline.show;

import io.sluice.internal.ledger.LedgerException;
import io.sluice.pipeline.estimate.statistics.Share;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.flags.VerbFlags;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.storage.Storage;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.SideBySide;
import io.sluice.pipeline.words.Usd;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verb {@code compare}. */
@Command(
    name = "sluice compare",
    sortOptions = false,
    usageHelpAutoWidth = true,
    separator = "=",
    description = {
      "",
      "Holds the outputs of two jobs against each other, by the ids of their documents: two prompts,"
          + " two models. Reads their results, or what their ledgers have so far; nothing in them"
          + " changes.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  sluice compare out/short-prompt out/long-prompt",
      "  sluice compare out/mini out/large --expected=topic --html=mini-large.html"
    })
public final class CompareVerb {
  private static final byte[] PAGE = "<!DOCTYPE html>".getBytes(StandardCharsets.UTF_8);

  @Parameters(
      arity = "0..*",
      paramLabel = "A B",
      description = "The output directories of the two jobs.",
      hideParamSyntax = true)
  List<String> directories = new ArrayList<>();

  @Option(
      names = "--expected",
      paramLabel = "FIELD",
      description =
          "The field of the documents that has the right answer: how often each is right. Of answers"
              + " that are objects the field of this name counts.")
  @Nullable String expected;

  @Option(
      names = {"--number", "-n"},
      paramLabel = "N",
      description = "How many rows that differ are printed (-n 3). Default: 10.")
  int number = 10;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Where the page goes. Default: compare.html.")
  String html = "compare.html";

  @Mixin final SourceFlags source = new SourceFlags();

  private CompareVerb() {}

  /**
   * @return the exit code
   * @throws UsageException for a wrong flag, or a directory without answers
   */
  public static int run(List<String> args, PrintStream out) throws IOException {
    CompareVerb flags = new CompareVerb();
    CommandLine line = new CommandLine(flags);
    if (!VerbFlags.parse(line, args, out)) {
      return 0;
    }
    if (flags.directories.size() != 2) {
      throw new UsageException(
          "Expected two output directories, got "
              + flags.directories.size()
              + VerbFlags.seeHelp(line.getCommandSpec()));
    }
    if (flags.number < 0) {
      throw new UsageException("-n: expected 0 or more, got " + flags.number);
    }
    String first = flags.directories.get(0);
    String second = flags.directories.get(1);
    Path page = flags.page();
    Storage.register(first, second);
    JobPlaces one = job(first, flags, second);
    JobPlaces two = job(second, flags, first);
    try (JobRows a = rows(one);
        JobRows b = rows(two)) {
      Comparison all = Comparison.of(a, b, flags.expected, one.hasDocuments() ? one : two);
      if (all.both == 0) {
        throw new UsageException(
            "Of "
                + first
                + " ("
                + Numbers.of(all.a.rows, "answer")
                + ") and "
                + second
                + " ("
                + Numbers.of(all.b.rows, "answer")
                + ") no id is in both once; compare outputs of the same documents, with document.id");
      }
      if (flags.expected != null && all.a.judged + all.b.judged == 0) {
        throw new UsageException(
            "--expected: no document has a field '"
                + flags.expected
                + "', or documents are neither in results (output.includeDocument) nor where they"
                + " were read; name them with --input=PATTERN");
      }
      flags.print(all, out);
      Files.write(page, ComparePage.of(first, second, all, flags.expected));
      out.println("Page: " + page);
    } catch (LedgerException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    return 0;
  }

  private Path page() throws IOException {
    Path page = Path.of(html).toAbsolutePath().normalize();
    Path directory = page.getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new UsageException("--html: there is no directory " + directory + "; make it first");
    }
    if (Files.isDirectory(page)) {
      throw new UsageException("--html: " + page + " is a directory");
    }
    if (Files.exists(page) && !isPage(page)) {
      throw new UsageException(
          "--html: " + page + " is there, and is no page; give another name, or move it away");
    }
    return page;
  }

  /** Whether a file is as one that this verb writes: another, such as a task, is not to be lost. */
  private static boolean isPage(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(PAGE.length);
      return start.length == 0 || Arrays.equals(start, PAGE);
    }
  }

  private static JobPlaces job(String given, CompareVerb flags, String other) throws IOException {
    String name = Storage.plain(given);
    String root =
        name.contains("://") ? name : Path.of(name).toAbsolutePath().normalize().toString();
    if (!name.contains("://") && !Files.isDirectory(Path.of(root))) {
      throw new UsageException("There is no directory " + root + "; give outputs of two jobs");
    }
    return JobPlaces.of(new OutputPaths(root), null, flags.source, other);
  }

  /** What was put in place; where nothing was yet, what the ledger has. */
  private static JobRows rows(JobPlaces job) throws IOException {
    JobRows results = JobRows.ofResults(job);
    JobRows rows = results == null ? JobRows.of(job) : results;
    if (rows == null) {
      throw new UsageException(
          job.paths().root() + " has no results yet, and of its ledger: " + job.lacks());
    }
    return rows;
  }

  private void print(Comparison all, PrintStream out) {
    facts(directories.get(0), directories.get(1), all, expected)
        .forEach(fact -> out.printf("%-22s %s%n", fact.name(), fact.value()));
    List<Comparison.Differs> shown = all.shown();
    if (number > 0 && !shown.isEmpty()) {
      out.println();
      out.println(
          "Rows that differ, "
              + Math.min(number, shown.size())
              + " of "
              + Numbers.count(all.differing)
              + " (A left, B right):");
    }
    for (Comparison.Differs differs : shown.subList(0, Math.min(number, shown.size()))) {
      out.println();
      out.print(
          SideBySide.ends(
              differs.id, differs.expected == null ? "" : "expected: " + cut(differs.expected)));
      out.print(
          SideBySide.of(
              differs.a == null ? "" : RowText.output(differs.a.toString()),
              RowText.output(differs.b.toString())));
    }
    out.println();
  }

  private static String cut(String text) {
    return text.length() > 40 ? text.substring(0, 39) + "…" : text;
  }

  /** A number and what it is. */
  record Fact(String name, String value) {}

  /** What is said of two outputs, on the terminal and on the page. */
  static List<Fact> facts(String first, String second, Comparison all, @Nullable String expected) {
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("A", first));
    facts.add(new Fact("B", second));
    facts.add(
        new Fact(
            "Answers",
            Numbers.count(all.a.rows)
                + " and "
                + Numbers.count(all.b.rows)
                + ", in both "
                + Numbers.count(all.both)));
    if (all.a.alone + all.b.alone > 0) {
      facts.add(
          new Fact(
              "In one alone",
              alone(all.a, "A", all.b, "B") + ", " + alone(all.b, "B", all.a, "A")));
    }
    if (all.twice > 0) {
      facts.add(
          new Fact(
              "Left out", "ids that come twice: " + Numbers.of(all.twice, "row") + " too many"));
    }
    facts.add(
        new Fact(
            "Agree",
            share(all.agreement())
                + ", "
                + Numbers.count(all.same)
                + " of "
                + Numbers.count(all.both)));
    if (expected != null) {
      facts.add(new Fact("A is right", right(all.a)));
      facts.add(new Fact("B is right", right(all.b)));
    }
    facts.add(new Fact("Cost of these", cost(all.a) + " and " + cost(all.b)));
    facts.add(new Fact("Tokens", tokens(all.a) + " and " + tokens(all.b)));
    facts.add(new Fact("Latency p50, p95", latency(all.a) + " and " + latency(all.b)));
    return facts;
  }

  private static String alone(
      Comparison.Side side, String name, Comparison.Side other, String otherName) {
    return Numbers.count(side.alone)
        + " in "
        + name
        + (other.dead == 0 ? "" : " (" + Numbers.count(other.dead) + " dead in " + otherName + ")");
  }

  private static String right(Comparison.Side side) {
    return share(side.accuracy())
        + ", "
        + Numbers.count(side.right)
        + " of "
        + Numbers.count(side.judged);
  }

  private static String cost(Comparison.Side side) {
    return Usd.sum(side.costUsd)
        + (side.free == 0 ? "" : " (" + Numbers.count(side.free) + " were paid before)");
  }

  private static String tokens(Comparison.Side side) {
    return Numbers.count(side.usage.inputTokens())
        + " in, "
        + Numbers.count(side.usage.outputTokens())
        + " out";
  }

  private static String latency(Comparison.Side side) {
    return Numbers.count(side.latency.quantile(0.5))
        + ", "
        + Numbers.count(side.latency.quantile(0.95))
        + " ms";
  }

  static String share(@Nullable Share share) {
    return share == null
        ? "unknown"
        : String.format(
            Locale.ROOT,
            "%.1f%% (%.1f%% to %.1f%%)",
            100 * share.share(),
            100 * share.low(),
            100 * share.high());
  }
}
