package io.sluice.pipeline.report;

import io.sluice.pipeline.cascade.CascadeUse;
import io.sluice.pipeline.words.Numbers;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The section about a cascade. */
final class CascadeSection {
  private static final int LABELS = 50;

  private CascadeSection() {}

  /** None where there is none. */
  static List<Page.CascadePart> of(@Nullable CascadeUse cascade) {
    if (cascade == null) {
      return List.of();
    }
    return List.of(
        new Page.CascadePart(
            cascade.words(),
            cascade.byLabel().stream().limit(LABELS).map(CascadeSection::label).toList(),
            cascade.versions().stream().map(CascadeSection::version).toList()));
  }

  private static Page.LabelRow label(CascadeUse.OfLabel label) {
    return new Page.LabelRow(
        Texts.clip(label.label(), 80),
        Numbers.count(label.rows()),
        Numbers.count(label.audited()),
        Numbers.count(label.differ()),
        label.audited() == 0
            ? ""
            : Numbers.share(label.audited() - label.differ(), label.audited()));
  }

  private static Page.VersionRow version(CascadeUse.OfVersion version) {
    Double most = version.differAtMost();
    return new Page.VersionRow(
        version.version().isEmpty() ? "none" : version.version(),
        version.at(),
        Numbers.count(version.learntFrom()),
        version.tested() == 0
            ? ""
            : Numbers.count(version.testDiffer()) + " of " + Numbers.count(version.tested()),
        thresholds(version.thresholds()),
        thresholds(version.laterThresholds()),
        Numbers.count(version.calls()),
        version.audited() == 0
            ? ""
            : Numbers.count(version.differ()) + " of " + Numbers.count(version.audited()),
        most == null ? "" : Numbers.percent(most),
        version.ended() == null ? "" : version.endedAt() + ": " + version.endedWords());
  }

  private static String thresholds(List<Double> thresholds) {
    return thresholds.stream()
        .map(each -> String.format(Locale.ROOT, "%.3f", each))
        .collect(Collectors.joining(" "));
  }
}
