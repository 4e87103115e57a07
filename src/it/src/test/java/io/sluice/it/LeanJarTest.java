package io.sluice.it;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** What is in the jar for clusters that have Flink, and what is not. */
class LeanJarTest {
  private static Path jar() {
    return Path.of(Objects.requireNonNull(System.getProperty("sluice.flink.jar")));
  }

  private static List<String> entries() throws IOException {
    try (JarFile jar = new JarFile(jar().toFile())) {
      return jar.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
    }
  }

  @Test
  void whatTheClusterBrings_isNotInIt() throws IOException {
    List<String> own =
        List.of(
            "org/apache/flink/",
            "org/slf4j/",
            "org/apache/log4j/",
            "org/apache/logging/",
            "ch/qos/logback/",
            "log4j",
            "logback",
            "simplelogger",
            "com/esotericsoftware/kryo/",
            "ai/onnxruntime/",
            "all-minilm",
            "org/apache/beam/runners/jobsubmission/",
            // Ours are beside it, by name as they must be.
            "org/apache/beam/runners/direct/Direct");

    assertThat(
        entries().stream().filter(entry -> own.stream().anyMatch(entry::startsWith)).toList(),
        is(empty()));
  }

  @Test
  void whatTheJobNeeds_isInIt() throws IOException {
    List<String> entries = entries();

    assertThat(entries, hasItem("io/sluice/pipeline/Main.class"));
    assertThat(entries, hasItem("org/apache/beam/runners/flink/FlinkRunner.class"));
    assertThat(
        entries, hasItem("META-INF/services/org.apache.beam.sdk.runners.PipelineRunnerRegistrar"));
    try (JarFile jar = new JarFile(jar().toFile())) {
      assertThat(
          jar.getManifest().getMainAttributes().getValue("Main-Class"),
          is("io.sluice.pipeline.Main"));
    }
    assertThat("about half of the whole one", Files.size(jar()), lessThan(135L << 20));
  }
}
