package io.sluice.internal.provider.parrot;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import io.sluice.AskModel;
import io.sluice.Document;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.Usage;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer.Answer;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.junit.jupiter.api.Test;

class ParrotContractTest extends ProviderContractTest {
  @Override
  protected String kind() {
    return "parrot";
  }

  @Override
  protected boolean supportsSchemas() {
    return false;
  }

  @Override
  protected boolean supportsEmbeddings() {
    return false;
  }

  @Override
  protected boolean supportsRateHeaders() {
    return false;
  }

  @Override
  protected boolean supports(NotAnAnswer way) {
    return way != NotAnAnswer.REFUSED && way != NotAnAnswer.BROKEN_OFF;
  }

  @Override
  protected String route(Operation operation) {
    return "POST /say";
  }

  private static String said(String text, boolean cut, Usage usage) {
    return "{\"model\":\"m-1\",\"said\":\""
        + text
        + "\",\"cut\":"
        + cut
        + ",\"used\":["
        + usage.inputTokens()
        + ","
        + usage.outputTokens()
        + "]}";
  }

  @Override
  protected String answer(String text, Usage usage) {
    return said(text, false, usage);
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    return said(way == NotAnAnswer.CUT ? "half" : "", way == NotAnAnswer.CUT, new Usage(7, 0, 3));
  }

  @Override
  protected Answer trouble(Trouble trouble, String message) {
    int status =
        switch (trouble) {
          case RATE_LIMITED -> 429;
          case OVERLOADED -> 503;
          case BROKEN -> 500;
          case GATEWAY_TIMEOUT -> 504;
          case BAD_KEY -> 401;
          case NO_CREDIT -> 402;
          case UNKNOWN_MODEL, WRONG_ADDRESS -> 404;
          case BAD_REQUEST, TOO_LARGE -> 400;
        };
    String words = trouble == Trouble.TOO_LARGE ? "too long: " + message : message;
    return new Answer(status, "{\"squawk\":\"" + words + "\"}");
  }

  /** From a task to answers, through the whole of the library. */
  @Test
  void pipeline_asksIt() {
    server.on(route(Operation.CHAT), 200, answer("Polly", new Usage(7, 0, 3)));
    Pipeline pipeline = Pipeline.create();
    ModelTask task = task();
    AskModel.Result asked =
        pipeline
            .apply(Create.of(Document.ofText("1", "hello"), Document.ofText("2", "cracker")))
            .apply(AskModel.of(task));
    PAssert.that(
            asked
                .getAnswers()
                .apply(
                    MapElements.into(TypeDescriptors.strings())
                        .via(
                            answer ->
                                answer.document().id()
                                    + answer.outputJson()
                                    + answer.servedBy()
                                    + answer.usage().outputTokens())))
        .containsInAnyOrder("1\"Polly\"REALTIME3", "2\"Polly\"REALTIME3");
    PAssert.that(asked.getDeadLetters()).empty();
    pipeline.run().waitUntilFinish();
    assertThat(server.count(route(Operation.CHAT)), is(2L));
  }
}
