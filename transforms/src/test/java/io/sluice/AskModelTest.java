package io.sluice;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.junit.jupiter.api.Test;

class AskModelTest {

  private static PCollection<Document> documents(Pipeline pipeline) {
    return pipeline.apply(
        Create.of(
                new Document(
                    "1", null, "{\"text\": \"The striker scored twice\"}", new Source("f", 1)),
                new Document(
                    "2", null, "{\"text\": \"Shares fell on Monday\"}", new Source("f", 2)),
                new Document("3", null, "{\"no\": \"text\"}", new Source("f", 3)))
            .withCoder(DocumentCoder.of()));
  }

  @Test
  void aPipelineOfSomeoneElse_getsAnswersAndDeadLetters() {
    ModelTask task =
        ModelTask.of(
                "topics",
                new ModelTask.Provider("local", "", ModelTask.KeySource.NONE),
                "all-minilm-l6-v2-q",
                new ModelTask.Prompt(null, "{{text}}"))
            .withOutput(
                new ModelTask.Output(
                    ModelTask.OutputType.LABEL, List.of("sports", "business"), null, false));
    Pipeline pipeline = Pipeline.create();
    AskModel.Result result = documents(pipeline).apply(AskModel.of(task));
    PCollection<String> labels =
        result
            .getAnswers()
            .apply(
                MapElements.into(TypeDescriptors.strings())
                    .via(answer -> answer.document().id() + answer.outputJson()));
    PAssert.that(labels).containsInAnyOrder("1\"sports\"", "2\"business\"");
    PCollection<String> dead =
        result
            .getDeadLetters()
            .apply(
                MapElements.into(TypeDescriptors.strings())
                    .via(letter -> letter.document().id() + letter.kind()));
    PAssert.that(dead).containsInAnyOrder("3" + ErrorKind.BAD_PROMPT);
    pipeline.run().waitUntilFinish();
  }

  /** The example of the class's Javadoc, as it is there. */
  private static AskModel.Result example(PCollection<Document> documents) {
    // example
    ModelTask task =
        ModelTask.of(
                "ticket-topics",
                ModelTask.Provider.of("openai"),
                "gpt-4o-mini",
                new ModelTask.Prompt("Classify the ticket.", "{{text}}"))
            .withParameters("{\"max_tokens\": 20}");
    AskModel.Result result = documents.apply(AskModel.of(task).withLedger("/data/ledger"));
    PCollection<Answer> answers = result.getAnswers();
    PCollection<DeadLetter> deadLetters = result.getDeadLetters();
    // end
    assertThat(answers.getPipeline(), org.hamcrest.Matchers.is(deadLetters.getPipeline()));
    return result;
  }

  @Test
  void theExampleOfTheJavadoc_isThisOneAndCanBeBuilt() throws IOException {
    example(documents(Pipeline.create()));
    String here = Files.readString(Path.of("src/test/java/io/sluice/AskModelTest.java"));
    String code =
        here.substring(here.indexOf("// example\n") + 11, here.indexOf("    // end\n"))
            .lines()
            .map(line -> " * " + line.substring(4))
            .collect(Collectors.joining("\n"));
    String javadoc = Files.readString(Path.of("src/main/java/io/sluice/AskModel.java"));
    assertThat(javadoc, containsString(code));
  }
}
