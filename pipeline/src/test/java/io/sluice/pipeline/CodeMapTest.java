package io.sluice.pipeline;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The map of the code shows the code that is there. */
class CodeMapTest {
  private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z][A-Za-z]+)(?:\\.[a-zA-Z]+)?`");

  /** Beam's own. */
  private static final Set<String> OTHERS = Set.of("GroupIntoBatches");

  private static List<Path> sources(String module) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", module, "src"))) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  private static String text() throws IOException {
    return String.join("\n", GuidePage.of("code-map.md").lines());
  }

  @Test
  void everyClassThatItNames_isThere() throws IOException {
    Set<String> classes = new TreeSet<>(OTHERS);
    for (String module : List.of("transforms", "pipeline", "simulate")) {
      for (Path file : sources(module)) {
        classes.add(file.getFileName().toString().replace(".java", ""));
      }
    }
    List<String> named = new ArrayList<>();
    Matcher matcher = CLASS.matcher(text());
    while (matcher.find()) {
      named.add(matcher.group(1));
    }
    assertThat(named, hasSize(greaterThan(40)));
    named.removeAll(classes);
    assertThat(named, is(empty()));
  }

  @Test
  void everyPackage_isOnIt() throws IOException {
    String text = text();
    List<String> missing = new ArrayList<>();
    for (String name : packages("transforms", "io/sluice")) {
      if (!name.startsWith("internal.provider.") && !text.contains("`" + name + "`")) {
        missing.add(name);
      }
    }
    for (String name : packages("pipeline", "io/sluice/pipeline")) {
      if (!text.contains("`" + name.substring(name.lastIndexOf('.') + 1) + "`")) {
        missing.add("pipeline." + name);
      }
    }
    assertThat(missing, is(empty()));
  }

  private static Set<String> packages(String module, String root) throws IOException {
    Path base = Path.of("..", module, "src/main/java", root);
    return sources(module).stream()
        .map(Path::getParent)
        .filter(directory -> directory.startsWith(base) && !directory.equals(base))
        .map(directory -> base.relativize(directory).toString().replace('/', '.'))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
