package io.sluice.internal.prepare;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import io.sluice.Cascade;
import io.sluice.ModelTask;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.Step;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CascadeNumbersTest {
  private static final ModelTask TASK =
      ModelTask.of(
              "job",
              new Provider("openai", "http://localhost:1/v1", KeySource.NONE),
              "m",
              new Prompt(null, "{{text}}"))
          .withOutput(Output.ofLabels("a", "b"))
          .withCascade(Cascade.DEFAULT);

  private static List<String> problems(ModelTask task) {
    return CascadeNumbers.validate(task);
  }

  @Test
  void labels_areFine_andNoCascadeIs() {
    assertThat(problems(TASK), is(empty()));
    assertThat(problems(TASK.withCascade(null).withOutput(Output.TEXT)), is(empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"boolean\"}}}",
        "{\"type\":\"object\",\"properties\":{\"x\":{\"enum\":[\"a\",\"b\"]}}}",
      })
  void oneFieldThatIsALabel_isFine(String schema) {
    assertThat(problems(TASK.withOutput(Output.ofJson(schema))), is(empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"boolean\"},\"y\":{\"type\":\"boolean\"}}}",
        "{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\"}}}",
        "{\"type\":\"object\"}",
      })
  void otherSchemas_areRefused(String schema) {
    assertThat(
        problems(TASK.withOutput(Output.ofJson(schema))),
        contains(containsString("one field that is a boolean or has an enum")));
  }

  @Test
  void whatHasNoLabels_isRefused() {
    assertThat(problems(TASK.withOutput(Output.TEXT)), contains(containsString("this is text")));
    assertThat(
        problems(TASK.withOperation(Operation.EMBED)), contains(containsString("embeddings")));
    assertThat(
        problems(TASK.withSteps(new Step("s", new Prompt(null, "{{text}}"), Output.ofLabels("a")))),
        contains(containsString("steps")));
    assertThat(
        problems(TASK.withProvider(Provider.LOCAL)), contains(containsString("this process")));
  }

  @Test
  void numbersOutOfRange_areAllNamed() {
    Cascade wrong = new Cascade(1, 0.2, 10, 0, Cascade.Of.ALL, true);
    assertThat(problems(TASK.withCascade(wrong)), hasSize(4));
  }
}
