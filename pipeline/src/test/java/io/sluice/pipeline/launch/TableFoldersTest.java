package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.pipeline.flags.UsageException;
import io.sluice.pipeline.input.InputFile;
import io.sluice.pipeline.input.InputFiles;
import io.sluice.pipeline.input.InputFormat;
import io.sluice.pipeline.input.files.TableFolders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that lie in the folder of a table need not be rows that the table has. */
class TableFoldersTest {
  private static final String DELTA = "_delta_log/00000000000000000000.json";
  private static final String OLD_DELTA = "_delta_log/_last_checkpoint";
  private static final String ICEBERG =
      "metadata/00002-6f3a1c52-0f0b-4d5e-9a3e-1b2c3d4e5f60.metadata.json";

  @TempDir Path temporary;
  private Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  @BeforeEach
  void link() throws IOException {
    directory = temporary.toRealPath();
  }

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = directory.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "id,text\n1,a\n");
    }
  }

  /** What is told on the disk, and that it is the same in a store. */
  private String told(String... patterns) {
    List<String> both = new ArrayList<>();
    for (String root : List.of(directory.toString(), FaultyFileSystem.name(directory))) {
      List<String> globs = Arrays.stream(patterns).map(one -> root + "/" + one).toList();
      List<String> names =
          new InputFiles(String.join(",", globs), InputFormat.CSV)
              .list().stream().map(InputFile::name).toList();
      String told = TableFolders.told(names, globs);
      both.add(told == null ? "" : told.replace(root, "ROOT"));
    }
    assertThat(both.get(1), is(both.get(0)));
    return both.get(0);
  }

  @ParameterizedTest
  @CsvSource({
    DELTA + ",part-0.csv,**,Delta",
    DELTA + ",part-0.csv,*.csv,Delta",
    OLD_DELTA + ",day=1/hour=2/part-0.csv,day=1/*/*.csv,Delta",
    ICEBERG + ",data/a.csv,data/**,Iceberg",
    "metadata/v12.metadata.json,data/day=1/a.csv,**.csv,Iceberg",
    ".hoodie/hoodie.properties,day=1/a.csv,**,Hudi",
  })
  void aTable_isTold(String log, String file, String pattern, String kind) throws IOException {
    files("lake/t/" + log, "lake/t/" + file, "lake/other/b.csv");
    assertThat(
        told("lake/t/" + pattern),
        allOf(
            startsWith("ROOT/lake/t is a"),
            containsString(kind + " table"),
            containsString("--tableFiles")));
    assertThat(told("lake/**.csv"), startsWith("ROOT/lake/t is a"));
    assertThat(told("lake/other/*.csv"), is(""));
  }

  @Test
  void filesThatAreNamedOneByOne_areMeant() throws IOException {
    files("t/" + DELTA, "t/part-0.csv", "t/part-1.csv");
    assertThat(told("t/part-0.csv"), is(""));
    assertThat(told("t/part-0.csv", "t/part-1.csv"), is(""));
    assertThat(told("t/part-0.csv", "t/*-1.csv"), containsString("Delta"));
    assertThat(told("t/_delta_log/*.json"), is(""));
  }

  @Test
  void whatOnlyLooksLikeALog_isNone() throws IOException {
    files(
        "a/metadata/a.csv.metadata.json",
        "a/metadata/00001.metadata.json",
        "a/_delta_log/notes.txt",
        "a/.hoodie/notes.txt",
        "a/a.csv");
    assertThat(told("a/*.csv"), is(""));
  }

  @Test
  void aStoreThatCannotBeAsked_isNoReasonToStop() {
    assertThat(
        TableFolders.told(List.of("nosuch://bucket/t/a.csv"), List.of("nosuch://bucket/t/*")),
        is(nullValue()));
  }

  @Test
  void theCommandEndsBeforeAnythingIsSent_unlessTheFilesAreMeant() throws IOException {
    files("t/" + DELTA, "t/part-0.csv", "t/part-1.csv");
    Path task = directory.resolve("task.yaml");
    Files.writeString(
        task,
        """
        name: tables
        provider: {kind: openai, baseUrl: "http://127.0.0.1:9/v1", apiKeyEnv: PATH}
        model: small
        prompt: {user: "{{text}}"}
        document: {id: id}
        """);
    UsageException e = assertThrows(UsageException.class, () -> dry(task));
    assertThat(e.getMessage(), startsWith("--input: " + directory + "/t is a Delta table"));
    assertThat(dry(task, "--tableFiles"), not(containsString("Delta")));
    assertThat(dry(task, "--tableFiles"), containsString("2 documents in 2 files"));
  }

  private String dry(Path task, String... more) throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    List<String> args =
        new ArrayList<>(
            List.of(
                "--task=" + task,
                "--input=" + directory + "/t/*.csv",
                "--output=" + directory.resolve("out"),
                "--dryRun=offline"));
    args.addAll(List.of(more));
    new Run(out, out).run(args);
    return printed.toString(StandardCharsets.UTF_8);
  }
}
