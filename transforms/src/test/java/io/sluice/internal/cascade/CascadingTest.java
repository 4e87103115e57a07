package io.sluice.internal.cascade;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.Cascade;
import io.sluice.internal.cascade.learning.Features;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CascadingTest {
  private static final int ROWS = 1_000;
  private static final int ROWS_OF_JOB = 10_000;

  private final Cascading<String> cascading =
      new Cascading<>(Cascade.DEFAULT, 20_000, Long.MAX_VALUE);

  /** Gives all rows, and has answers to all that the task's model is asked about. */
  private void run(int notAsked, boolean isLast) {
    List<Item<String>> items = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      items.add(cascading.offer("row", "fp" + i, "", 1, false));
    }
    cascading.settle(isLast);
    for (int i = 0; i < ROWS - notAsked; i++) {
      Item<String> next = cascading.next("", false);
      if (next != null) {
        cascading.ask(next);
      }
    }
    for (int i = 0; i < ROWS; i++) {
      cascading.seen(items.get(i), Features.of(new float[] {i % 2, 1 - i % 2}, ""));
    }
    for (Item<String> item : cascading.takeAsks()) {
      cascading.heard(item, items.indexOf(item) % 2 == 0 ? "\"a\"" : "\"b\"");
    }
  }

  /** Or the end of a job waits for what is learnt for nobody. */
  @Test
  void whereAllIsAskedAndNoMoreComes_nothingIsLearnt() {
    run(0, true);
    assertThat(cascading.lesson(), is(nullValue()));
  }

  @Test
  void forRowsThatWait_itIs() {
    run(100, true);
    assertThat(cascading.lesson(), is(notNullValue()));
  }

  @Test
  void forRowsThatMayStillCome_itIs() {
    run(0, false);
    assertThat(cascading.lesson(), is(notNullValue()));
  }

  /**
   * What was counted and had no answer at a crash comes again: counted twice, it would allow more
   * wrong rows than the promise does.
   */
  @ParameterizedTest
  @CsvSource({"20, 45", "20, 100", "100, 40", "500, 25"})
  void afterACrashNoRowIsCountedTwice(int sees, int life) throws IOException {
    List<Corpus.Row> rows = Corpus.of(1, ROWS_OF_JOB, 3, Corpus.Asked.RIGHT, Corpus.Sorted.NOT);
    Rehearsal job = new Rehearsal(Cascade.DEFAULT, 4_000, 50, 1);
    job.sees = sees;
    job.life = life;
    job.run(rows);
    assertThat("it has begun to answer", job.served, is(greaterThan(0)));
    assertThat("it is not over", job.outputs.size(), is(lessThan(ROWS_OF_JOB)));
    double leftByPool = rows(job.first);
    job.crash();
    job.life = Integer.MAX_VALUE;
    job.run(rows);
    double later = ROWS_OF_JOB - 4_000;
    assertThat(job.flow, rows(job.flow), is(lessThanOrEqualTo(leftByPool + later)));
    assertThat(job.toString(), job.saved(), is(greaterThan(0.5)));
  }

  @Test
  void whereNothingCanBeLearnt_thatIsSaidAtOnce() {
    List<Corpus.Row> rows = Corpus.of(1, ROWS_OF_JOB, 3, Corpus.Asked.CHANCE, Corpus.Sorted.NOT);
    Rehearsal job = new Rehearsal(Cascade.DEFAULT, 4_000, 50, 1);
    job.life = 22;
    job.run(rows);
    assertThat("it is not over", job.outputs.size(), is(lessThan(ROWS_OF_JOB)));
    assertThat(job.told, hasItem(containsString("rows are asked")));
  }

  /**
   * "All rows are asked" alone sounds as if that were for good, to somebody whose input goes on.
   */
  @Test
  void whereNothingCanBeLearnt_itIsSaidWhenThatIsTriedAgain() {
    List<Corpus.Row> rows = Corpus.of(1, 30_000, 3, Corpus.Asked.CHANCE, Corpus.Sorted.NOT);
    Rehearsal job = new Rehearsal(Cascade.DEFAULT, 1_000, 50, 1);
    job.run(rows);
    List<String> failed = job.told.stream().filter(told -> told.contains("are asked")).toList();
    assertThat(
        failed.get(0),
        matchesPattern(".*; the next 2,\\d{3} rows are asked, then it is tried again"));
    assertThat(failed.size(), is(4));
    assertThat(failed.get(3), containsString("all rows are asked from here on"));
  }

  /** What it holds is asked about then. */
  @Test
  void whereAuditsFindTooMuch_onlyRowsThatLeftAreSaidToBeAnswered() {
    List<Corpus.Row> rows = Corpus.of(1, 16_000, 3, Corpus.Asked.RIGHT, Corpus.Sorted.NOT);
    List<Corpus.Row> turned = new ArrayList<>(rows.subList(0, 4_000));
    for (Corpus.Row row : rows.subList(4_000, rows.size())) {
      turned.add(new Corpus.Row(row.id(), row.vector(), (row.label() + 1) % 3));
    }
    Rehearsal job = new Rehearsal(Cascade.DEFAULT, 4_000, 50, 1);
    job.run(turned);
    assertThat(job.told, hasItem(containsString("has answered 0 rows that came after")));
    assertThat(job.told, hasItem(endsWith("which proves nothing of its answers")));
    assertThat("the promise", job.isKept(Cascade.DEFAULT), is(true));
  }

  /** Each of them is a run of its own: what is not kept at its end is not proven by any. */
  @ParameterizedTest
  @CsvSource({"700, 14_500, 0.25", "1_500, 30_000, 0.75"})
  void roundsThatAreTooSmallToBeProvenAreProvenTogether(int size, int all, double least) {
    List<Corpus.Row> rows = Corpus.of(1, all, 3, Corpus.Asked.RIGHT, Corpus.Sorted.NOT);
    Rehearsal job = new Rehearsal(Cascade.DEFAULT, 20_000, 50, 1);
    job.run(rows.subList(0, 4_000));
    int first = job.served;
    for (int from = 4_000; from < rows.size(); from += size) {
      job.crash();
      job.run(rows.subList(from, Math.min(from + size, all)));
    }
    assertThat("all have an answer", job.outputs.size(), is(rows.size()));
    assertThat(job.toString(), job.served - first, is(greaterThan((int) (least * (all - 4_000)))));
    assertThat(job.toString(), job.isKept(Cascade.DEFAULT), is(true));
  }

  @Test
  void roundsOfARunThatGoesOn_areProvenTogether() {
    List<Corpus.Row> rows = Corpus.of(1, 30_000, 3, Corpus.Asked.RIGHT, Corpus.Sorted.NOT);
    Rehearsal job = new Rehearsal(Cascade.DEFAULT, 20_000, 50, 1);
    job.goesOn = true;
    job.run(rows.subList(0, 4_000));
    int first = job.served;
    for (int from = 4_000; from < rows.size(); from += 1_000) {
      job.run(rows.subList(from, from + 1_000));
    }
    assertThat("all have an answer", job.outputs.size(), is(rows.size()));
    assertThat(job.toString(), job.served - first, is(greaterThan((int) (0.75 * 26_000))));
    assertThat(job.toString(), job.isKept(Cascade.DEFAULT), is(true));
  }

  /** No others are to come that they could be proven with. */
  @Test
  void whatIsHeldAtAJobsEndIsAPoolOfItsOwn() {
    List<Corpus.Row> rows = Corpus.of(1, 5_700, 3, Corpus.Asked.RIGHT, Corpus.Sorted.NOT);
    Rehearsal job = Rehearsal.of(Cascade.DEFAULT, rows, 4_000, 1);
    assertThat(job.toString(), job.served, is(greaterThan(4_000)));
    assertThat("given up", job.epochs, is(1));
  }

  private static double rows(String flow) throws IOException {
    return new ObjectMapper().readTree(flow).path("rows").asDouble();
  }
}
