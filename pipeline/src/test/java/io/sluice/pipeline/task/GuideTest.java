package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import io.sluice.pipeline.GuidePage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the guide shows as a task, whole or in part, is one. */
class GuideTest {
  /** What a part of a task leaves to the reader. */
  private static final Map<String, String> REST =
      Map.of("name", "a", "model", "gpt-4o-mini", "prompt", "{user: \"{{text}}\"}");

  /** Steps have prompts of their own. */
  private static JobTask parse(String name, String part) throws TaskFileException {
    StringBuilder task = new StringBuilder(part);
    REST.forEach(
        (field, value) -> {
          boolean isOfSteps = field.equals("prompt") && part.contains("\nsteps:");
          if (!isOfSteps && !part.startsWith(field + ":") && !part.contains("\n" + field + ":")) {
            task.append(field).append(": ").append(value).append('\n');
          }
        });
    return TaskFile.parse(name, task.toString(), variable -> "x");
  }

  @Test
  void everyTaskIsValid() throws IOException {
    List<String> wrong = new ArrayList<>();
    int tasks = 0;
    for (GuidePage page : GuidePage.all()) {
      for (GuidePage.Block block : page.blocks()) {
        if (block.language().equals("yaml") && block.note().isEmpty()) {
          tasks++;
          try {
            parse(page.name() + ":" + block.line(), block.text());
          } catch (TaskFileException e) {
            wrong.add(e.getMessage());
          }
        }
      }
    }
    assertThat(wrong, is(empty()));
    assertThat(tasks, greaterThanOrEqualTo(12));
  }

  @Test
  void thePriceIsOne() throws IOException, TaskFileException {
    GuidePage.Block price =
        GuidePage.of("cost.md").blocks().stream()
            .filter(block -> block.language().equals("yaml"))
            .findFirst()
            .orElseThrow();
    assertThat(parse("cost.md", price.text()).price(), notNullValue());
  }
}
