package io.sluice.pipeline.task;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.sluice.pipeline.GuidePage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The guide's page of the task file: every field of the code, no other, and true defaults. */
class TaskPageTest {
  private static final Pattern LITERAL = Pattern.compile("`([^`]+)`");

  /** The shortest task in which a field may be set, by the section or field it needs. */
  private static String base(String path) {
    String task = "name: a\nmodel: m\nprompt: {user: x}\n";
    if (path.startsWith("batch.")) {
      return task + "provider: {mode: batch}\n";
    }
    if (path.startsWith("cascade.")) {
      return task + "output: {type: label, labels: [a, b]}\ncascade: {}\n";
    }
    return switch (path) {
      case "provider.deadline" -> task + "provider: {mode: auto}\n";
      case "prompt.overlap", "prompt.merge" ->
          "name: a\nmodel: m\nprompt: {user: \"{{text}}\", tooLong: split, maxTokens: 999}\n";
      default -> task;
    };
  }

  private static List<List<String>> rows() throws IOException {
    return GuidePage.of("task.md").rows("field");
  }

  @Test
  void theFieldsOfThePage_areThoseOfTheCode() throws IOException {
    SortedSet<String> onPage = new TreeSet<>();
    for (List<String> row : rows()) {
      onPage.add(GuidePage.name(row.get(0)));
    }
    assertThat(onPage, is(TaskFile.fieldPaths()));
  }

  @Test
  void everyFieldHasTypeDefaultAndPlace() throws IOException {
    for (List<String> row : rows()) {
      assertThat("cells of " + row, row.size(), is(4));
      assertThat("the type of " + row, row.get(1), is(not("")));
      assertThat("the default of " + row, row.get(2), is(not("")));
    }
  }

  @Test
  void aDefaultThatIsGiven_changesNothing() throws Exception {
    List<String> checked = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    for (List<String> row : rows()) {
      String path = GuidePage.name(row.get(0));
      Matcher literal = LITERAL.matcher(row.get(2));
      if (!literal.matches()) {
        continue;
      }
      checked.add(path);
      String base = base(path);
      if (!parse(with(base, path, literal.group(1))).equals(parse(base))) {
        wrong.add(path + " " + literal.group(1));
      }
    }
    assertThat(wrong, is(empty()));
    assertThat(checked.size(), greaterThan(20));
  }

  /** What a task says, wherever in its file. */
  private static JobTask parse(String yaml) throws TaskFileException {
    JobTask job = TaskFile.parse("task.yaml", yaml, name -> null);
    return new JobTask(
        job.task(),
        job.fields(),
        job.caps(),
        job.maxFailureRate(),
        job.outputFormat(),
        job.table(),
        job.price(),
        job.autoDeadline(),
        new Places("task.yaml", Map.of()));
  }

  /** A task with one more field, in its section if that is there. */
  private static String with(String base, String path, String value) {
    int dot = path.indexOf('.');
    if (dot < 0) {
      return base + path + ": " + value + "\n";
    }
    String section = path.substring(0, dot) + ": {";
    String field = path.substring(dot + 1) + ": " + value;
    return base.contains(section)
        ? base.replace(section, section + field + ", ")
        : base + section + field + "}\n";
  }
}
