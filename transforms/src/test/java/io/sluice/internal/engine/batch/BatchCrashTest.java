package io.sluice.internal.engine.batch;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.aMapWithSize;
import static org.hamcrest.Matchers.both;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.Answer.ServedBy;
import io.sluice.ErrorKind;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Interrupted;
import io.sluice.internal.engine.realtime.VirtualTime;
import io.sluice.internal.judge.Judges;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.BatchProblem;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Engines that end at bad moments, and what the next one makes of it. */
class BatchCrashTest extends BatchCase {
  @Test
  void killedRightAfterTheBatchWasCreated_isTakenUp() throws Exception {
    provider.killAfterCreate = true;
    beginAndLeave(rows(5));
    assertThat(provider.created(), is(1));

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(ends, aMapWithSize(5));
    assertThat(provider.created(), is(1));
    allBilledOnce(5);
  }

  @Test
  void killedBeforeTheBatchWasCreated_isAskedOnce() throws Exception {
    provider.killBeforeCreate = true;
    beginAndLeave(rows(5));
    provider.killBeforeCreate = false;

    run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void killedWhileTheBatchWorks_keepsItsAnswersEvenForRowsThatComeLater() throws Exception {
    provider.quick = false;
    beginAndLeave(rows(5));
    provider.quick = true;
    BatchEngine second = engine(TASK);
    for (int i = 0; i < 10; i++) {
      second.turn();
      time.pass(VirtualTime.SECOND);
    }

    Map<String, Finished> ends = run(second, rows(6));

    assertThat(servedBy(ends.get("d0")), is(ServedBy.LEDGER));
    assertThat(servedBy(ends.get("d5")), is(ServedBy.BATCH));
    assertThat(provider.sizes(), contains(5, 1));
    allBilledOnce(6);
  }

  @Test
  void anAnswerThatLandsWhileItsRowIsLookedUp_isNotAskedForAgain() throws Exception {
    provider.quick = false;
    beginAndLeave(rows(5));
    provider.quick = true;
    BatchEngine second = engine(TASK);

    second.submit(
        Interrupted.beforeTheLast(
            rows(5),
            () -> {
              for (int i = 0; i < 10; i++) {
                second.turn();
                time.pass(VirtualTime.SECOND);
              }
            }));
    second.inputEnded();
    Map<String, Finished> ends = ends(second, 5);

    assertThat(servedBy(ends.get("d0")), is(ServedBy.LEDGER));
    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void rowsThatAreForgottenAndComeAgain_waitForTheSameBatch() throws Exception {
    provider.quick = false;
    BatchEngine engine = engine(TASK);
    begin(engine, rows(5));
    engine.forgetRows();
    provider.quick = true;

    run(engine, rows(5));

    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  /** What a process that was killed after the first line's end finds of the ledger. */
  @Test
  void killedAmongTheLinesThatTheProviderRefuses_theOthersAreNotBlamed() throws Exception {
    provider.refusal =
        List.of(
            new BatchProblem("invalid_request", "bad parameter", 1L),
            new BatchProblem("invalid_request", "bad parameter", 3L));
    run(engine(TASK), rows(5));
    Path whole = directory;
    directory = whole.resolve("killed");
    Path segment;
    try (Stream<Path> files = Files.list(whole.resolve("part-00"))) {
      segment = files.findFirst().orElseThrow();
    }
    List<String> records = Files.readAllLines(segment);
    int end = 0;
    while (!records.get(end).contains("\"t\":\"end\"")) {
      end++;
    }
    Files.createDirectories(directory.resolve("part-00"));
    Files.write(
        directory.resolve("part-00").resolve(segment.getFileName()), records.subList(0, end + 1));

    Map<String, Finished> ends = run(engine(TASK), rows(5));

    assertThat(kind(ends.get("d1")), is(nullValue()));
    assertThat(kind(ends.get("d3")), is(nullValue()));
  }

  @Test
  void killedLongAfterItsIntent_aBatchThatIsListedLateIsFound() throws Exception {
    provider.killAfterCreate = true;
    beginAndLeave(rows(5));
    time.pass(Duration.ofMinutes(10).toNanos());
    provider.staleLists = 3;

    run(engine(TASK), rows(5));

    assertThat(provider.sizes(), contains(5));
    allBilledOnce(5);
  }

  @Test
  void whatJudgingThrows_leavesThePaidAnswerInTheLedger() throws Exception {
    judge =
        Judges.by(
            raw -> {
              throw new NoClassDefFoundError("io/sluice/Gone");
            });
    BatchEngine engine = engine(TASK);
    assertThrows(IllegalStateException.class, () -> run(engine, rows(4)));
    judge = null;
    Map<String, Finished> ends = run(engine(TASK), rows(4));
    assertThat(
        ends.values().stream().map(BatchEngineTest::kind).toList(),
        everyItem(is((ErrorKind) null)));
    assertThat(provider.created(), is(1));
    allBilledOnce(4);
  }

  /** Its results may show that it is the one; to create another would be paid for twice. */
  @Test
  void aBatchThatMayBeTheOne_andTellsNothing_isNotWaitedForWithoutAnEnd() throws Exception {
    provider.killBeforeCreate = true;
    beginAndLeave(rows(5));
    provider.killBeforeCreate = false;
    provider.perhaps =
        new BatchStatus(
            "batch_x",
            null,
            BatchStatus.State.COMPLETED,
            new BatchStatus.Counts(5, 5, 0, 0, 0),
            List.of(),
            null,
            null,
            null,
            List.of("results"));
    BatchEngine engine = engine(TASK);

    Map<String, Finished> ends = run(engine, rows(5));

    assertThat(kind(ends.get("d0")), is(ErrorKind.ACCOUNT));
    assertThat(
        String.valueOf(engine.snapshot().brokenBecause),
        both(containsString("batch_x")).and(containsString("sluice cancel")));
    assertThat(provider.created(), is(0));
    provider.perhaps = null;
    run(engine(TASK), rows(5));
    allBilledOnce(5);
  }

  @Test
  void whatABatchAtWorkMayCost_isHeldAfterACrash() throws Exception {
    budgetUsd = new BigDecimal("0.000080");
    provider.quick = false;
    beginAndLeave(rows(4));
    BatchEngine second = engine(TASK);
    second.submit(rows(8));
    second.inputEnded();
    second.turn();

    assertThat(
        "60 of 80 millionths are held: one more request fits", provider.sizes(), contains(4, 1));
  }
}
