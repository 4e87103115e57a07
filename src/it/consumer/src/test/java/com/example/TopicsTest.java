package com.example;

import static io.sluice.testing.SluiceMatchers.answerTo;
import static io.sluice.testing.SluiceMatchers.deadLetterOf;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.AskModel;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.testing.FakeModel;
import java.nio.file.Path;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopicsTest {
  private static final ModelTask.Prompt PROMPT = new ModelTask.Prompt(null, "{{text}}");

  private static AskModel.Result ask(Pipeline pipeline, AskModel how) {
    return pipeline
        .apply(
            Create.of(
                Document.ofText("1", "My parcel is late"), Document.ofText("2", "What a mess")))
        .apply(how);
  }

  @Test
  void answersAreHeldAgainstASchema_andKept(@TempDir Path directory) {
    try (FakeModel model =
        FakeModel.answering(
            prompt -> prompt.contains("late") ? "{\"topic\": \"delivery\"}" : "{\"topic\": 7}")) {
      ModelTask task =
          ModelTask.of("topics", model.provider(), "any", PROMPT)
              .withOutput(
                  ModelTask.Output.ofJson(
                      "{\"type\": \"object\", \"properties\": {\"topic\": {\"type\": \"string\"}}}"));
      Pipeline pipeline = Pipeline.create();
      AskModel.Result result =
          ask(pipeline, AskModel.of(task).withLedger(directory.resolve("ledger").toString()));
      PAssert.that(result.getAnswers())
          .satisfies(
              answers -> {
                assertThat(answers, contains(answerTo("1", containsString("delivery"))));
                return null;
              });
      PAssert.that(result.getDeadLetters())
          .satisfies(
              letters -> {
                assertThat(letters, contains(deadLetterOf("2", ErrorKind.INVALID_OUTPUT)));
                return null;
              });
      pipeline.run().waitUntilFinish();
    }
  }

  @Test
  void theModelInProcessIsAnArtifactOfItsOwn() {
    ModelTask task =
        ModelTask.of("topics", ModelTask.Provider.LOCAL, "all-minilm-l6-v2-q", PROMPT)
            .withOutput(ModelTask.Output.ofLabels("delivery", "praise"));
    Pipeline pipeline = Pipeline.create();
    assertThat(
        assertThrows(
                IllegalArgumentException.class, () -> ask(pipeline, AskModel.of(task)))
            .getMessage(),
        containsString("sluice-local"));
  }
}
