package io.sluice.pipeline.report;

import io.sluice.ErrorKind;
import io.sluice.pipeline.output.JobSummary;
import io.sluice.pipeline.words.Numbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The sections about rows: dead letters and answers. */
final class RowSections {
  private static final int VALUES = 25;
  private static final int BARS = 12;
  private static final int COMMON = 3;
  private static final int COMMON_LENGTH = 30;

  private final JobSummary summary;
  private final Plots plots;

  RowSections(JobSummary summary, Plots plots) {
    this.summary = summary;
    this.plots = plots;
  }

  Page.Dead dead(DeadLetterStats stats) {
    List<Page.Kind> kinds =
        stats.kinds().stream()
            .map(
                kind ->
                    new Page.Kind(
                        kind.kind,
                        Numbers.count(kind.count),
                        Numbers.share(kind.count, summary.documents()),
                        advice(kind.kind),
                        kind.examples()))
            .toList();
    return new Page.Dead(kinds.isEmpty() ? "There are none." : "", kinds);
  }

  private static String advice(String kind) {
    return Arrays.stream(ErrorKind.values())
        .filter(known -> known.code().equals(kind))
        .findFirst()
        .map(Advice::about)
        .orElse("A kind that this version does not know: see the message.");
  }

  Page.Answers answers(AnswerStats stats) {
    if (stats.answers == 0) {
      return new Page.Answers("There are none.", "", List.of(), List.of(), List.of(), "");
    }
    List<Shown.AnswerRow> examples = stats.examples();
    String hint =
        examples.stream().allMatch(example -> example.document().isEmpty())
            ? "The results do not hold the documents: with output.includeDocument: true in the task,"
                + " they are shown here."
            : "";
    boolean values = stats.texts.total() > 0 && stats.fewTexts();
    return new Page.Answers(
        note(stats, values),
        plot(stats, values),
        values ? values(stats) : List.of(),
        fields(stats),
        examples,
        hint);
  }

  private static String note(AnswerStats stats, boolean values) {
    List<String> parts = new ArrayList<>();
    if (values && stats.texts.distinct() > VALUES) {
      parts.add(
          Numbers.count(stats.texts.distinct() - VALUES) + " rarer values are not in the table.");
    }
    if (stats.texts.total() > 0 && !values) {
      parts.add("Free text; the plot shows its length in characters.");
    }
    if (stats.dimensions.total() > 0) {
      parts.add(
          "Vectors of "
              + stats.dimensions.commonest(COMMON).stream()
                  .map(count -> count.value() + " numbers (" + Numbers.count(count.count()) + ")")
                  .collect(Collectors.joining(", "))
              + ".");
    }
    return String.join(" ", parts);
  }

  private String plot(AnswerStats stats, boolean values) {
    if (values) {
      List<CappedCounter.Count> bars = stats.texts.commonest(BARS);
      return plots.bars(
          "How often each answer came",
          "answers",
          bars.stream().map(CappedCounter.Count::value).toList(),
          bars.stream().map(CappedCounter.Count::count).toList());
    }
    if (stats.texts.total() > 0) {
      return plots.lengths(stats.lengths);
    }
    if (stats.objects > 0 && !stats.fields.isEmpty()) {
      List<Map.Entry<String, AnswerStats.FieldStats>> bars =
          stats.fields.entrySet().stream().limit(BARS).toList();
      return plots.bars(
          "The share of answers in which each field is filled",
          "% filled",
          bars.stream().map(Map.Entry::getKey).toList(),
          bars.stream().map(bar -> 100.0 * bar.getValue().filled / stats.objects).toList());
    }
    return "";
  }

  private static List<Page.ValueRow> values(AnswerStats stats) {
    return stats.texts.commonest(VALUES).stream()
        .map(
            count ->
                new Page.ValueRow(
                    count.value(),
                    Numbers.count(count.count()),
                    Numbers.share(count.count(), stats.answers)))
        .toList();
  }

  private static List<Page.FieldRow> fields(AnswerStats stats) {
    List<Page.FieldRow> rows = new ArrayList<>();
    stats.fields.forEach(
        (name, field) ->
            rows.add(
                new Page.FieldRow(
                    Texts.clip(name, 80),
                    Numbers.count(field.filled),
                    Numbers.share(field.filled, stats.objects),
                    common(field.values))));
    return rows;
  }

  /** What a field mostly holds; nothing where every answer has another value. */
  private static String common(CappedCounter values) {
    if (values.overflowed() || values.distinct() > 12 && values.distinct() * 4L > values.total()) {
      return "";
    }
    return values.commonest(COMMON).stream()
        .map(
            count ->
                Texts.clip(count.value(), COMMON_LENGTH)
                    + " ("
                    + Numbers.share(count.count(), values.total())
                    + ")")
        .collect(Collectors.joining(", "));
  }
}
