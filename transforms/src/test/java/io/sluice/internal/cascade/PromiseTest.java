package io.sluice.internal.cascade;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import io.sluice.Cascade;
import io.sluice.Cascade.Of;
import io.sluice.internal.cascade.Corpus.Asked;
import io.sluice.internal.cascade.Corpus.Sorted;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a cascade promises, over many jobs with known answers. Prints what it saves. */
class PromiseTest {
  private static final double CONFIDENCE = 0.9;
  private static final int MANY = 200;

  /** Jobs of one kind. */
  private record Jobs(int broken, double saved, int epochs) {
    static Jobs of(Cascade cascade, int size, int held, Asked asked, Sorted sorted, int seeds) {
      int broken = 0;
      double saved = 0;
      int epochs = 0;
      for (int seed = 0; seed < seeds; seed++) {
        Rehearsal job = Rehearsal.of(cascade, Corpus.of(seed, size, 3, asked, sorted), held, seed);
        broken += job.isKept(cascade) ? 0 : 1;
        saved += job.saved() / seeds;
        epochs += job.epochs;
      }
      System.out.printf(
          "%s %.2f of %d, %d held, %s, %s: %.3f saved, %d of %d broken, %d given up%n",
          cascade.of(),
          cascade.agreement(),
          size,
          held,
          asked,
          sorted,
          saved,
          broken,
          seeds,
          epochs);
      return new Jobs(broken, saved, epochs);
    }
  }

  /** So many broken promises are no more than chance, at one in a thousand tests. */
  private static int mostBroken(int jobs) {
    return BinomialDistribution.of(jobs, 1 - CONFIDENCE).inverseCumulativeProbability(0.999);
  }

  private static Cascade cascade(Of of, double agreement) {
    return new Cascade(agreement, CONFIDENCE, 1_000, 0.05, of, true);
  }

  @ParameterizedTest
  @CsvSource({
    "ALL, 0.95, ODD, NOT",
    "ALL, 0.90, NOISE, BY_DIFFICULTY",
    "ALL, 0.95, OTHER, BY_LABEL",
    "ANSWERED, 0.95, ODD, BY_PLACE",
    "ANSWERED, 0.90, NOISE, NOT",
    "LABEL, 0.90, ODD, NOT",
  })
  void thePromiseIsKept(Of of, double agreement, Asked asked, Sorted sorted) {
    Jobs jobs = Jobs.of(cascade(of, agreement), 5_000, 2_500, asked, sorted, 12);
    assertThat(jobs.broken, lessThanOrEqualTo(mostBroken(12)));
  }

  @Test
  void savingsAreWorthIt() {
    assertThat(
        Jobs.of(cascade(Of.ALL, 0.95), 6_000, 20_000, Asked.OTHER, Sorted.NOT, 3).saved,
        greaterThan(0.75));
  }

  /** Three quarters of an hour; says all that it finds before it fails. */
  @Tag("long")
  @ParameterizedTest
  @EnumSource(Of.class)
  void thePromiseIsKept_overManyJobs(Of of) {
    List<String> tooMany = new ArrayList<>();
    for (double agreement : new double[] {0.9, 0.95, 0.98}) {
      for (Asked asked : Asked.values()) {
        for (Sorted sorted : Sorted.values()) {
          // Where all rows wait at once their order is nothing.
          for (int held : sorted == Sorted.NOT ? new int[] {2_500, 20_000} : new int[] {2_500}) {
            Jobs jobs = Jobs.of(cascade(of, agreement), 8_000, held, asked, sorted, MANY);
            if (jobs.broken > mostBroken(MANY)) {
              tooMany.add(of + " " + agreement + " " + asked + " " + sorted + " " + held);
            }
          }
        }
      }
    }
    assertThat(tooMany, is(empty()));
  }
}
