package io.sluice.pipeline.show;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.Answer;
import io.sluice.AskModel;
import io.sluice.DeadLetter;
import io.sluice.Document;
import io.sluice.DocumentCoder;
import io.sluice.Usage;
import io.sluice.pipeline.json.Json;
import io.sluice.pipeline.output.LinesFile;
import io.sluice.pipeline.output.OutputPaths;
import io.sluice.pipeline.output.ResultRow;
import io.sluice.pipeline.output.RowLines;
import io.sluice.pipeline.table.Table;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
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
import org.apache.beam.sdk.values.PCollectionList;
import org.jspecify.annotations.Nullable;

/** Asks a few documents through the stages of a run, and keeps their rows in a file. */
final class TryRun {
  private TryRun() {}

  /**
   * @param result a file on a file system that workers and launcher share
   */
  static void apply(Pipeline pipeline, List<Document> documents, AskModel ask, String result) {
    AskModel.Result asked =
        pipeline
            .apply("Drawn", Create.of(documents).withCoder(DocumentCoder.of()))
            .apply("AskModel", ask);
    PCollectionList.of(
            asked
                .getAnswers()
                .apply("Answers", MapElements.via(new AnswerLine()))
                .setCoder(StringUtf8Coder.of()))
        .and(
            asked
                .getDeadLetters()
                .apply("DeadLetters", MapElements.via(new DeadLetterLine()))
                .setCoder(StringUtf8Coder.of()))
        .apply("Rows", Flatten.pCollections())
        .apply("Keep", new LinesFile(result));
  }

  /** Rows as results and dead letters have them, in the order of the input. */
  record Rows(List<JsonNode> rows) {
    int answered() {
      return (int) rows.stream().filter(row -> !row.has("error")).count();
    }

    int count(String kind) {
      return (int)
          rows.stream().filter(row -> row.path("error").path("kind").asText().equals(kind)).count();
    }

    void print(PrintStream out) throws IOException {
      Usage all = Usage.NONE;
      BigDecimal cost = BigDecimal.ZERO;
      for (JsonNode row : rows) {
        ResultRow read = Json.of(row, ResultRow.class);
        Usage usage =
            new Usage(
                read.usage().inputTokens(),
                read.usage().cachedInputTokens(),
                read.usage().outputTokens());
        boolean dead = row.has("error");
        out.print(
            RowText.of(
                read.id(),
                read.document().toString(),
                dead ? reason(row) : RowText.output(read.output().toString()),
                dead ? null : new RowText.Took(usage, read.costUsd(), read.latencyMs())));
        out.println();
        all = all.plus(usage);
        cost = dead || cost == null ? cost : plus(cost, read.costUsd());
      }
      out.println(
          Numbers.of(rows.size(), "document")
              + ": "
              + answered()
              + " answered, "
              + (rows.size() - answered())
              + " dead; "
              + Numbers.count(all.inputTokens())
              + " tokens in, "
              + Numbers.count(all.outputTokens())
              + " out; "
              + (cost == null ? "cost unknown" : Usd.sum(cost)));
    }

    private static @Nullable BigDecimal plus(BigDecimal sum, @Nullable BigDecimal cost) {
      return cost == null ? null : sum.add(cost);
    }

    private static String reason(JsonNode row) {
      String said = row.path("answer").isTextual() ? row.path("answer").asText() : "";
      return row.path("error").path("kind").asText()
          + ": "
          + row.path("error").path("message").asText()
          + (said.isEmpty() ? "" : "\nIt said: " + said);
    }
  }

  static Rows read(String result) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    try (InputStream in = Channels.newInputStream(FileSystems.open(OutputPaths.file(result)))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n")) {
        if (!line.isEmpty()) {
          rows.add(Table.row(line));
        }
      }
    }
    rows.sort(
        Comparator.comparing((JsonNode row) -> row.path("source").path("file").asText())
            .thenComparingLong(row -> row.path("source").path("position").asLong()));
    return new Rows(rows);
  }

  private static final class AnswerLine extends SimpleFunction<Answer, String> {
    private static final long serialVersionUID = 1L;
    private final RowLines lines = new RowLines(true, List.of());

    @Override
    public String apply(Answer answer) {
      return lines.of(answer);
    }
  }

  private static final class DeadLetterLine extends SimpleFunction<DeadLetter, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String apply(DeadLetter dead) {
      return RowLines.of(dead);
    }
  }
}
