package io.sluice.pipeline.cli;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.pipeline.GuidePage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The guide's page of flags is the help pages. Where it is not, the failure shows the table. */
class FlagsPageTest {
  private static final Pattern FLAG = Pattern.compile("(?: {6}|  -\\w, )(--\\S+)(.*)");

  /** The flags of a verb's help page, as rows of a table. */
  private static String table(String verb) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    assertThat(Verbs.run(List.of(verb, "--help"), out, out), is(0));
    List<String> rows = new ArrayList<>();
    for (String line : printed.toString(StandardCharsets.UTF_8).split("\n", -1)) {
      Matcher flag = FLAG.matcher(line);
      if (flag.matches()) {
        rows.add("| `" + flag.group(1) + "` | " + flag.group(2).strip());
      } else if (!rows.isEmpty() && line.startsWith(" ".repeat(8))) {
        int last = rows.size() - 1;
        rows.set(last, rows.get(last) + " " + line.strip());
      } else if (!rows.isEmpty()) {
        break;
      }
    }
    rows.replaceAll(row -> row.replace("|  ", "| ") + " |");
    return "| flag | meaning |\n|---|---|\n" + String.join("\n", rows) + "\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "estimate",
        "try",
        "status",
        "show",
        "export",
        "compare",
        "report",
        "cancel",
        "simulate"
      })
  void thePageSaysWhatTheHelpSays(String verb) throws IOException {
    List<String> lines = GuidePage.of("flags.md").section("## " + verb).lines();
    String page =
        String.join("\n", lines.stream().filter(line -> line.startsWith("|")).toList()) + "\n";
    assertThat(page, is(table(verb)));
  }
}
