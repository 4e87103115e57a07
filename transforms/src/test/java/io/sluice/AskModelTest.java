package io.sluice;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.cost.Price;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.display.DisplayData;
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

  // ---- what fails when the pipeline is built
  // ------------------------------------------------------

  private static final ModelTask CHAT =
      ModelTask.of(
              "topics",
              new ModelTask.Provider(
                  "openai", "http://localhost/v1", new ModelTask.KeySource("SOME_KEY", null)),
              "gpt-4o-mini",
              new ModelTask.Prompt(null, "{{text}}"))
          .withParameters("{\"max_tokens\": 20}");
  private static final Price PRICE = Price.of(BigDecimal.ONE, BigDecimal.TEN);

  private static String problem(AskModel ask) {
    PCollection<Document> documents = documents(Pipeline.create());
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> documents.apply(ask)).getMessage());
  }

  private static ModelTask asking(String template) {
    return new ModelTask(
        CHAT.name(),
        CHAT.provider(),
        CHAT.model(),
        CHAT.operation(),
        new ModelTask.Prompt(null, template),
        CHAT.parameters(),
        CHAT.output(),
        CHAT.quota(),
        CHAT.chunk(),
        CHAT.retry(),
        CHAT.delivery());
  }

  @Test
  void aBadTemplate_failsWhenThePipelineIsBuilt() {
    assertThat(problem(AskModel.of(asking("{{text"))), containsString("prompt.user"));
  }

  @Test
  void badParameters_failWhenThePipelineIsBuilt() {
    assertThat(
        problem(AskModel.of(CHAT.withParameters("{\"max_tokens\""))), containsString("parameters"));
  }

  @Test
  void aBadSchemaAndBadLabels_failWhenThePipelineIsBuilt() {
    ModelTask.Output schema =
        new ModelTask.Output(
            ModelTask.OutputType.JSON, List.of(), "{\"type\": \"no such type\"}", false);
    assertThat(problem(AskModel.of(CHAT.withOutput(schema))), containsString("task 'topics'"));
    ModelTask.Output labels =
        new ModelTask.Output(ModelTask.OutputType.LABEL, List.of("same", "same"), null, false);
    assertThat(problem(AskModel.of(CHAT.withOutput(labels))), containsString("same"));
  }

  @Test
  void aBudget_needsAPrice_andALimitOnAnswers() {
    assertThat(
        problem(AskModel.of(CHAT).withBudget(BigDecimal.ONE)), containsString("needs a price"));
    assertThat(
        problem(AskModel.of(CHAT.withParameters("{}")).withPrice(PRICE).withBudget(BigDecimal.ONE)),
        containsString("needs a limit on answers"));
  }

  @Test
  void theOrderOfWhatIsSaid_doesNotMatter() {
    documents(Pipeline.create())
        .apply(AskModel.of(CHAT).withBudget(BigDecimal.ONE).withPrice(PRICE));
    documents(Pipeline.create())
        .apply(AskModel.of(CHAT).withPrice(PRICE).withBudget(BigDecimal.ONE));
    documents(Pipeline.create())
        .apply(AskModel.of(CHAT).withPrice(PRICE).withBudget(BigDecimal.ONE).withBudget(null));
  }

  @Test
  void aRunnersPage_showsWhomItAsksAndHowFast_andNoKey() {
    DisplayData page =
        DisplayData.from(
            AskModel.of(
                    CHAT.withQuota(
                        new ModelTask.Quota(
                            60,
                            7_000,
                            5,
                            Duration.ofSeconds(1),
                            Map.of(
                                "tenant",
                                new ModelTask.KeyQuota(
                                    1, 1, 1, new ModelTask.KeySource("OTHER_KEY", null))))))
                .withPrice(PRICE)
                .withBudget(new BigDecimal("2.50")));
    Map<String, Object> shown = new TreeMap<>();
    page.items().forEach(item -> shown.put(item.getKey(), item.getValue()));
    Map<String, Object> expected = new TreeMap<>();
    expected.put("task", "topics");
    expected.put("model", "gpt-4o-mini");
    expected.put("provider", "openai");
    expected.put("operation", "chat");
    expected.put("delivery", "realtime");
    expected.put("requestsPerMinute", 60L);
    expected.put("tokensPerMinute", 7_000L);
    expected.put("maxConcurrent", 5L);
    expected.put("ownLimits", 1L);
    expected.put("budgetUsd", "2.50");
    assertThat(shown, is(expected));
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
    assertThat(answers.getPipeline(), is(deadLetters.getPipeline()));
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
