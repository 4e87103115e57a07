package io.sluice.internal.engine.batch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.comparesEqualTo;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThanOrEqualTo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.Answer.ServedBy;
import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.KeySource;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.ModelTask.Stragglers;
import io.sluice.Source;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.internal.ledger.LedgerTotals;
import io.sluice.internal.prepare.RequestBuilder;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Rows that are answered by batches, or in real time where no batch will do. */
class BatchEngineTest extends BatchCase {
  @Test
  void answersThatDoNotFit_areAskedAgainWithTheReason_inTheNextBatch() throws Exception {
    ModelTask task = TASK.withOutput(ModelTask.Output.ofLabels("yes", "no"));
    List<PreparedDocument> rows = new ArrayList<>();
    RequestBuilder requests = new RequestBuilder(task);
    for (int i = 0; i < 300; i++) {
      ObjectNode fields = JsonNodeFactory.instance.objectNode().put("text", "text " + i);
      Document document = new Document("d" + i, null, fields.toString(), new Source("f", i));
      rows.add(new PreparedDocument(document, requests.build(fields), ""));
    }
    Set<String> first =
        rows.stream().map(row -> row.request().fingerprint()).collect(Collectors.toSet());
    provider.says = fingerprint -> first.contains(fingerprint) ? "maybe" : "yes";
    BatchEngine engine = engine(task);
    Map<String, Finished> ends = ends(planned(task, engine), engine, rows);
    assertThat(
        ends.values().stream().map(BatchEngineTest::servedBy).distinct().toList(),
        is(List.of(ServedBy.BATCH)));
    assertThat(provider.sizes(), is(List.of(300, 300)));
    allBilledOnce(600);
    BatchEngine second = engine(task);
    ends = ends(planned(task, second), second, rows);
    assertThat(servedBy(ends.get("d5")), is(ServedBy.LEDGER));
    Finished end = ends.get("d5");
    assertThat(end instanceof Finished.Answered a ? a.answer().attempts() : 0, is(2));
    allBilledOnce(600);
  }

  @Test
  void rowsAreAnsweredByOneBatch_andNextTimeByTheLedger() throws Exception {
    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5));
    assertThat(
        ends.values().stream().map(BatchEngineTest::servedBy).toList(),
        everyItem(is(ServedBy.BATCH)));

    Map<String, Finished> again = run(engine(TASK), rows(5));

    assertThat(provider.created(), is(1));
    assertThat(
        again.values().stream().map(BatchEngineTest::servedBy).toList(),
        everyItem(is(ServedBy.LEDGER)));
  }

  @Test
  void identicalRequestsAreAskedOnce() throws Exception {
    List<PreparedDocument> rows = List.of(row(0, "same"), row(1, "same"), row(2, "other"));

    Map<String, Finished> ends = run(engine(TASK), rows);

    assertThat(ends, aMapWithSize(3));
    assertThat(provider.sizes(), contains(2));
    allBilledOnce(2);
  }

  @Test
  void withoutTheEndOfTheInput_aPauseMakesABatch() {
    BatchEngine engine = engine(TASK);
    engine.submit(rows(3));
    engine.turn();
    assertThat(provider.created(), is(0));

    time.pass(Duration.ofSeconds(31).toNanos());
    engine.turn();

    assertThat(provider.sizes(), contains(3));
  }

  @Test
  void aShareIsAskedInRealtimeFromTheBeginning() throws Exception {
    ModelTask task = TASK.withDelivery(delivery(Stragglers.BATCH, 0.5, null));

    Map<String, Finished> ends = run(engine(task), rows(200));

    long realtime =
        ends.values().stream().filter(end -> servedBy(end) == ServedBy.REALTIME).count();
    assertThat((double) realtime, closeTo(100, 30));
    assertThat(provider.billed, aMapWithSize(200 - (int) realtime));
  }

  @Test
  void whenOnlyRealtimeCanKeepTheDeadline_theRestIsTakenOutOfTheBatch() throws Exception {
    provider.quick = false;
    Instant deadline =
        Instant.ofEpochMilli(time.epochNanos() / 1_000_000).plus(Duration.ofMinutes(10));
    ModelTask task = TASK.withDelivery(delivery(Stragglers.REALTIME, 0, deadline));

    Map<String, Finished> ends = run(engine(task), rows(5));

    assertThat(provider.sizes(), contains(5));
    assertThat(provider.billed, aMapWithSize(0));
    assertThat(
        ends.values().stream().map(BatchEngineTest::servedBy).toList(),
        everyItem(is(ServedBy.REALTIME)));
    assertThat(provider.cancelledAt.isBefore(deadline), is(true));
  }

  private static final ModelTask HUNDRED =
      ModelTask.of(
              "test",
              new Provider("bedrock", "http://localhost", KeySource.NONE)
                  .withSettings(
                      Map.of(
                          "batch.s3Uri", "s3://bucket", "batch.roleArn", "arn:aws:iam::1:role/r")),
              "fake",
              new ModelTask.Prompt(null, "{{text}}"))
          .withQuota(new Quota(FREE, FREE, 8, Duration.ofSeconds(1), Map.of()))
          .withDelivery(Delivery.BATCH);

  private static long inRealtime(Map<String, Finished> ends) {
    return ends.values().stream().filter(end -> servedBy(end) == ServedBy.REALTIME).count();
  }

  @Test
  void restThatIsTooSmallForABatch_isAskedInRealtime() throws Exception {
    BatchEngine engine = engine(HUNDRED);
    Map<String, Finished> few = run(engine, rows(99));
    assertThat(few, aMapWithSize(99));
    assertThat(inRealtime(few), is(99L));
    assertThat(provider.created(), is(0));
  }

  @Test
  void batchOfTheLeast_isOne() throws Exception {
    Map<String, Finished> ends = run(engine(HUNDRED), rows(100));
    assertThat(inRealtime(ends), is(0L));
    assertThat(provider.created(), is(1));
  }

  @Test
  void restThatABudgetMakesTooSmall_isAskedInRealtime_withinIt() throws Exception {
    // 60 requests of a batch cost this much at most.
    budgetUsd = new BigDecimal("0.0009");
    Map<String, Finished> ends = run(engine(HUNDRED), rows(200));
    assertThat(provider.created(), is(0));
    assertThat(inRealtime(ends), is(both(greaterThan(0L)).and(lessThanOrEqualTo(60L))));
    assertThat(
        ends.values().stream().filter(end -> kind(end) == ErrorKind.BUDGET).count(),
        is(200 - inRealtime(ends)));
  }

  @Test
  void aBatchTakesNoMoreRequestsThanTheTaskSays_andNoMoreTokensThanTheQueue() throws Exception {
    Delivery all = Delivery.BATCH;
    ModelTask three =
        TASK.withDelivery(
            new Delivery(true, all.poll(), 3, all.enqueuedTokens(), Stragglers.BATCH, 0, null));

    run(engine(three), rows(7));

    assertThat(provider.sizes(), contains(3, 3, 1));

    ModelTask forty =
        TASK.withDelivery(new Delivery(true, all.poll(), 1_000, 40, Stragglers.BATCH, 0, null));
    run(engine(forty), rows(17));

    assertThat("ten new requests of ten tokens", provider.sizes(), contains(3, 3, 1, 4, 4, 2));
  }

  @Test
  void anAnswerThatIsNoneIsADeadLetter_andWasBilled() throws Exception {
    provider.declined.add(fingerprint("text 0"));
    BatchEngine engine = engine(TASK);

    Map<String, Finished> ends = run(engine, rows(2));

    assertThat(kind(ends.get("d0")), is(ErrorKind.REFUSAL));
    LedgerTotals totals = new LedgerTotals();
    LedgerScan.scan(directory.toString(), (segment, offset, record) -> totals.add(segment, record));
    assertThat(totals.failedUsd(), comparesEqualTo(new BigDecimal("0.0000075")));
    assertThat(totals.spentUsd(), comparesEqualTo(new BigDecimal("0.000015")));
  }

  @Test
  void theBudgetIsNeverPassed_andWhatItLeavesOutIsStillToDo() throws Exception {
    // A request holds 15 millionths at most, and takes 7.5.
    budgetUsd = new BigDecimal("0.000040");

    Map<String, Finished> ends = run(engine(TASK), rows(10));

    long answered = ends.values().stream().filter(Finished.Answered.class::isInstance).count();
    assertThat(answered, is(4L));
    assertThat(ends.values().stream().filter(end -> kind(end) == ErrorKind.BUDGET).count(), is(6L));

    budgetUsd = new BigDecimal("1");
    run(engine(TASK), rows(10));
    allBilledOnce(10);
  }

  @Test
  void aKeysBudgetIsNeverPassed_overAllRuns_andTheOtherKeysGoOn() throws Exception {
    // A request holds 15 millionths at most, and takes 7.5.
    keyBudgetsUsd.put("small", new BigDecimal("0.000040"));
    List<PreparedDocument> rows = new ArrayList<>();
    for (PreparedDocument row : rows(20)) {
      boolean isSmall = rows.size() % 2 == 0;
      rows.add(new PreparedDocument(row.document(), row.request(), isSmall ? "small" : ""));
    }

    Map<String, Finished> ends = run(engine(TASK), rows);
    run(engine(TASK), rows);

    assertThat(ends.values().stream().filter(end -> kind(end) == ErrorKind.BUDGET).count(), is(6L));
    allBilledOnce(14);
    keyBudgetsUsd.put("small", new BigDecimal(1));
    run(engine(TASK), rows);
    allBilledOnce(20);
  }
}
