package io.sluice.pipeline.cascade;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.pipeline.estimate.statistics.Share;
import io.sluice.pipeline.words.Numbers;
import io.sluice.pipeline.words.Usd;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cascade has come to, as {@code summary.json} has it.
 *
 * @param rows of the outputs that the small model has answered
 * @param callsSaved requests of the job that it has answered, over all runs: the same one twice is
 *     one call
 * @param savedUsd what those would have cost, at the mean of the job's answers; null where a price
 *     is not known, or nothing was asked
 * @param audit null where none was audited
 * @param byLabel by what the small model says
 * @param versions of the small model, from the first
 */
public record CascadeUse(
    long rows,
    long callsSaved,
    @Nullable BigDecimal savedUsd,
    @Nullable Audit audit,
    List<OfLabel> byLabel,
    List<OfVersion> versions) {

  public CascadeUse {
    byLabel = byLabel == null ? List.of() : List.copyOf(byLabel);
    versions = versions == null ? List.of() : List.copyOf(versions);
  }

  /**
   * Rows that both were asked about.
   *
   * @param agreement the share of them in which both say the same
   * @param low with {@code high}, the interval that holds the share of the small model's rows in 95
   *     of 100 cases, where rows come in random order
   * @param ofAllLow with {@code ofAllHigh}, the same for the share of all rows, those that the
   *     task's model has answered included
   */
  public record Audit(
      long rows,
      long differ,
      double agreement,
      double low,
      double high,
      double ofAllLow,
      double ofAllHigh) {
    static @Nullable Audit of(CascadeRows.Count count, long succeeded) {
      if (count.audited() == 0) {
        return null;
      }
      Share agreed = Share.of(count.audited() - count.differ(), count.audited());
      double served = succeeded == 0 ? 0 : (double) count.rows() / succeeded;
      return new Audit(
          count.audited(),
          count.differ(),
          rounded(agreed.share()),
          rounded(agreed.low()),
          rounded(agreed.high()),
          rounded(1 - served * (1 - agreed.low())),
          rounded(1 - served * (1 - agreed.high())));
    }
  }

  /**
   * @param label as the small model says it: a label's text, or JSON
   */
  public record OfLabel(String label, long rows, long audited, long differ) {}

  /**
   * A small model.
   *
   * @param at when it had learnt, ISO 8601
   * @param learntFrom answers
   * @param tested rows of the sample above the threshold for rows that were waiting
   * @param testDiffer of those, where it said something else than the task's model
   * @param thresholds for rows that were waiting; one, or for {@code of: label} one a label; none
   *     where it has answered none of them
   * @param laterThresholds for rows that came later; none where it answers none of them
   * @param calls requests that it has answered
   * @param audited rows that came later
   * @param differ of those
   * @param differAtMost the share of its answers to later rows that is proven; null where there are
   *     none
   * @param ended why it answers no more: {@code doubt}, {@code unproven}, {@code unlearnt}; null
   *     where it still would
   * @param endedAt ISO 8601
   */
  public record OfVersion(
      String version,
      String at,
      long learntFrom,
      long tested,
      long testDiffer,
      List<Double> thresholds,
      List<Double> laterThresholds,
      long calls,
      long audited,
      long differ,
      @Nullable Double differAtMost,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String ended,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String endedAt) {
    public OfVersion {
      thresholds = List.copyOf(thresholds);
      laterThresholds = List.copyOf(laterThresholds);
    }

    /** For people. */
    public String endedWords() {
      return ended == null ? "" : why(ended);
    }
  }

  static double rounded(double share) {
    return Math.round(share * 1e4) / 1e4;
  }

  private static String why(String ended) {
    return switch (ended) {
      case "doubt" -> "audits found too much";
      case "unproven" -> "what it held was not proven";
      case "unlearnt" -> "what it learnt would answer nothing that is proven";
      default -> ended;
    };
  }

  /** In lines for a terminal. */
  public List<String> words() {
    List<String> lines = new ArrayList<>();
    if (callsSaved == 0 && rows == 0) {
      lines.add("Cascade: " + whyNothing());
      return lines;
    }
    lines.add(
        "Cascade: the small model answered "
            + Numbers.of(callsSaved, "request")
            + (savedUsd == null
                ? ""
                : ", which saved about " + Usd.sum(savedUsd) + " at the mean of the others"));
    if (audit != null) {
      lines.add(
          "Agreement in "
              + Numbers.of(audit.rows, "audit")
              + ": "
              + Numbers.percent(audit.agreement)
              + " ("
              + Numbers.percent(audit.low)
              + " to "
              + Numbers.percent(audit.high)
              + "), so of all rows "
              + Numbers.percent(audit.ofAllLow)
              + " to "
              + Numbers.percent(audit.ofAllHigh));
    }
    OfVersion last = versions.isEmpty() ? null : versions.get(versions.size() - 1);
    if (last != null && audit == null && last.tested > 0) {
      lines.add(
          "In its test it differed in "
              + Numbers.count(last.testDiffer)
              + " of "
              + Numbers.of(last.tested, "row")
              + "; no rows came later that could be audited");
    }
    if (last != null && last.ended != null) {
      lines.add("It has stopped at " + last.endedAt + ": " + why(last.ended));
    }
    return lines;
  }

  private String whyNothing() {
    if (versions.isEmpty()) {
      return "the small model has answered nothing: all rows were asked before it had learnt, which"
          + " it does from 800 rows on, and where the quota leaves it the time";
    }
    OfVersion last = versions.get(versions.size() - 1);
    return "the small model has answered nothing"
        + (last.ended == null ? " so far" : ": " + why(last.ended));
  }
}
