package io.sluice.pipeline.report;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.DeadLetterRow;
import io.sluice.pipeline.output.ResultRow;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReportTest {
  @TempDir Path directory;

  private JobFiles job() throws IOException {
    return new JobFiles(directory);
  }

  private static ObjectNode label(int i) {
    ObjectNode row = JobFiles.answer("d" + i).put("output", i % 4 == 0 ? "praise" : "bug");
    row.putObject("document").put("text", "text of " + i);
    return row;
  }

  @Test
  void labels_allSections() throws IOException {
    String html =
        job()
            .write(JobFiles.summary("succeeded", 100, 2))
            .rows("results", () -> IntStream.range(0, 100).mapToObj(ReportTest::label).iterator())
            .rows(
                "dead-letter",
                List.of(JobFiles.dead("x", "refusal", "no"), JobFiles.dead("y", "new_kind", "?")))
            .ledger(JobFiles.RUN, 100)
            .report();
    assertThat(
        html,
        allOf(
            containsString("Of 102 documents, 100 were answered and 2 became dead letters"),
            containsString("in 2 min, for 0.500 USD (0.750 USD with the runs before it)."),
            containsString("<td class=\"n\">75</td><td class=\"n\">75.0 %</td>"),
            containsString("aria-label=\"requests a minute over the run"),
            containsString("aria-label=\"USD spent over the run"),
            containsString("aria-label=\"Answered calls by how long they took"),
            containsString("1.25 s"),
            containsString("The model declined"),
            containsString("A kind that this version does not know"),
            containsString("in.jsonl, row 7"),
            containsString("text of ")));
    assertThat(html, not(containsString("/data/")));
    assertThat("both charts of a place", count(html, "<svg") % 2, is(0));
    assertThat("ids are the page's", ids(html), is(ids(html).stream().distinct().toList()));
    assertThat("nothing is left beside it", temporaryFiles(), is(List.of()));
  }

  @Test
  void whatThePlotOfCostHasNoRoomFor_isSaid() throws IOException {
    ObjectNode summary = JobFiles.summary("succeeded", 100, 0);
    summary.put("estimatedCostUsd", new BigDecimal("1234.5"));
    String html =
        job()
            .write(summary)
            .rows("results", () -> IntStream.range(0, 100).mapToObj(ReportTest::label).iterator())
            .ledger(JobFiles.RUN, 100)
            .report();
    assertThat(
        html, containsString("Far above the plot: the estimate of at most 1,234.50 USD.</p>"));
  }

  private static int count(String html, String part) {
    return html.split(part, -1).length - 1;
  }

  private static List<String> ids(String html) {
    return Stream.of(html.split(" id=\"", -1))
        .skip(1)
        .map(s -> s.substring(0, s.indexOf('"')))
        .toList();
  }

  private List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(".sluice"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void json_fillRatesOfFields() throws IOException {
    String html =
        job()
            .write(JobFiles.summary("succeeded", 4, 0))
            .rows("results", () -> IntStream.range(0, 4).mapToObj(ReportTest::object).iterator())
            .report();
    assertThat(
        html,
        containsString("<code>who.name</code></td><td class=\"n\">3</td><td class=\"n\">75.0 %"));
    assertThat(html, containsString("<code>tags</code></td><td class=\"n\">0</td>"));
    assertThat(html, containsString("The ledger of this run was not found"));
    assertThat(html, containsString("output.includeDocument: true"));
  }

  private static ObjectNode object(int i) {
    ObjectNode row = JobFiles.answer("d" + i);
    ObjectNode output = row.putObject("output");
    output.putObject("who").put("name", i == 0 ? null : "Ann");
    output.putArray("tags");
    return row;
  }

  @Test
  void callsOfOtherRuns_areLeftOut() throws IOException {
    String html =
        job()
            .write(JobFiles.summary("succeeded", 0, 0))
            .ledger("20290101T000000_0000", 50)
            .report();
    assertThat(html, not(containsString("<svg")));
    assertThat(html, containsString("There were no documents to answer."));
  }

  @ParameterizedTest
  @CsvSource({
    "stoppedByBudget,Stopped at the budget",
    "stoppedByProvider,Stopped by the provider (unknown &lt;model&gt;)",
    "tooManyFailures,More documents failed than failure.maxRate allows",
    "failed,The job failed"
  })
  void states_haveTheirSentence(String state, String sentence) throws IOException {
    ObjectNode summary = JobFiles.summary(state, 1, 1).put("stopReason", "unknown <model>");
    assertThat(job().write(summary).report(), containsString(sentence));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<script>alert(1)</script>",
        "</style><script>alert(1)</script>",
        "</svg><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "{{{style}}}<iframe src=//x>",
        "a\u0000b\u001b[31mc\u202egnp.exe\u0085\ud800<script>"
      })
  void hostileText_isText(String text) throws IOException {
    ObjectNode labelled = JobFiles.answer(text).put("output", text);
    labelled.putObject("document").put(text, text);
    labelled.putObject("source").put("file", text);
    ObjectNode structured = JobFiles.answer(text);
    structured.putObject("output").put(text, text);
    ObjectNode dead = JobFiles.dead(text, text, text);
    dead.put("id", text);
    ObjectNode summary = JobFiles.summary("stoppedByProvider", 2, 1);
    summary.put("name", text).put("runner", text).put("stopReason", text);
    ((ObjectNode) summary.path("quota").path(0)).put("key", text);
    String html =
        job()
            .write(summary)
            .rows("results", List.of(labelled, structured))
            .rows("dead-letter", List.of(dead))
            .ledger(JobFiles.RUN, 100)
            .report();
    String lower = html.toLowerCase(java.util.Locale.ROOT);
    assertThat(lower, not(containsString("<script")));
    assertThat(lower, not(containsString("<img")));
    assertThat(lower, not(containsString("<iframe")));
    assertThat(count(lower, "</style"), is(1));
    assertThat(count(lower, "</svg"), is(count(lower, "<svg")));
    assertThat(html.codePoints().noneMatch(c -> c < 0x20 && c != '\n' && c != '\t'), is(true));
    assertThat(html, not(containsString("\u202e")));
    assertThat(html, containsString("default-src 'none'"));
  }

  @Test
  void longText_isCut() throws IOException {
    String text = "<b>" + "long ".repeat(200_000);
    ObjectNode row = JobFiles.answer(text).put("output", text);
    row.putObject("document").put("text", text);
    String html =
        job()
            .write(JobFiles.summary("succeeded", 1, 1))
            .rows("results", List.of(row))
            .rows("dead-letter", List.of(JobFiles.dead("d", "too_large", text)))
            .report();
    assertThat(html, containsString("… (1,000,003 characters)"));
    assertThat(html.length(), lessThan(400_000));
  }

  @Test
  void manyRows_areCountedInBoundedMemory() throws IOException {
    AnswerStats stats = new AnswerStats();
    for (int i = 0; i < 200_000; i++) {
      ObjectNode row = JobFiles.answer("d" + i);
      if (i % 2 == 0) {
        row.put("output", "answer " + i);
      } else {
        row.putObject("output").put("field" + i, i);
      }
      stats.add(Json.read(row.toString(), ResultRow.class));
    }
    assertThat(stats.answers, is(200_000L));
    assertThat(stats.texts.distinct(), is(500));
    assertThat(stats.fields.size(), is(100));
    assertThat(stats.examples().size(), is(10));
    DeadLetterStats dead = new DeadLetterStats();
    for (int i = 0; i < 1_000; i++) {
      dead.add(Json.read(JobFiles.dead("d", "kind" + i, "text").toString(), DeadLetterRow.class));
    }
    assertThat(dead.kinds().size(), lessThan(51));
  }

  @Test
  void sameFiles_sameReport() throws IOException {
    JobFiles job =
        job()
            .write(JobFiles.summary("succeeded", 1_000, 0))
            .rows("results", () -> IntStream.range(0, 1_000).mapToObj(ReportTest::label).iterator())
            .ledger(JobFiles.RUN, 100);
    assertThat(job.report(), is(job.report()));
  }
}
