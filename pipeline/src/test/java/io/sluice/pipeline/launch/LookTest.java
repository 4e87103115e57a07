package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.show.CompareVerb;
import io.sluice.pipeline.show.ExportVerb;
import io.sluice.pipeline.show.ShowVerb;
import io.sluice.pipeline.show.TryVerb;
import io.sluice.pipeline.table.DuckDb;
import io.sluice.pipeline.words.Visible;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs that look at a job's answers: try, show, export and compare. */
class LookTest {
  private static final int DOCUMENTS = 40;

  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out =
      Visible.stream(new PrintStream(printed, true, StandardCharsets.UTF_8));
  private JobRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new JobRig(directory, "").documents(DOCUMENTS, DOCUMENTS);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private String printed() {
    out.flush();
    String text = printed.toString(StandardCharsets.UTF_8);
    printed.reset();
    return text;
  }

  private List<String> with(String... flags) {
    List<String> args = new ArrayList<>(List.of("--output=" + rig.out));
    args.addAll(Arrays.asList(flags));
    return args;
  }

  private int export(String... flags) throws IOException {
    return ExportVerb.run(with(flags), out, out);
  }

  private int show(String... flags) throws IOException {
    return ShowVerb.run(with(flags), out, out);
  }

  /** A job that was stopped before it put anything in place. */
  private void stopped() throws IOException {
    assertThat(rig.run(), is(0));
    StoredFiles.delete(StoredFiles.names(rig.out + "/results", "*"));
    StoredFiles.delete(StoredFiles.names(rig.out + "/dead-letter", "*"));
    Files.delete(rig.out.resolve("summary.json"));
  }

  /** Each file of the job with its content. */
  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(rig.out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(file.toString(), Files.readString(file));
      }
    }
    return files;
  }

  @Test
  void show_hasTheNewestAnswersWithTheirDocuments_beforeThereAreResults() throws IOException {
    stopped();
    Map<String, String> before = files();
    assertThat(show("-n", "3"), is(0));
    String text = printed();
    assertThat(text.split("USD", -1).length - 1, is(3));
    assertThat(text, allOf(containsString("text: number"), containsString("tenant: t")));
    assertThat(text, not(containsString("request ")));
    assertThat(show("--dead"), is(0));
    assertThat(printed(), containsString("Nothing has failed for good yet"));
    assertThat(files(), is(before));
  }

  @Test
  void show_saysWhatItCannotShow_andShowsTheRest() throws IOException {
    stopped();
    Files.delete(directory.resolve("documents.jsonl"));
    assertThat(show("-n", "1"), is(0));
    assertThat(
        printed(),
        allOf(
            containsString("Documents are not shown: its input"),
            containsString("give --input=PATTERN"),
            containsString("request ")));
  }

  @Test
  void show_makesHostileTextVisible() throws IOException {
    Files.writeString(
        directory.resolve("documents.jsonl"),
        "{\"id\":\"\\u001b[2Jx\",\"tenant\":\"t0\",\"text\":\"a bug \\u001b]0;t\\u0007 \\u202e\"}\n");
    stopped();
    assertThat(show(), is(0));
    String text = printed();
    assertThat(text.chars().anyMatch(c -> c == 0x1b || c == 7 || c == 0x202e), is(false));
    assertThat(text, containsString("a bug"));
  }

  @Test
  void show_followsToTheEnd() throws IOException {
    assertThat(rig.run(), is(0));
    assertThat(show("--follow", "-n", "100"), is(0));
    assertThat(printed().split("USD", -1).length - 1, is(DOCUMENTS));
  }

  @Test
  void show_hasTheDeadOnes() throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        Files.readString(task)
            .replace("labels: [bug, praise]", "labels: [neither, nor]")
            .replace("maxAttempts: 12", "maxAttempts: 2"));
    assertThat(rig.run(), is(4));
    assertThat(show("--dead", "-n", "2"), is(0));
    assertThat(printed(), allOf(containsString("invalid_output"), containsString("It said: ")));
    assertThat(show(), is(0));
    assertThat(printed(), containsString("no answer yet"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "csv", "parquet", "avro"})
  void export_writesTheAnswersSoFar(String format) throws IOException, SQLException {
    stopped();
    Map<String, String> before = files();
    Path file = directory.resolve("so-far." + format);
    assertThat(export("--to=" + file), is(0));
    assertThat(printed(), containsString("40 answers in " + file));
    assertThat(files(), is(before));
    if (!format.equals("avro")) {
      try (DuckDb duck = new DuckDb()) {
        assertThat(
            duck.rows(
                file,
                "SELECT count(DISTINCT id), count(DISTINCT output), sum(costUsd) > 0 FROM FILE"),
            is(List.of(List.of("40", "2", "true"))));
      }
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.filter(one -> one.getFileName().toString().startsWith(".")).count(), is(0L));
    }
  }

  @Test
  void export_ofRequestsThatAreTheSame_paysOnce() throws IOException, SQLException {
    rig.documents(DOCUMENTS, 2);
    stopped();
    Path file = directory.resolve("so-far.parquet");
    assertThat(export("--to=" + file), is(0));
    try (DuckDb duck = new DuckDb()) {
      assertThat(
          duck.rows(file, "SELECT count(*), count(*) FILTER (costUsd > 0) FROM FILE"),
          is(List.of(List.of("40", "2"))));
    }
  }

  @Test
  void export_ofATaskThatChanged_takesTheResults() throws IOException {
    assertThat(rig.run(), is(0));
    Path task = directory.resolve("task.yaml");
    Files.writeString(task, Files.readString(task).replace("Classify.", "Classify anew."));
    Path file = directory.resolve("all.jsonl");
    assertThat(export("--to=" + file), is(0));
    assertThat(printed(), containsString("40 answers"));
    assertThat(Files.readAllLines(file).size(), is(DOCUMENTS));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--to=x.orc | expected a name that ends in .jsonl",
        "--to=/nowhere/at/all/x.csv | there is no directory /nowhere/at/all",
        "--to=OUT/results/x.csv | among the job's own files",
        "-n | There is no flag -n",
      })
  void export_mistakesAreTold(String flag, String told) throws IOException {
    stopped();
    UsageException e =
        assertThrows(UsageException.class, () -> export(flag.replace("OUT", rig.out.toString())));
    assertThat(e.getMessage(), containsString(told));
  }

  @Test
  void aDirectoryWithoutAJob_isTold() throws IOException {
    Files.createDirectories(rig.out);
    assertThat(
        assertThrows(UsageException.class, () -> show()).getMessage(),
        containsString("holds no job"));
    assertThat(
        assertThrows(UsageException.class, () -> export("--to=" + directory.resolve("x.csv")))
            .getMessage(),
        containsString("holds no job"));
    assertThat(
        assertThrows(UsageException.class, () -> show("-n", "0")).getMessage(),
        containsString("-n: expected 1 to 10000"));
  }

  @Test
  void aTry_isFreeForTheRun() throws IOException {
    TryVerb verb = new TryVerb(out, out);
    assertThat(verb.run(rig.command("-n", "5")), is(0));
    String text = printed();
    assertThat(
        text,
        allOf(
            containsString("5 documents: 5 answered, 0 dead"),
            containsString("text: number"),
            containsString("run takes them from there")));
    assertThat(
        text.lines()
                .filter(line -> !line.startsWith("The answers"))
                .mapToInt(String::length)
                .max()
                .getAsInt()
            <= 80,
        is(true));
    assertThat(rig.books("billed"), is(5L));
    assertThat(verb.run(rig.command("-n", "5")), is(0));
    assertThat(rig.books("billed"), is(5L));
    assertThat(verb.run(rig.command("-n", "5", "--seed=2")), is(0));
    assertThat(rig.books("billed"), is(greaterThan(5L)));
    assertThat(rig.run(), is(0));
    assertThat(rig.books("billed"), is((long) DOCUMENTS));
    try (Stream<Path> left = Files.list(rig.out.resolve(".sluice"))) {
      assertThat(left.filter(one -> one.toString().contains("try-")).count(), is(0L));
    }
  }

  @Test
  void aTryWithoutADirectory_saysThatNothingIsKept() throws IOException {
    List<String> args = rig.command("-n", "2");
    args.removeIf(arg -> arg.startsWith("--output="));
    assertThat(new TryVerb(out, out).run(args), is(0));
    assertThat(printed(), containsString("The answers are not kept"));
    assertThat(
        assertThrows(UsageException.class, () -> new TryVerb(out, out).run(rig.command("-n", "0")))
            .getMessage(),
        containsString("-n: expected 1 to 100"));
  }

  /** A second output of the same documents, of another prompt. */
  private Path second(String labels) throws IOException {
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        Files.readString(task)
            .replace("Classify.", "Classify anew.")
            .replace("labels: [bug, praise]", "labels: " + labels));
    Path other = directory.resolve("other");
    assertThat(rig.run("--output=" + other), is(0));
    return other;
  }

  private int compare(String... args) throws IOException {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.add("--html=" + directory.resolve("compare.html"));
    return CompareVerb.run(all, out);
  }

  @Test
  void compare_saysHowManyAgree_andWhichDiffer() throws IOException {
    Path one = directory.resolve("one");
    Path two = directory.resolve("two");
    results(one, "bug", "bug", "praise", "<script>alert(1)</script>\u001b");
    results(two, "bug", "praise", "praise", "bug");
    assertThat(compare(one.toString(), two.toString()), is(0));
    String text = printed();
    assertThat(
        text,
        allOf(
            containsString("Answers                4 and 4, in both 4"),
            containsString("Agree                  50.0% (15.0% to 85.0%), 2 of 4"),
            containsString("Rows that differ, 2 of 2")));
    assertThat(text.indexOf('\u001b'), is(-1));
    String page = Files.readString(directory.resolve("compare.html"));
    assertThat(page, containsString("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assertThat(page, not(containsString("<script>")));
    // Answers are wrapped beside each other: in columns of a table a long one hid the other.
    assertThat(page, containsString("<div class=\"said\" data-label=\"B\">praise</div>"));
    assertThat(page, containsString(".sides { display: grid;"));
    assertThat(page.indexOf('\u001b'), is(-1));
    assertThat(compare(one.toString(), two.toString(), "--expected=right"), is(0));
    assertThat(
        printed(),
        allOf(
            containsString("A is right             75.0%"),
            containsString("B is right             75.0%"),
            containsString("expected: bug")));
  }

  /** A file that is named by mistake, such as the task, is not overwritten. */
  @Test
  void compare_aFileThatIsNoPage_isLeft() throws IOException {
    Path one = directory.resolve("one");
    results(one, "bug", "bug");
    Path page = Files.writeString(directory.resolve("compare.html"), "name: t");
    UsageException e =
        assertThrows(UsageException.class, () -> compare(one.toString(), one.toString()));
    assertThat(e.getMessage(), containsString(page + " is there, and is no page"));
    assertThat(Files.readString(page), is("name: t"));
    Files.writeString(page, "");
    assertThat(compare(one.toString(), one.toString()), is(0));
    assertThat(compare(one.toString(), one.toString()), is(0));
  }

  @Test
  void compare_countsWhatBothHave_andSaysWhatOneHasAlone() throws IOException {
    Path one = directory.resolve("one");
    Path two = directory.resolve("two");
    results(one, "bug", "bug", "praise", "bug");
    results(two, "bug");
    Path rows = two.resolve("results/results-00000.jsonl");
    String last = "{\"id\":\"d3\",\"output\":\"bug\",\"costUsd\":7,\"latencyMs\":9}";
    Files.write(rows, List.of(last, last, last.replace("d3", "d9")), StandardOpenOption.APPEND);
    Files.createDirectories(two.resolve("dead-letter"));
    Files.writeString(
        two.resolve("dead-letter/dead-letter-00000.jsonl"),
        "{\"id\":\"d1\",\"document\":{},\"error\":{\"kind\":\"refusal\"}}\n");
    assertThat(compare(one.toString(), two.toString(), "--expected=right"), is(0));
    String text = printed();
    assertThat(
        text,
        allOf(
            containsString("Answers                4 and 4, in both 1"),
            containsString("In one alone           2 in A (1 dead in B), 1 in B"),
            containsString("Left out               ids that come twice: 1 row too many"),
            containsString("Agree                  100.0% (20.7% to 100.0%), 1 of 1"),
            containsString("A is right             100.0% (20.7% to 100.0%), 1 of 1"),
            containsString("B is right             100.0% (20.7% to 100.0%), 1 of 1"),
            containsString("Cost of these          0.500 USD and 0.500 USD")));
    assertThat(text.lines().skip(2).mapToInt(String::length).max().getAsInt() <= 80, is(true));
  }

  /** An output whose documents d0, d1, … have these answers; the right ones stand in documents. */
  private static void results(Path output, String... answers) throws IOException {
    Files.createDirectories(output.resolve("results"));
    List<String> right = List.of("bug", "bug", "praise", "bug");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      lines.add(
          JobRig.JSON
              .createObjectNode()
              .put("id", "d" + i)
              .put("output", answers[i])
              .put("costUsd", 0.5)
              .put("latencyMs", 100)
              .set("document", JobRig.JSON.createObjectNode().put("right", right.get(i)))
              .toString());
    }
    Files.write(output.resolve("results/results-00000.jsonl"), lines);
  }

  @Test
  void compare_takesWhatIsRightFromTheInput_whateverTheFormats() throws IOException {
    assertThat(rig.run("--outputFormat=parquet"), is(0));
    Path other = second("[bug, praise]");
    assertThat(compare(rig.out.toString(), other.toString(), "--expected=tenant"), is(0));
    assertThat(
        printed(),
        allOf(
            containsString("in both 40"), containsString("A is right             0.0% (0.0% to")));
  }

  @Test
  void compare_mistakesAreTold() throws IOException {
    Path one = directory.resolve("one");
    Path two = directory.resolve("two");
    results(one, "bug");
    Files.createDirectories(two.resolve("results"));
    Files.writeString(two.resolve("results/results-00000.jsonl"), "");
    assertThat(mistake(one.toString()), containsString("two output directories, got 1"));
    assertThat(mistake(one.toString(), "nowhere"), containsString("There is no directory"));
    assertThat(mistake(one.toString(), directory.toString()), containsString("holds no job"));
    assertThat(mistake(one.toString(), two.toString()), containsString("no id is in both"));
    assertThat(
        mistake(one.toString(), one.toString(), "--expected=x"),
        containsString("no document has a field 'x'"));
  }

  private String mistake(String... args) {
    return String.valueOf(assertThrows(UsageException.class, () -> compare(args)).getMessage());
  }
}
