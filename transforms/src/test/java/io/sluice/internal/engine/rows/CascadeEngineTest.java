package io.sluice.internal.engine.rows;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.lessThanOrEqualTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import io.sluice.Answer;
import io.sluice.Answer.ServedBy;
import io.sluice.Cascade;
import io.sluice.Cascade.Of;
import io.sluice.ModelTask;
import io.sluice.internal.cascade.Corpus;
import io.sluice.internal.cascade.Corpus.Asked;
import io.sluice.internal.cascade.Corpus.Sorted;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CascadeEngineTest {
  private static final Cascade CASCADE = new Cascade(0.95, 0.95, 800, 0.05, Of.ALL, true);

  @TempDir Path directory;

  private int ledgers;

  private CascadeRig rig(Cascade cascade, int mostRows, List<Corpus.Row> corpus) {
    return rig(directory.resolve("" + ledgers++), cascade, mostRows, corpus);
  }

  private static CascadeRig rig(
      Path ledger, Cascade cascade, int mostRows, List<Corpus.Row> corpus) {
    Map<String, Integer> labels = CascadeRig.labels(corpus);
    Function<PreparedDocument, @Nullable String> says =
        row -> String.valueOf(labels.get(row.request().fingerprint()));
    return new CascadeRig(ledger, cascade, mostRows, says);
  }

  private static int wrong(CascadeRig rig, List<Corpus.Row> corpus) {
    int wrong = 0;
    for (Corpus.Row row : corpus) {
      String output = rig.answer(row.id()).outputJson();
      wrong += output.equals("\"" + row.label() + "\"") ? 0 : 1;
    }
    return wrong;
  }

  @Test
  void everyRowEndsOnce_andMostAreNotPaid() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(1, 6_000, 3, Asked.OTHER, Sorted.NOT);
    CascadeRig rig = rig(CASCADE, 3_000, corpus).run(CascadeRig.rows(corpus));
    assertThat(rig.ends.size(), is(corpus.size()));
    assertThat(rig.below.calls.values(), everyItem(is(1)));
    assertThat("paid", rig.below.calls.size(), lessThan(2_500));
    assertThat(rig.count(ServedBy.CASCADE), is((long) corpus.size() - rig.below.calls.size()));
    assertThat("wrong", wrong(rig, corpus), lessThanOrEqualTo(300));
    assertThat(rig.engine.snapshot().answered, is((long) corpus.size()));
    assertThat(rig.engine.snapshot().waiting, is(0));
  }

  @Test
  void aServedRowSaysByWhom_andAnAuditedOneBothAnswers() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(2, 6_000, 3, Asked.OTHER, Sorted.NOT);
    CascadeRig rig = rig(CASCADE, 2_000, corpus).run(CascadeRig.rows(corpus));
    int audited = 0;
    for (Corpus.Row row : corpus) {
      Answer answer = rig.answer(row.id());
      Answer.Cascaded small = answer.cascaded();
      if (answer.servedBy() == ServedBy.CASCADE) {
        assertThat(small, is(notNullValue()));
        assertThat(Objects.requireNonNull(small).outputJson(), is(answer.outputJson()));
        assertThat(small.probability(), greaterThan(0.3));
        assertThat(answer.attempts(), is(0));
      } else if (small != null) {
        audited++;
        assertThat(answer.outputJson(), is("\"" + row.label() + "\""));
      }
    }
    assertThat("audited", audited, greaterThan(20));
  }

  @Test
  void randomLabels_costNothingMore() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(3, 6_000, 3, Asked.CHANCE, Sorted.NOT);
    CascadeRig rig = rig(CASCADE, 3_000, corpus).run(CascadeRig.rows(corpus));
    assertThat(rig.count(ServedBy.CASCADE), is(0L));
    assertThat(rig.below.calls.size(), is(corpus.size()));
    assertThat(rig.below.calls.values(), everyItem(is(1)));
  }

  /** A batch ends as a whole: nothing is sent that the small model may answer a little later. */
  @Test
  void inBatches_theFirstIsTheSample_andWhatItDoesNotProveComesNext() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(14, 6_000, 3, Asked.OTHER, Sorted.NOT);
    Map<String, Integer> labels = CascadeRig.labels(corpus);
    CascadeRig rig = batches(directory, corpus, labels);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    rig.engine.submit(rows);
    rig.engine.inputEnded();
    assertThat("an eighth", rig.below.waiting(), is(750));
    while (rig.ends.isEmpty() || rig.count(ServedBy.CASCADE) == 0) {
      assertThat("alone", rig.below.calls.size(), lessThanOrEqualTo(750));
      rig.turn();
    }
    while (rig.ends.size() < corpus.size()) {
      rig.turn();
    }
    assertThat(rig.below.calls.values(), everyItem(is(1)));
    assertThat("paid", rig.below.calls.size(), lessThan(3_000));
    assertThat(rig.count(ServedBy.CASCADE), is((long) corpus.size() - rig.below.calls.size()));
    assertThat("wrong", wrong(rig, corpus), lessThanOrEqualTo(300));
  }

  /** When it has learnt, before a row has left. */
  @Test
  void inBatches_killedAtTheSwitch_nothingIsPaidTwice() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(15, 4_000, 3, Asked.NOISE, Sorted.NOT);
    Map<String, Integer> labels = CascadeRig.labels(corpus);
    CascadeRig first = batches(directory, corpus, labels);
    first.engine.submit(CascadeRig.rows(corpus));
    first.engine.inputEnded();
    while (first.count(ServedBy.CASCADE) == 0) {
      first.turn();
    }
    CascadeRig second = batches(directory, corpus, labels).run(CascadeRig.rows(corpus));
    assertThat(second.ends.size(), is(corpus.size()));
    for (String id : first.ends.keySet()) {
      assertThat(second.answer(id).outputJson(), is(first.answer(id).outputJson()));
      assertThat(second.answer(id).cascaded(), is(first.answer(id).cascaded()));
    }
    Map<String, Integer> calls = new HashMap<>(first.below.calls);
    second.below.calls.forEach((request, count) -> calls.merge(request, count, Integer::sum));
    assertThat(calls.values(), everyItem(is(1)));
    assertThat("wrong", wrong(second, corpus), lessThanOrEqualTo(200));
  }

  private static CascadeRig batches(
      Path ledger, List<Corpus.Row> corpus, Map<String, Integer> labels) {
    return new CascadeRig(
        ledger,
        CASCADE,
        corpus.size(),
        row -> String.valueOf(labels.get(row.request().fingerprint())),
        ModelTask.Delivery.BATCH,
        Integer.MAX_VALUE);
  }

  @Test
  void sortedByLabel_keepsThePromise() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(4, 9_000, 3, Asked.OTHER, Sorted.BY_LABEL);
    CascadeRig rig = rig(CASCADE, 2_000, corpus).run(CascadeRig.rows(corpus));
    assertThat("wrong", wrong(rig, corpus), lessThanOrEqualTo(450));
    assertThat(rig.count(ServedBy.CASCADE), greaterThan(0L));
  }

  @Test
  void killedAnywhere_rowsKeepTheirAnswers_andNothingIsPaidTwice() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(5, 5_000, 3, Asked.NOISE, Sorted.NOT);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    // Where learning, the switch and the flow are, in turns.
    for (int turns : new int[] {6, 14, 24, 45}) {
      Path ledger = directory.resolve("killed-" + turns);
      CascadeRig first = rig(ledger, CASCADE, 2_000, corpus).run(rows, turns);
      CascadeRig second = rig(ledger, CASCADE, 2_000, corpus).run(rows, turns);
      CascadeRig third = rig(ledger, CASCADE, 2_000, corpus).run(rows);
      assertThat(third.ends.size(), is(corpus.size()));
      for (CascadeRig before : List.of(first, second)) {
        for (Map.Entry<String, Finished> end : before.ends.entrySet()) {
          Answer then = before.answer(end.getKey());
          Answer now = third.answer(end.getKey());
          assertThat(now.outputJson(), is(then.outputJson()));
          assertThat(now.servedBy() == ServedBy.CASCADE, is(then.servedBy() == ServedBy.CASCADE));
          if (then.cascaded() != null) {
            assertThat(now.cascaded(), is(then.cascaded()));
          }
        }
      }
      Map<String, Integer> calls = new HashMap<>();
      for (CascadeRig rig : List.of(first, second, third)) {
        rig.below.calls.forEach(
            (fingerprint, count) -> calls.merge(fingerprint, count, Integer::sum));
      }
      assertThat("killed after " + turns, calls.values(), everyItem(is(1)));
      assertThat("wrong", wrong(third, corpus), lessThanOrEqualTo(250));
    }
  }

  @Test
  void aFinishedJobAskedAgain_paysNothing_andSaysTheSame() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(6, 5_000, 3, Asked.NOISE, Sorted.NOT);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    Path ledger = directory.resolve("again");
    CascadeRig first = rig(ledger, CASCADE, 2_000, corpus).run(rows);
    CascadeRig again = rig(ledger, CASCADE, 2_000, corpus).run(rows);
    assertThat(again.below.calls.keySet(), is(empty()));
    for (Corpus.Row row : corpus) {
      assertThat(again.answer(row.id()).outputJson(), is(first.answer(row.id()).outputJson()));
      assertThat(again.answer(row.id()).cascaded(), is(first.answer(row.id()).cascaded()));
    }
    assertThat(again.count(ServedBy.CASCADE), is(first.count(ServedBy.CASCADE)));
  }

  @Test
  void newRowsOfALaterRun_areAnsweredByTheModelThatIsThere() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(7, 14_000, 3, Asked.OTHER, Sorted.NOT);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    Path ledger = directory.resolve("later");
    rig(ledger, CASCADE, 2_000, corpus).run(rows.subList(0, 9_000));
    CascadeRig later = rig(ledger, CASCADE, 2_000, corpus).run(rows.subList(9_000, 14_000));
    assertThat("paid", later.below.calls.size(), lessThan(1_000));
  }

  @Test
  void rowsWithTheSameRequest_areAskedOnce_andGetTheSame() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(8, 4_000, 3, Asked.NOISE, Sorted.NOT);
    List<PreparedDocument> rows = new ArrayList<>(CascadeRig.rows(corpus));
    for (int i = 0; i < 1_000; i++) {
      rows.add(100 + i, CascadeRig.row(corpus.get(i), "twin-" + i));
    }
    CascadeRig rig = rig(CASCADE, 10_000, corpus).run(rows);
    assertThat(rig.ends.size(), is(5_000));
    assertThat(rig.below.calls.values(), everyItem(is(1)));
    for (int i = 0; i < 1_000; i++) {
      assertThat(
          rig.answer("twin-" + i).outputJson(), is(rig.answer(corpus.get(i).id()).outputJson()));
    }
  }

  @Test
  void rowsThatTheModelRefuses_areDeadLetters_andHoldUpNothing() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(9, 4_000, 3, Asked.OTHER, Sorted.NOT);
    Map<String, Integer> labels = CascadeRig.labels(corpus);
    CascadeRig rig =
        new CascadeRig(
                directory,
                CASCADE,
                2_000,
                row ->
                    row.request().fingerprint().startsWith("a")
                        ? null
                        : String.valueOf(labels.get(row.request().fingerprint())))
            .run(CascadeRig.rows(corpus));
    assertThat(rig.ends.size(), is(4_000));
    assertThat(rig.count(ServedBy.CASCADE), greaterThan(1_000L));
  }

  /** A runner comes by now and then; a quota that is fast would idle in between. */
  @Test
  void whereAllIsSentBeforeTheRunnerComesBy_moreIsGivenAhead() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(14, 8_000, 3, Asked.NOISE, Sorted.NOT);
    CascadeRig fast = rig("fast", corpus, 1_000).run(CascadeRig.rows(corpus), 5);
    assertThat(fast.below.calls.size(), greaterThan(1_000));
    CascadeRig slow = rig("slow", corpus, 60);
    slow.run(CascadeRig.rows(corpus), 8);
    assertThat("two windows of 50", slow.below.waiting(), lessThan(101));
    assertThat(slow.below.calls.size(), is(8 * 60));
  }

  /** Three rows a second are looked at, and the quota takes eight. */
  @Test
  void whereTheSmallModelIsSlowerThanTheQuota_theJobIsNotSlowerThanTheQuota()
      throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(15, 8_000, 3, Asked.NOISE, Sorted.NOT);
    CascadeRig rig = rig("slower", corpus, 288);
    rig.nanosPerLook = 360_000_000L;
    long from = rig.epochNanos();
    rig.run(CascadeRig.rows(corpus));
    assertThat(rig.ends.size(), is(8_000));
    double minutes = (rig.epochNanos() - from) / 60e9;
    assertThat(minutes / (8_000.0 / rig.task.quota().requestsPerMinute()), lessThan(1.1));
    assertThat("and saves", rig.count(ServedBy.CASCADE), greaterThan(500L));
  }

  /**
   * Three to eight rows a second are looked at, and the quota takes eight: it asks about what the
   * small model does not come to, and no more, so that the job takes no longer than by asking
   * alone, whatever is proven, and what was looked at is not asked about as well.
   */
  @ParameterizedTest
  @CsvSource({
    "ALL, OTHER, 125, 5000",
    "ALL, OTHER, 200, 3500",
    "ALL, OTHER, 360, 1700",
    "ALL, NOISE, 125, 2500",
    "ALL, CHANCE, 125, -1",
    "ANSWERED, OTHER, 125, 3000",
    "ANSWERED, OTHER, 200, 2000",
    "ANSWERED, CHANCE, 125, -1",
  })
  void whereTheSmallModelIsSlower_itLooksAtAsMuchAsTheJobHasTimeFor(
      Of of, Asked asked, long millisPerLook, long saved) throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(15, 8_000, 3, asked, Sorted.NOT);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    // 96 are looked at a turn, which is as long; meanwhile the quota takes so many.
    long turn = 96 * millisPerLook * 1_000_000;
    int atOnce = (int) (turn * 500 / 60_000_000_000L);
    CascadeRig rig = rig("share", new Cascade(0.95, 0.95, 800, 0.05, of, true), corpus, atOnce);
    rig.nanosPerLook = millisPerLook * 1_000_000;
    int turns = 0;
    while (rig.ends.size() < 8_000 && turns < 2_000) {
      long from = rig.epochNanos();
      if (turns++ == 0) {
        rig.run(rows, 1);
      } else {
        rig.turn();
      }
      rig.pass(Math.max(0, turn - (rig.epochNanos() - from)));
    }
    assertThat(rig.ends.size(), is(8_000));
    assertThat(rig.below.calls.values(), everyItem(is(1)));
    assertThat("turns", 1.0 * turns * atOnce / 8_000, lessThan(1.15));
    assertThat("saves", rig.count(ServedBy.CASCADE), greaterThan(saved));
    assertThat("wrong", wrong(rig, corpus), lessThanOrEqualTo(400));
  }

  private CascadeRig rig(String name, List<Corpus.Row> corpus, int atOnce) {
    return rig(name, CASCADE, corpus, atOnce);
  }

  private CascadeRig rig(String name, Cascade cascade, List<Corpus.Row> corpus, int atOnce) {
    Map<String, Integer> labels = CascadeRig.labels(corpus);
    return new CascadeRig(
        directory.resolve(name),
        cascade,
        20_000,
        row -> String.valueOf(labels.get(row.request().fingerprint())),
        ModelTask.Delivery.REALTIME,
        atOnce);
  }

  @Test
  void fewRows_areAllAsked() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(10, 500, 3, Asked.OTHER, Sorted.NOT);
    CascadeRig rig = rig(CASCADE, 2_000, corpus).run(CascadeRig.rows(corpus));
    assertThat(rig.below.calls.size(), is(500));
    assertThat(rig.below.isTold, is(true));
  }

  /** A stream has no end: its rows do not wait for others that may never come. */
  @Test
  void aQuietStream_letsItsRowsGo() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(11, 5_000, 3, Asked.OTHER, Sorted.NOT);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    CascadeRig rig = rig(CASCADE, 20_000, corpus);
    for (int at = 0; at < rows.size(); at += 250) {
      rig.engine.submit(rows.subList(at, at + 250));
      for (int i = 0; i < 50; i++) {
        rig.pass(1_000_000_000L);
        rig.turn();
      }
      assertThat("after " + at, rig.ends.size(), is(at + 250));
    }
    assertThat(rig.count(ServedBy.CASCADE), greaterThan(1_000L));
  }

  /** Also rows that the small model is still looking at when it is quiet. */
  @Test
  void aQuietStream_letsRowsGo_thatAreLookedAtForLong() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(11, 5_000, 3, Asked.OTHER, Sorted.NOT);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    CascadeRig rig = rig(new Cascade(0.95, 0.95, 800, 0.02, Of.ALL, true), 20_000, corpus);
    for (int at : List.of(0, 3_000, 4_000)) {
      int to = at == 0 ? 3_000 : at + 1_000;
      rig.engine.submit(rows.subList(at, to));
      for (int i = 0; i < 200; i++) {
        rig.pass(30_000_000_000L);
        rig.turn();
      }
      assertThat("after " + to, rig.ends.size(), is(to));
    }
    assertThat(rig.below.calls.values(), everyItem(is(1)));
  }

  @Test
  void rowsThatAreForgotten_comeAgain_andEndOnce() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(12, 6_000, 3, Asked.NOISE, Sorted.NOT);
    List<PreparedDocument> rows = CascadeRig.rows(corpus);
    for (int turns : new int[] {10, 20, 30}) {
      CascadeRig rig = rig(CASCADE, 2_000, corpus).run(rows, turns);
      rig.engine.forgetRows();
      List<PreparedDocument> rest =
          rows.stream().filter(row -> !rig.ends.containsKey(row.document().id())).toList();
      assertThat(rest, is(not(empty())));
      int before = rig.ends.size();
      rig.ends.clear();
      rig.run(rest);
      assertThat(rig.ends.size() + before, is(6_000));
      assertThat(rig.below.calls.values(), everyItem(is(1)));
    }
  }

  @Test
  void withoutRecheck_nothingIsHeldBack() throws InterruptedException {
    List<Corpus.Row> corpus = Corpus.of(13, 6_000, 3, Asked.OTHER, Sorted.NOT);
    Cascade loose = new Cascade(0.95, 0.95, 800, 0.05, Of.ANSWERED, false);
    CascadeRig rig = rig(loose, 2_000, corpus).run(CascadeRig.rows(corpus));
    assertThat(rig.count(ServedBy.CASCADE), greaterThan(2_000L));
  }
}
