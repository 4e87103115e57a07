package io.sluice.example;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TicketTopicsTest {
  @TempDir Path directory;

  @Test
  void itCountsTopics() throws IOException {
    Files.write(
        directory.resolve("tickets.txt"),
        List.of(
            "My parcel has not arrived yet, where is it?",
            "The courier left the package at the wrong house",
            "My card was charged twice",
            "My card was charged twice"));
    TicketTopics.main(
        new String[] {
          "--input=" + directory.resolve("tickets.txt"), "--output=" + directory.resolve("out")
        });
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory.resolve("out"))) {
      for (Path file : files.filter(name -> name.toString().endsWith(".csv")).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    assertThat(lines, containsInAnyOrder("\"delivery\",2", "\"payment\",1"));
  }

  @Test
  void theGuideShowsThisPipeline() throws IOException {
    String source = Files.readString(Path.of("src/main/java/io/sluice/example/TicketTopics.java"));
    String example =
        source
            .substring(source.indexOf("// example\n") + 11, source.indexOf("    // end\n"))
            .lines()
            .map(line -> line.isEmpty() ? line : line.substring(4))
            .collect(Collectors.joining("\n"));
    assertThat(Files.readString(Path.of("../../guide/library.md")), containsString(example));
  }
}
