package io.sluice;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.cost.Price;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.display.DisplayData;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
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
    return CHAT.withPrompt(new ModelTask.Prompt(null, template));
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
  void limitsThatCannotBe_failWhenThePipelineIsBuilt_allAtOnce() {
    ModelTask.KeyQuota own =
        new ModelTask.KeyQuota(5, -1, 20_000, new ModelTask.KeySource("A", "B"));
    ModelTask.Quota quota = new ModelTask.Quota(0, 1, 1, Duration.ZERO, Map.of("acme", own));
    String said =
        problem(
            AskModel.of(
                CHAT.withQuota(quota)
                    .withRetry(new ModelTask.Retry(0, Duration.ofSeconds(-1)))
                    .withChunk(new ModelTask.Chunk(0, Duration.ofSeconds(1)))
                    .withDelivery(
                        new ModelTask.Delivery(
                            true,
                            Duration.ofSeconds(1),
                            1,
                            1,
                            ModelTask.Stragglers.BATCH,
                            Double.NaN,
                            null))));
    assertThat(said, containsString("quota.requestsPerMinute: expected 1 or more, got 0"));
    assertThat(said, containsString("quota.burst"));
    assertThat(said, containsString("quota.keys.acme.tokensPerMinute: expected 1 or more, got -1"));
    assertThat(said, containsString("quota.keys.acme.maxConcurrent: expected 1 to 10000"));
    assertThat(said, containsString("quota.keys.acme.key: has several places"));
    assertThat(said, containsString("retry.maxAttempts"));
    assertThat(said, containsString("retry.timeout"));
    assertThat(said, containsString("chunk.documents"));
    assertThat(said, containsString("delivery.realtimeShare: expected a share from 0 to 1"));
  }

  private static ModelTask asked(ModelTask.Provider provider) {
    return ModelTask.of("topics", provider, "some-model", CHAT.prompt());
  }

  @Test
  void anAddressThatIsNone_failsWhenThePipelineIsBuilt_andIsNotRepeated() {
    for (String url :
        List.of("localhost:8080/v1", "https://me:geheim@host/v1", "http://h/v1?k=geheim")) {
      String said =
          problem(
              AskModel.of(asked(new ModelTask.Provider("openai", url, ModelTask.KeySource.NONE))));
      assertThat(said, containsString("provider.baseUrl: expected http"));
      assertThat(said, not(containsString("geheim")));
    }
  }

  @Test
  void aKeyInThePlaceOfItsName_failsWhenThePipelineIsBuilt_andIsNotRepeated() {
    String key = "sk-proj-1a2b3c4d5e6f7g8h";
    String said =
        problem(
            AskModel.of(
                asked(
                    new ModelTask.Provider(
                        "openai", "http://localhost/v1", new ModelTask.KeySource(key, null)))));
    assertThat(said, containsString("make a new key"));
    assertThat(said, not(containsString(key)));
  }

  @Test
  void aKindThatThereIsNot_failsWhenThePipelineIsBuilt_withThoseThatThereAre() {
    ModelTask.Provider none =
        new ModelTask.Provider(
            "opnai", "http://h", ModelTask.KeySource.NONE, "Authorization", Map.of(), Map.of());
    assertThat(problem(AskModel.of(asked(none))), containsString("anthropic"));
  }

  @Test
  void aKeyThatIsNotThere_failsThePipeline_beforeAnythingIsSent() {
    for (ModelTask.Delivery delivery :
        List.of(ModelTask.Delivery.REALTIME, ModelTask.Delivery.BATCH)) {
      Pipeline pipeline = Pipeline.create();
      documents(pipeline)
          .apply(
              AskModel.of(
                  asked(
                          new ModelTask.Provider(
                              "openai",
                              "http://localhost:1/v1",
                              new ModelTask.KeySource("NO_SUCH_VARIABLE", null)))
                      .withDelivery(delivery)));
      Exception failed =
          assertThrows(RuntimeException.class, () -> pipeline.run().waitUntilFinish());
      assertThat(
          trace(failed),
          containsString("The environment variable NO_SUCH_VARIABLE is not set on this worker"));
    }
  }

  private static String trace(Exception failed) {
    StringWriter trace = new StringWriter();
    failed.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  /** Offsets of a topic's partitions, say: each of them is there three times. */
  @Test
  void ofDocumentsWithOneSource_noneVanishes() {
    List<Document> documents = new ArrayList<>();
    for (int partition = 0; partition < 3; partition++) {
      for (int offset = 0; offset < 5; offset++) {
        documents.add(
            new Document(
                "p" + partition + "-" + offset,
                null,
                "{\"text\": \"Shares fell in " + partition + "\"}",
                new Source("topic", offset)));
      }
    }
    Pipeline pipeline = Pipeline.create();
    AskModel.Result result =
        pipeline
            .apply(Create.of(documents).withCoder(DocumentCoder.of()))
            .apply(
                AskModel.of(
                    ModelTask.of(
                            "topics", ModelTask.Provider.LOCAL, "all-minilm-l6-v2-q", CHAT.prompt())
                        .withOutput(ModelTask.Output.ofLabels("sports", "business"))));
    PCollection<String> ends =
        PCollectionList.of(
                result
                    .getAnswers()
                    .apply(MapElements.into(TypeDescriptors.strings()).via(a -> a.document().id())))
            .and(
                result
                    .getDeadLetters()
                    .apply(MapElements.into(TypeDescriptors.strings()).via(d -> d.document().id())))
            .apply(Flatten.pCollections());
    PAssert.that(ends).containsInAnyOrder(documents.stream().map(Document::id).toList());
    pipeline.run().waitUntilFinish();
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
