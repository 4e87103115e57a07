package io.sluice.internal.cascade.prospect;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.greaterThanOrEqualTo;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.Cascade;
import io.sluice.Cascade.Of;
import io.sluice.internal.cascade.Corpus;
import io.sluice.internal.cascade.Corpus.Asked;
import io.sluice.internal.cascade.Corpus.Sorted;
import io.sluice.internal.cascade.Rehearsal;
import io.sluice.internal.cascade.learning.Features;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is foreseen, held against what jobs then save. */
class ProspectTest {
  private static final double FOREVER = Double.POSITIVE_INFINITY;

  /** Learning takes no time, on any machine. */
  private static final Supplier<Taken> AT_ONCE = () -> new Taken(() -> 0, () -> 0);

  private static Prospect of(Cascade cascade, List<Corpus.Row> rows, int sample, int waiting) {
    return Prospect.of(
        cascade,
        known(rows.subList(0, sample)),
        new Prospect.Job(rows.size(), 0, waiting, FOREVER, FOREVER, FOREVER, 0, 0),
        AT_ONCE);
  }

  private static Prospect of(List<Prospect.Known> sample, Prospect.Job job) {
    return Prospect.of(cascade(Of.ALL), sample, job, AT_ONCE);
  }

  private static Cascade cascade(Of of) {
    return new Cascade(0.95, 0.9, 1_000, 0.05, of, true);
  }

  @ParameterizedTest
  @CsvSource({
    "ALL, RIGHT, 4000, 20000, 300",
    "ALL, NOISE, 8000, 20000, 500",
    "ALL, OTHER, 9000, 3000, 500",
    "ANSWERED, OTHER, 6000, 20000, 500",
    "LABEL, RIGHT, 8000, 20000, 500",
  })
  void whatAJobSavesIsInTheInterval(Of of, Asked asked, int size, int waiting, int sample) {
    List<Corpus.Row> rows = Corpus.of(1, size, 3, asked, Sorted.NOT);
    double saved = Rehearsal.of(cascade(of), rows, waiting, 1).saved();
    Prospect seen = of(cascade(of), rows, sample, waiting);
    assertThat(seen.toString(), seen.pays(), is(true));
    // A few rows more are asked while others are looked at.
    assertThat(
        seen.toString(),
        saved,
        allOf(
            greaterThanOrEqualTo(seen.share().low() - 0.08),
            lessThanOrEqualTo(seen.share().high() + 0.02)));
  }

  @Test
  void whereNothingCanBeLearnt_itDoesNotPay() {
    List<Corpus.Row> rows = Corpus.of(1, 8_000, 3, Asked.CHANCE, Sorted.NOT);
    Prospect seen = of(cascade(Of.ALL), rows, 400, 20_000);
    assertThat(seen.pays(), is(false));
    assertThat(seen.why(), containsString("next to nothing"));
    assertThat(Rehearsal.of(cascade(Of.ALL), rows, 20_000, 1).saved(), is(lessThan(0.01)));
  }

  @Test
  void fewRows_andFewAnswers_areSaidToBeFew() {
    List<Corpus.Row> rows = Corpus.of(1, 700, 3, Asked.RIGHT, Sorted.NOT);
    assertThat(of(cascade(Of.ALL), rows, 300, 20_000).why(), containsString("a job of 700"));
    List<Corpus.Row> more = Corpus.of(1, 4_000, 3, Asked.RIGHT, Sorted.NOT);
    assertThat(of(cascade(Of.ALL), more, 60, 20_000).why(), containsString("60 answers"));
  }

  /** What the quota has asked by the time the small model comes to a row, that is not saved. */
  @Test
  void aQuotaThatIsFasterThanTheSmallModelLeavesItLess() {
    List<Corpus.Row> rows = Corpus.of(1, 8_000, 3, Asked.RIGHT, Sorted.NOT);
    List<Prospect.Known> sample = known(rows.subList(0, 300));
    Prospect slow = of(sample, new Prospect.Job(8_000, 0, 20_000, 50, 200, 200, 0.1, 0));
    assertThat(slow.share().expected(), is(greaterThan(0.8)));
    Prospect quick = of(sample, new Prospect.Job(8_000, 0, 20_000, 5_000, 200, 200, 0.1, 0));
    assertThat(quick.pays(), is(false));
    assertThat(quick.why(), containsString("the quota lets 5,000 requests a second through"));
    double half =
        of(sample, new Prospect.Job(8_000, 4_000, 20_000, 50, 200, 200, 0.1, 0)).share().expected();
    assertThat("half of it is paid", half, is(allOf(greaterThan(0.3), lessThan(0.5))));
  }

  /** The machine that foresees it is idle, and another than the job's. */
  @Test
  void theIntervalKnowsOfSlowerWorkers_whereTheirPaceMatters() {
    List<Prospect.Known> sample = known(Corpus.of(1, 300, 3, Asked.RIGHT, Sorted.NOT));
    Prospect near = of(sample, new Prospect.Job(8_000, 0, 20_000, 100, 90, 90, 0.1, 0));
    double half =
        of(sample, new Prospect.Job(8_000, 0, 20_000, 100, 45, 45, 0.1, 0)).share().expected();
    assertThat(near.share().low(), is(lessThanOrEqualTo(half)));
    assertThat(near.share().expected(), is(greaterThan(1.3 * half)));
    Prospect far = of(sample, new Prospect.Job(8_000, 0, 20_000, 5, 200, 200, 0.1, 0));
    assertThat(far.share().low(), is(greaterThan(far.share().expected() - 0.05)));
  }

  /** Or it is a point, beside which the job ends that is run when nothing else is. */
  @Test
  void theIntervalKnowsOfAMachineThatWasBusyWhenItWasMeasured() {
    List<Prospect.Known> sample = known(Corpus.of(1, 300, 3, Asked.RIGHT, Sorted.NOT));
    Prospect busy = of(sample, new Prospect.Job(8_000, 0, 20_000, 100, 90, 300, 0.1, 0));
    Prospect idle = of(sample, new Prospect.Job(8_000, 0, 20_000, 100, 300, 300, 0.1, 0));
    assertThat(busy.share().expected(), is(lessThan(idle.share().expected() - 0.05)));
    assertThat(busy.share().high(), is(greaterThanOrEqualTo(idle.share().expected())));
  }

  @Test
  void whatIsOnItsWayWhenTheSampleIsAnsweredIsNotSaved() {
    List<Prospect.Known> sample = known(Corpus.of(1, 300, 3, Asked.RIGHT, Sorted.NOT));
    Prospect.Span none = of(sample, new Prospect.Job(8_000, 0, 20_000, 50, 200, 200, 0, 0)).share();
    Prospect.Span some =
        of(sample, new Prospect.Job(8_000, 0, 20_000, 50, 200, 200, 0, 400)).share();
    assertThat(some.expected(), is(lessThan(none.expected() - 0.04)));
    assertThat(some.high(), is(greaterThanOrEqualTo(none.expected())));
  }

  @Test
  void whereTheJobLearnsFromMoreThanTheSample_theIntervalGoesUp() {
    List<Corpus.Row> rows = Corpus.of(7, 16_000, 3, Asked.NOISE, Sorted.NOT);
    Cascade cascade = new Cascade(0.95, 0.9, 1_000, 0.05, Of.ALL, true);
    double saved = Rehearsal.of(cascade, rows, 20_000, 7).saved();
    Prospect seen = of(cascade, rows, 200, 20_000);
    assertThat(seen.toString(), seen.share().high(), is(greaterThanOrEqualTo(saved)));
  }

  private static List<Prospect.Known> known(List<Corpus.Row> rows) {
    return rows.stream()
        .map(
            row ->
                new Prospect.Known(
                    row.id(), Features.of(row.vector(), ""), "\"" + row.label() + "\""))
        .toList();
  }
}
