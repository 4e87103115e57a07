package io.sluice.internal.engine.batch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;

import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.ModelTask.Delivery;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.spi.BatchStatus.BatchProblem;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Whose failure it is that all of a batch's requests are refused. */
class BatchRefusalsTest extends BatchCase {
  private static final int MANY = 100;

  private void refuse(List<PreparedDocument> rows) {
    for (PreparedDocument row : rows) {
      provider.refused.put(row.request().fingerprint(), "Unsupported parameter: 'foo'");
    }
  }

  private static List<ErrorKind> kinds(Collection<Finished> ends) {
    return ends.stream().map(BatchCase::kind).toList();
  }

  @Test
  void allAlikeAndNoneAnswered_stopsTheAccountWithEverythingStillToDo() throws Exception {
    List<PreparedDocument> rows = rows(MANY);
    refuse(rows);
    BatchEngine engine = engine(TASK);

    Map<String, Finished> ends = run(engine, rows);

    assertThat(kinds(ends.values()), everyItem(is(ErrorKind.ACCOUNT)));
    assertThat(
        String.valueOf(engine.snapshot().brokenBecause),
        allOf(
            containsString("100 requests in batches failed alike and none was answered"),
            containsString("Unsupported parameter: 'foo'"),
            containsString("check provider.baseUrl, the model")));
    assertThat(provider.created(), is(1));

    provider.refused.clear();
    Map<String, Finished> again = run(engine(TASK), rows);

    assertThat(kinds(again.values()), everyItem(nullValue()));
    allBilledOnce(MANY);
  }

  @Test
  void fewRequests_areDeadLetters() throws Exception {
    List<PreparedDocument> rows = rows(20);
    refuse(rows);

    Map<String, Finished> ends = run(engine(TASK), rows);

    assertThat(kinds(ends.values()), everyItem(is(ErrorKind.BAD_REQUEST)));
  }

  @Test
  void oneThatIsAnswered_theOthersAreRefusedForWhatIsInThem() throws Exception {
    List<PreparedDocument> rows = rows(MANY);
    refuse(rows.subList(0, MANY - 1));

    Map<String, Finished> ends = run(engine(TASK), rows);

    assertThat(kind(ends.remove("d99")), is(nullValue()));
    assertThat(ends, is(aMapWithSize(MANY - 1)));
    assertThat(kinds(ends.values()), everyItem(is(ErrorKind.BAD_REQUEST)));
    assertThat(provider.created(), is(1));
  }

  @Test
  void thoseOfAnEarlierRun_areRefusedForWhatIsInThem() throws Exception {
    List<PreparedDocument> rows = rows(MANY);
    refuse(rows.subList(0, MANY - 1));
    Map<String, Finished> first = run(engine(TASK), rows);

    Map<String, Finished> second = run(engine(TASK), rows);

    assertThat(kinds(second.values()), containsInAnyOrder(kinds(first.values()).toArray()));
    assertThat(provider.created(), is(2));
  }

  @Test
  void eachForAReasonOfItsOwn_areRefusedForWhatIsInThem() throws Exception {
    List<PreparedDocument> rows = rows(MANY);
    List<String> reasons = List.of("too long", "no picture", "bad tool call", "role is missing");
    for (int i = 0; i < MANY; i++) {
      provider.refused.put(rows.get(i).request().fingerprint(), reasons.get(i % reasons.size()));
    }

    Map<String, Finished> ends = run(engine(TASK), rows);

    assertThat(kinds(ends.values()), everyItem(is(ErrorKind.BAD_REQUEST)));
  }

  @Test
  void smallBatches_areCountedTogether() throws Exception {
    List<PreparedDocument> rows = rows(300);
    refuse(rows);
    Delivery all = Delivery.BATCH;
    ModelTask task =
        TASK.withDelivery(
            new Delivery(
                true, all.poll(), 50, all.enqueuedTokens(), all.stragglers(), 0, all.deadline()));
    BatchEngine engine = engine(task);

    Map<String, Finished> ends = run(engine, rows);

    long dead = kinds(ends.values()).stream().filter(ErrorKind.BAD_REQUEST::equals).count();
    long left = kinds(ends.values()).stream().filter(ErrorKind.ACCOUNT::equals).count();
    assertThat(dead, is(50L));
    assertThat(left, is(250L));
  }

  @Test
  void ofAnEarlierRun_whoeverComesForThemAsksAnew() throws Exception {
    List<PreparedDocument> rows = rows(MANY);
    refuse(rows);
    beginAndLeave(rows);
    BatchEngine engine = engine(TASK);
    engine.turn();
    provider.refused.clear();

    Map<String, Finished> ends = run(engine, rows);

    assertThat(kinds(ends.values()), everyItem(nullValue()));
    assertThat(engine.snapshot().brokenBecause, is(nullValue()));
    allBilledOnce(MANY);
  }

  @Test
  void aCheckThatRefusesEachLineForOneReason_stopsTheAccount() throws Exception {
    provider.refusal =
        LongStream.rangeClosed(1, MANY)
            .mapToObj(line -> new BatchProblem("model_not_found", "no such model", line))
            .toList();
    List<PreparedDocument> rows = rows(MANY);
    BatchEngine engine = engine(TASK);

    Map<String, Finished> ends = run(engine, rows);

    assertThat(kinds(ends.values()), everyItem(is(ErrorKind.ACCOUNT)));
    assertThat(String.valueOf(engine.snapshot().brokenBecause), containsString("no such model"));
  }
}
