package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the guide shows is a task. */
class GuideTest {
  private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);

  @Test
  void everyProvidersSnippetIsValid() throws IOException, TaskFileException {
    String page = Files.readString(Path.of("../src/guide/providers.md"));
    List<String> snippets = snippets(page);
    assertThat(snippets.size(), greaterThanOrEqualTo(3));
    for (String snippet : snippets) {
      String prompt = snippet.contains("prompt:") ? "" : "prompt: {user: x}\n";
      TaskFile.parse("providers.md", "name: a\n" + prompt + snippet, name -> null);
    }
  }

  @Test
  void everyCompatibleServerHasAWholeTask() throws IOException, TaskFileException {
    List<Path> pages;
    try (Stream<Path> files = Files.list(Path.of("../src/guide/providers"))) {
      pages = files.sorted().toList();
    }
    assertThat(pages.size(), greaterThanOrEqualTo(5));
    for (Path page : pages) {
      List<String> tasks = snippets(Files.readString(page));
      assertThat(page.toString(), tasks, is(not(empty())));
      for (String task : tasks) {
        TaskFile.parse(page.toString(), task, name -> null);
      }
    }
  }

  private static List<String> snippets(String page) {
    return YAML.matcher(page).results().map((MatchResult m) -> m.group(1)).toList();
  }

  @Test
  void thePricesSnippetIsValid() throws IOException, TaskFileException {
    String page = Files.readString(Path.of("../src/guide/cost.md"));
    MatchResult snippet = YAML.matcher(page).results().findFirst().orElseThrow();
    JobTask task =
        TaskFile.parse("cost.md", "name: a\nprompt: {user: x}\n" + snippet.group(1), n -> null);
    assertThat(task.price(), notNullValue());
  }
}
