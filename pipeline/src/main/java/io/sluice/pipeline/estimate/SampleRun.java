package io.sluice.pipeline.estimate;

import io.sluice.Answer;
import io.sluice.AskModel;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.LinesFile;
import io.sluice.pipeline.output.OutputPaths;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.coders.StringUtf8Coder;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.SimpleFunction;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.jspecify.annotations.Nullable;

/** Asks a sample through the same stages as a run, and keeps how each document ended. */
final class SampleRun {
  private SampleRun() {}

  /**
   * How a document ended.
   *
   * @param kind empty for an answer, otherwise the dead letter's
   * @param text the answer as JSON, or the dead letter's message
   */
  record Ending(String id, String kind, String text) {
    boolean answered() {
      return kind.isEmpty();
    }
  }

  /**
   * An ending on its way from the workers.
   *
   * @param kind null for an answer, as {@code message}
   * @param output as JSON; null for a dead letter
   */
  private record Line(
      @Nullable String id,
      @Nullable String kind,
      @Nullable String message,
      @Nullable String output) {
    Ending ending() {
      return new Ending(text(id), text(kind), output == null ? text(message) : output);
    }

    private static String text(@Nullable String text) {
      return text == null ? "" : text;
    }
  }

  /**
   * @param result a file on a file system that workers and launcher share
   */
  static void apply(Pipeline pipeline, List<Document> sample, AskModel ask, String result) {
    AskModel.Result asked =
        pipeline
            .apply("Sample", Create.of(sample).withCoder(DocumentCoder.of()))
            .apply("AskModel", ask);
    PCollection<String> answers =
        asked
            .getAnswers()
            .apply("Answers", MapElements.via(new AnswerLine()))
            .setCoder(StringUtf8Coder.of());
    PCollection<String> dead =
        asked
            .getDeadLetters()
            .apply("DeadLetters", MapElements.via(new DeadLetterLine()))
            .setCoder(StringUtf8Coder.of());
    PCollectionList.of(answers)
        .and(dead)
        .apply("Endings", Flatten.pCollections())
        .apply("Keep", new LinesFile(result));
  }

  /** The endings, in the order of ids. */
  static List<Ending> read(String result) throws IOException {
    List<Ending> endings = new ArrayList<>();
    try (InputStream in = Channels.newInputStream(FileSystems.open(OutputPaths.file(result)))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        endings.add(Json.read(line, Line.class).ending());
      }
    }
    endings.sort(Comparator.comparing(Ending::id));
    return endings;
  }

  private static final class AnswerLine extends SimpleFunction<Answer, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String apply(Answer answer) {
      return Json.line(new Line(answer.document().id(), null, null, answer.outputJson()));
    }
  }

  private static final class DeadLetterLine extends SimpleFunction<DeadLetter, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String apply(DeadLetter dead) {
      return Json.line(new Line(dead.document().id(), dead.kind().code(), dead.message(), null));
    }
  }
}
