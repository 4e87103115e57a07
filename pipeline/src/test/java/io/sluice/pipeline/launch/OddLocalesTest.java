package io.sluice.pipeline.launch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where an i has no dot when it is large, and where numbers have other digits: a job writes and
 * says what it does anywhere. In a JVM of its own each, as the locale of one is that of all its
 * threads.
 */
class OddLocalesTest {
  @TempDir Path directory;

  private static String classPath() {
    // Surefire's own is a jar that names the others.
    String surefire = System.getProperty("surefire.test.class.path");
    return surefire == null ? System.getProperty("java.class.path") : surefire;
  }

  private String run(Path printed, List<String> locale, List<String> flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(locale);
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"));
    command.addAll(List.of("-cp", classPath(), "io.sluice.pipeline.Main", "run"));
    command.addAll(flags);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    int code = process.waitFor();
    String said = Files.readString(printed, StandardCharsets.UTF_8);
    assertThat(said, code, is(0));
    return said;
  }

  /** Names of files, and rows without what differs from run to run. */
  private static Map<String, Set<String>> outputs(Path out) throws IOException {
    Map<String, Set<String>> outputs = new TreeMap<>();
    for (String kind : List.of("results", "dead-letter")) {
      try (Stream<Path> files = Files.list(out.resolve(kind))) {
        files.forEach(
            file -> {
              try {
                Set<String> rows = new TreeSet<>();
                for (String line : Files.readAllLines(file)) {
                  rows.add(line.replaceAll("\"latencyMs\":\\d+", ""));
                }
                outputs.put(kind + "/" + file.getFileName(), rows);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
      }
    }
    return outputs;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Duser.language=tr -Duser.country=TR",
        "-Duser.language=th -Duser.country=TH -Duser.variant=TH",
      })
  void aJob_writesTheSameAnywhere(String locale) throws Exception {
    Path input = directory.resolve("TITLES.CSV");
    Files.writeString(
        input,
        "ID,Title,tenant\n1,INVOICE is wrong 12500000.50,t0\n2,\u0130stanbul \u0131,t1\n3,,\n",
        StandardCharsets.UTF_8);
    try (JobRig rig = new JobRig(directory, "")) {
      Path task = directory.resolve("task.yaml");
      Files.writeString(
          task,
          Files.readString(task)
              .replace("{{text}}", "{{Title}}")
              .replace("document: {", "document: {id: ID, "));
      List<String> flags =
          List.of(
              "--task=" + task,
              "--input=" + input,
              "--inputFormat=CSV",
              "--outputFormat=JSONL",
              "--runner=DIRECT",
              "--max-failure-rate=0.5");
      Map<String, Set<String>> expected = null;
      for (List<String> in :
          List.of(
              List.of("-Duser.language=en", "-Duser.country=US"),
              Arrays.asList(locale.split(" ")))) {
        Path out = directory.resolve("out" + (expected == null ? "" : "-odd"));
        List<String> own = new ArrayList<>(flags);
        own.add("--output=" + out);
        String said = run(directory.resolve("said"), in, own);
        assertThat(said, matchesPattern("[\\x00-\\x7F\u2026\u2013]*"));
        assertThat(Files.readString(out.resolve("summary.json")), matchesPattern("[\\x00-\\x7F]*"));
        if (expected == null) {
          expected = outputs(out);
        } else {
          assertThat(outputs(out), is(expected));
        }
      }
    }
  }
}
