package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.store.StoredFiles;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories whose names would be patterns elsewhere: beside what those patterns match. */
class OddNamesTest {
  @TempDir Path directory;

  @BeforeAll
  static void registerFileSystems() {
    Pipeline.create(PipelineOptionsFactory.create());
  }

  /** All names that a pattern may have a meaning for, each with a name that it matches. */
  private static final Map<String, String> ODD =
      Map.of(
          "run[1]", "run1",
          "run{1,2}", "run2",
          "run*", "run12",
          "run?", "runX",
          "run\\[1\\]", "run[1]",
          "run[!a]", "runb",
          "**", "deep");

  private String name(String scheme, Path path) {
    return scheme.equals("faulty") ? FaultyFileSystem.name(path) : path.toString();
  }

  private static void file(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, file.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "faulty"})
  void onlyWhatLiesUnderADirectory_isListedReadAndDeleted(String scheme) throws IOException {
    for (Map.Entry<String, String> odd : ODD.entrySet()) {
      Path root = directory.resolve(odd.getKey().replaceAll("\\W", "_") + odd.hashCode());
      Path mine = root.resolve(odd.getKey());
      Path other = root.resolve(odd.getValue());
      file(mine.resolve("a.json"));
      file(mine.resolve("deep/b.json"));
      file(other.resolve("a.json"));
      file(other.resolve("c.json"));
      file(other.resolve("deep/b.json"));
      String at = name(scheme, mine);
      assertThat(names(at, "*"), contains(at + "/a.json"));
      assertThat(names(at + "/", "*.json"), contains(at + "/a.json"));
      assertThat(names(at, "**"), containsInAnyOrder(at + "/a.json", at + "/deep/b.json"));
      assertThat(names(at, "de*/*.json"), contains(at + "/deep/b.json"));
      assertThat(names(at + "/nothing", "**"), empty());
      assertThat(StoredFiles.read(at + "/c.json"), is(nullValue()));
      assertThat(new String(read(at + "/a.json")), is(mine.resolve("a.json").toString()));

      StoredFiles.deleteNamed(List.of(at + "/a.json", at + "/c.json", at + "/never.json"));
      StoredFiles.delete(StoredFiles.names(at, "**"));
      assertThat(names(at, "**"), empty());
      assertThat(names(name(scheme, other), "**").size(), is(3));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "faulty"})
  void whatIsWrittenWhole_isThere(String scheme) throws IOException {
    for (String odd : ODD.keySet()) {
      String at = name(scheme, directory.resolve(odd));
      OutputPaths.writeWhole(at + "/x", at + "/x.tmp", "text/plain", new byte[] {1});
      assertThat(odd, StoredFiles.read(at + "/x"), is(notNullValue()));
      assertThat(odd, names(at, "*"), contains(at + "/x"));
    }
  }

  @Test
  void aLinkedDirectory_isListedUnderItsOwnName_andLinksInItAreNotFollowed() throws IOException {
    file(directory.resolve("real/part-1/a.jsonl"));
    file(directory.resolve("elsewhere/b.jsonl"));
    Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));
    Files.createSymbolicLink(directory.resolve("real/part-2"), directory.resolve("elsewhere"));
    String at = directory.resolve("link").toString();
    assertThat(names(at, "**/*.jsonl"), contains(at + "/part-1/a.jsonl"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"run[1]|local", "out {a,b}|local", "o*t|faulty"})
  void anOutput_findsItsLedger_andLeavesItsNeighboursAlone(String odd, String scheme)
      throws IOException {
    try (JobRig rig = new JobRig(directory, "").documents(12, 12)) {
      Map<String, String> neighbours = new TreeMap<>();
      for (String plain : List.of("run1", "out a", "out b", "oat", "wet")) {
        for (String file : List.of("results/results-00000.jsonl", "report.html", "summary.json")) {
          file(directory.resolve(plain).resolve(file));
        }
        file(directory.resolve(plain).resolve("ledger/part-01/x.jsonl"));
      }
      contents(neighbours);
      String output = "--output=" + name(scheme, directory.resolve(odd));
      assertThat(rig.run(output), is(0));
      assertThat(rig.run(output, "--outputFormat=parquet"), is(0));
      assertThat(rig.run(output), is(0));
      assertThat("asked once", rig.books("billed"), is(12L));
      assertThat(
          LedgerScan.segments(name(scheme, directory.resolve(odd)) + "/ledger").isEmpty(),
          is(false));
      assertThat(list(directory.resolve(odd).resolve("results")), contains("results-00000.jsonl"));
      try (Stream<Path> left = Files.walk(directory.resolve(odd).resolve(".sluice"))) {
        assertThat(left.filter(file -> file.toString().contains("/results/")).toList(), empty());
      }
      Map<String, String> after = new TreeMap<>();
      contents(after);
      assertThat(after, is(neighbours));
      assertThat(neighbours, aMapWithSize(20));
    }
  }

  private void contents(Map<String, String> to) throws IOException {
    for (String plain : List.of("run1", "out a", "out b", "oat", "wet")) {
      try (Stream<Path> files = Files.walk(directory.resolve(plain))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          to.put(file.toString(), Files.readString(file));
        }
      }
    }
  }

  private static List<String> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static byte[] read(String name) throws IOException {
    byte[] content = StoredFiles.read(name);
    assertThat(name, content, is(notNullValue()));
    return content == null ? new byte[0] : content;
  }

  private static List<String> names(String at, String pattern) throws IOException {
    List<String> names = new ArrayList<>();
    StoredFiles.names(at, pattern).forEach(file -> names.add(file.toString()));
    return names;
  }
}
