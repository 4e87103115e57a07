package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.notNullValue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the guide shows is a task. */
class GuideTest {
  private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);

  @Test
  void everyProvidersSnippetIsValid() throws IOException, TaskFileException {
    String page = Files.readString(Path.of("../src/guide/providers.md"));
    List<String> snippets =
        YAML.matcher(page).results().map((MatchResult m) -> m.group(1)).toList();
    assertThat(snippets.size(), greaterThanOrEqualTo(7));
    for (String snippet : snippets) {
      TaskFile.parse("providers.md", "name: a\nprompt: {user: x}\n" + snippet, name -> null);
    }
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
