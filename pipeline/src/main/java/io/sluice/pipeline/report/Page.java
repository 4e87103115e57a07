package io.sluice.pipeline.report;

import java.util.List;

/**
 * What the template shows, all of it text that the template escapes, but for plots, which are HTML.
 *
 * @param tone the colour of the state: good, warn or bad
 * @param style the page's CSS
 */
record Page(
    String style,
    String title,
    String state,
    String tone,
    String sentence,
    List<Fact> figures,
    List<Fact> about,
    Rates rates,
    Latency latency,
    Cost cost,
    List<CascadePart> cascade,
    Dead dead,
    Answers answers) {

  /** A number and what it is. */
  record Fact(String name, String value) {}

  /**
   * @param note said in place of plots; empty where there are some
   */
  record Rates(
      String note,
      List<KeyPlots> plots,
      List<KeyRow> keys,
      String more,
      List<Unanswered> failures) {
    public boolean hasKeys() {
      return !keys.isEmpty();
    }

    public boolean hasFailures() {
      return !failures.isEmpty();
    }
  }

  /**
   * Calls without an answer in a part of the run.
   *
   * @param situation what held the job up; may be empty
   */
  record Unanswered(String when, String whose, String situation) {}

  /** The plots of a quota key. */
  record KeyPlots(String key, String requests, String tokens) {}

  /** A quota key in numbers. */
  record KeyRow(
      String key,
      String requestsPerMinute,
      String tokensPerMinute,
      String calls,
      String refused,
      String utilisation,
      String waited) {}

  record Latency(String note, List<Fact> quantiles, String plot) {
    public boolean answered() {
      return !quantiles.isEmpty();
    }
  }

  /**
   * @param calls by model and by quota key
   */
  record Cost(List<Fact> sums, String note, String plot, List<CallsRow> calls) {
    public boolean hasCalls() {
      return !calls.isEmpty();
    }
  }

  /** What calls of one model or quota key took, over all runs. */
  record CallsRow(
      String of, String calls, String input, String cachedInput, String output, String cost) {}

  /** What a cascade has come to. */
  record CascadePart(List<String> words, List<LabelRow> labels, List<VersionRow> versions) {
    public boolean hasLabels() {
      return !labels.isEmpty();
    }

    public boolean hasVersions() {
      return !versions.isEmpty();
    }
  }

  /** Rows by what the small model says. */
  record LabelRow(String label, String rows, String audited, String differ, String agreement) {}

  /** A small model; what does not apply is empty. */
  record VersionRow(
      String version,
      String at,
      String learntFrom,
      String test,
      String thresholds,
      String laterThresholds,
      String calls,
      String audits,
      String differAtMost,
      String ended) {}

  record Dead(String note, List<Kind> kinds) {
    public boolean hasKinds() {
      return !kinds.isEmpty();
    }
  }

  record Kind(
      String kind, String count, String share, String advice, List<Shown.DeadRow> examples) {}

  /**
   * @param values how often each value of text answers came
   * @param fields how often each field of JSON answers is filled
   * @param hint how to see documents; empty where they are there
   */
  record Answers(
      String note,
      String plot,
      List<ValueRow> values,
      List<FieldRow> fields,
      List<Shown.AnswerRow> examples,
      String hint) {
    public boolean hasValues() {
      return !values.isEmpty();
    }

    public boolean hasFields() {
      return !fields.isEmpty();
    }

    public boolean hasExamples() {
      return !examples.isEmpty();
    }
  }

  record ValueRow(String value, String count, String share) {}

  record FieldRow(String field, String filled, String share, String common) {}
}
