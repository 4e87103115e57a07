package io.sluice.testing;

import static io.sluice.testing.SluiceMatchers.answer;
import static io.sluice.testing.SluiceMatchers.answerTo;
import static io.sluice.testing.SluiceMatchers.deadLetter;
import static io.sluice.testing.SluiceMatchers.deadLetterOf;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.iterableWithSize;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.Answer;
import io.sluice.AskModel;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.Count;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.windowing.FixedWindows;
import org.apache.beam.sdk.transforms.windowing.IntervalWindow;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TimestampedValue;
import org.joda.time.Duration;
import org.joda.time.Instant;
import org.junit.jupiter.api.Test;

class FakeModelTest {
  private static final Document LATE = Document.ofText("1", "My parcel is late");
  private static final Document GOOD = Document.ofText("2", "Thank you");

  private static ModelTask task(FakeModel model) {
    return ModelTask.of("topics", model.provider(), "any", new ModelTask.Prompt(null, "{{text}}"));
  }

  private static AskModel.Result ask(Pipeline pipeline, ModelTask task) {
    return pipeline
        .apply(Create.of(LATE, GOOD).withCoder(DocumentCoder.of()))
        .apply(AskModel.of(task));
  }

  @Test
  void itAnswersByThePrompt_andRemembersWhatItWasAsked() {
    try (FakeModel model =
        FakeModel.answering(prompt -> prompt.contains("late") ? "delivery" : "praise")) {
      Pipeline pipeline = Pipeline.create();
      AskModel.Result result =
          ask(pipeline, task(model).withOutput(Output.ofLabels("delivery", "praise")));
      PAssert.that(result.getAnswers())
          .satisfies(
              answers -> {
                assertThat(
                    answers,
                    containsInAnyOrder(answerTo("1", is("delivery")), answerTo("2", is("praise"))));
                return null;
              });
      PAssert.that(result.getDeadLetters()).empty();
      pipeline.run().waitUntilFinish();
      assertThat(model.prompts(), containsInAnyOrder("My parcel is late", "Thank you"));
    }
  }

  @Test
  void itFailsAsItIsTold_andIsAskedAgainWhereThatHelps() {
    AtomicInteger turnedAway = new AtomicInteger();
    try (FakeModel model =
        FakeModel.replying(
            prompt -> {
              if (prompt.contains("Thank")) {
                return FakeReply.failure(400, "no");
              }
              return turnedAway.getAndIncrement() == 0
                  ? FakeReply.failure(503, "busy").withHeaders(Map.of("retry-after-ms", "1"))
                  : FakeReply.text("at last");
            })) {
      Pipeline pipeline = Pipeline.create();
      AskModel.Result result = ask(pipeline, task(model));
      PAssert.that(result.getAnswers())
          .satisfies(
              answers -> {
                assertThat(answers, contains(answerTo("1", is("at last"))));
                return null;
              });
      PAssert.that(result.getDeadLetters())
          .satisfies(
              letters -> {
                assertThat(letters, contains(deadLetterOf("2", ErrorKind.BAD_REQUEST)));
                return null;
              });
      pipeline.run().waitUntilFinish();
      assertThat(model.prompts(), hasSize(3));
    }
  }

  @Test
  void itEmbeds() {
    try (FakeModel model = FakeModel.replying(prompt -> FakeReply.vector(prompt.length(), 0.5))) {
      Pipeline pipeline = Pipeline.create();
      AskModel.Result result = ask(pipeline, task(model).withOperation(ModelTask.Operation.EMBED));
      PAssert.that(result.getAnswers())
          .satisfies(
              answers -> {
                assertThat(answers, iterableWithSize(2));
                for (Answer each : answers) {
                  String text = each.document().id().equals("1") ? "[17.0,0.5]" : "[9.0,0.5]";
                  assertThat(each, is(answer(is(text))));
                }
                return null;
              });
      pipeline.run().waitUntilFinish();
    }
  }

  @Test
  void whatIsTruncated_andWhatTheFunctionThrows_areDeadLetters() {
    try (FakeModel model =
        FakeModel.replying(
            prompt -> {
              if (prompt.contains("late")) {
                throw new IllegalStateException("not this one");
              }
              return FakeReply.truncated("Than");
            })) {
      Pipeline pipeline = Pipeline.create();
      AskModel.Result result = ask(pipeline, task(model));
      PAssert.that(result.getAnswers()).empty();
      PAssert.that(result.getDeadLetters())
          .satisfies(
              letters -> {
                assertThat(
                    letters,
                    containsInAnyOrder(
                        deadLetterOf("1", ErrorKind.BAD_REQUEST),
                        deadLetterOf("2", ErrorKind.TRUNCATED)));
                return null;
              });
      pipeline.run().waitUntilFinish();
    }
  }

  /** As the guide has it: what is counted in a window is what was asked in it. */
  @Test
  void answersAreInTheWindowOfTheirDocument() {
    try (FakeModel model = FakeModel.answering(prompt -> "any")) {
      Pipeline pipeline = Pipeline.create();
      Instant start = new Instant(0);
      PCollection<Long> counts =
          pipeline
              .apply(
                  Create.timestamped(
                          TimestampedValue.of(LATE, start),
                          TimestampedValue.of(GOOD, start.plus(Duration.standardSeconds(70))),
                          TimestampedValue.of(
                              Document.ofText("3", "Hm"), start.plus(Duration.standardSeconds(80))))
                      .withCoder(DocumentCoder.of()))
              .apply(Window.into(FixedWindows.of(Duration.standardMinutes(1))))
              .apply(AskModel.of(task(model)))
              .getAnswers()
              .apply(Combine.globally(Count.<Answer>combineFn()).withoutDefaults());
      for (int minute = 0; minute < 2; minute++) {
        PAssert.that(counts)
            .inWindow(
                new IntervalWindow(
                    start.plus(Duration.standardMinutes(minute)), Duration.standardMinutes(1)))
            .containsInAnyOrder(minute + 1L);
      }
      pipeline.run().waitUntilFinish();
    }
  }

  /** The example of the guide is code that is run, by {@code src/it/consumer/check}. */
  @Test
  void theGuidesExampleIsTheConsumersTest() throws IOException {
    String guide = Files.readString(Path.of("../src/guide/library.md"));
    int begin = guide.indexOf("try (FakeModel model");
    String example =
        guide
            .substring(begin, guide.indexOf("\n```", begin))
            .lines()
            .map(line -> "    " + line)
            .collect(Collectors.joining("\n"));
    assertThat(
        Files.readString(Path.of("../src/it/consumer/src/test/java/com/example/TopicsTest.java")),
        containsString(example));
  }

  @Test
  void matchersTellApart() {
    DeadLetter letter = DeadLetter.unsent(LATE, ErrorKind.TIMEOUT, "late");
    assertThat(letter, is(deadLetter(ErrorKind.TIMEOUT)));
    assertThat(letter, is(not(deadLetter(ErrorKind.BUDGET))));
    assertThat(letter, is(not(deadLetterOf("2", ErrorKind.TIMEOUT))));
  }

  @Test
  void afterItsEnd_nobodyIsThere() {
    FakeModel model = FakeModel.answering(prompt -> "any");
    assertThat(model.prompts(), is(empty()));
    model.close();
    assertThrows(IllegalArgumentException.class, () -> FakeReply.failure(200, "fine"));
  }
}
