package io.sluice.internal.engine.realtime;

import static io.sluice.internal.engine.realtime.EngineRig.TASK;
import static io.sluice.internal.engine.realtime.EngineRig.kind;
import static io.sluice.internal.engine.realtime.EngineRig.output;
import static io.sluice.internal.engine.realtime.EngineRig.run;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.Document;
import io.sluice.ErrorKind;
import io.sluice.ModelTask;
import io.sluice.Source;
import io.sluice.Usage;
import io.sluice.internal.answers.Answers;
import io.sluice.internal.engine.CallSettings;
import io.sluice.internal.engine.Finished;
import io.sluice.internal.engine.Interrupted;
import io.sluice.internal.engine.Job;
import io.sluice.internal.engine.Journal;
import io.sluice.internal.engine.PreparedDocument;
import io.sluice.internal.engine.RetryPolicy;
import io.sluice.internal.engine.Spending;
import io.sluice.internal.engine.Tally;
import io.sluice.internal.http.NoAnswer;
import io.sluice.internal.judge.AnswerJudge;
import io.sluice.internal.judge.Judges;
import io.sluice.internal.ledger.Ledger;
import io.sluice.internal.ledger.LedgerRecord;
import io.sluice.internal.ledger.LedgerScan;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An answer that was paid for is written down, whatever judging it throws. */
@Timeout(60)
class PaidAnswersTest {
  private static final ModelTask ONCE =
      TASK.withRetry(new ModelTask.Retry(1, Duration.ofMinutes(1)));

  @TempDir Path directory;

  private final EngineRig rig = new EngineRig();
  private final List<Ledger> ledgers = new ArrayList<>();
  private final FakeModel model =
      new FakeModel(
          request ->
              new Reply.Answered("fine", "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE));

  @AfterEach
  void close() {
    rig.close();
    ledgers.forEach(Ledger::close);
  }

  private static List<PreparedDocument> rows() {
    return IntStream.range(0, 3)
        .mapToObj(
            i ->
                new PreparedDocument(
                    new Document("d" + i, null, "{}", new Source("f", i)),
                    new Request(
                        String.format(Locale.ROOT, "%08x", 7_919_000 * (i + 1)).repeat(8),
                        "text",
                        10,
                        20),
                    ""))
        .toList();
  }

  private CallEngine engine(AnswerJudge judge) {
    CallSettings settings =
        CallSettings.ofRun("run" + ledgers.size()).withLedger(directory.toString());
    Ledger ledger = Journal.ledger(ONCE, settings);
    ledgers.add(ledger);
    Job job =
        Job.of(ONCE, Journal.of(ledger, ONCE, settings, Tally.of(0)), new Spending(null, null));
    RetryPolicy retries = job.retries();
    return rig.engine(
        new Job(ONCE, job.journal(), job.spending(), List.of(judge), retries, job.signals()),
        model);
  }

  @Test
  void whatLandsWhileATwinIsLookedUp_isNotAskedForAgain() throws Exception {
    CallEngine engine = engine(new AnswerJudge(ONCE.output(), ONCE.operation()));
    List<PreparedDocument> rows = rows();
    engine.submit(
        Interrupted.beforeTheLast(
            rows,
            () -> {
              try {
                run(engine, rows.subList(0, 1));
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }));

    assertThat(EngineRig.ends(engine, 3).get("d0") instanceof Finished.Answered, is(true));
    assertEachAskedOnce();
  }

  @Test
  void whatIsPaidForAndHasNoAnswer_isAskedTwice_whereOthersAreAnswered() throws Exception {
    List<PreparedDocument> rows = rows();
    String odd = rows.get(1).request().fingerprint();
    FakeModel some =
        new FakeModel(
            request ->
                request.fingerprint().equals(odd)
                    ? NoAnswer.unreadable("no choices", new Usage(10, 0, 5), "{}", RateHeaders.NONE)
                    : new Reply.Answered(
                        "fine", "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE));
    Map<String, Finished> ends = run(rig.engine(TASK, some), rows);

    assertThat(kind(ends.get("d1")), is(ErrorKind.SERVER_ERROR));
    assertThat(
        some.calls().stream().filter(call -> call.get(0).fingerprint().equals(odd)).count(),
        is(2L));
  }

  private void assertAsked(int times, Reply reply) throws InterruptedException {
    List<PreparedDocument> rows = rows();
    String odd = rows.get(1).request().fingerprint();
    FakeModel some =
        new FakeModel(
            request ->
                request.fingerprint().equals(odd)
                    ? reply
                    : new Reply.Answered(
                        "fine", "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE));
    Map<String, Finished> ends = run(rig.engine(TASK, some), rows);

    assertThat(ends.get("d1") instanceof Finished.Answered, is(false));
    assertThat(
        some.calls().stream().filter(call -> call.get(0).fingerprint().equals(odd)).count(),
        is((long) times));
  }

  @Test
  void aBodyThatCannotBeRead_isAnAttempt() throws Exception {
    assertAsked(
        TASK.retry().maxAttempts(),
        NoAnswer.unreadable("cut", null, "{\"choices\":[{", RateHeaders.NONE));
  }

  /** Where many calls fail by chance, a row is asked more often than {@code maxAttempts} says. */
  @Test
  void answersThatBreakOff_mayAllBePaidFor_andAreNoMoreThanMaxAttempts() throws Exception {
    List<PreparedDocument> rows = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      rows.add(
          new PreparedDocument(
              new Document("d" + i, null, "{}", new Source("f", i)),
              new Request(String.format(Locale.ROOT, "%064x", i + 1), "text", 10, 20),
              ""));
    }
    Reply broken =
        new Reply.Failed(
            ErrorKind.TRANSPORT,
            Reply.Scope.ROW,
            true,
            "was answered 200, and its body broke",
            200,
            null,
            null,
            Reply.Billing.UNKNOWN,
            null,
            null,
            RateHeaders.NONE);
    Reply error =
        Answers.read(
            "{\"error\":{\"message\":\"The engine is overloaded\",\"type\":\"overloaded\"}}",
            Answers.Place.inBatch("POST x"),
            (root, place) -> broken);
    for (Reply odd : List.of(broken, error)) {
      assertAskedAtMost(TASK.retry().maxAttempts(), rows, odd);
    }
  }

  private void assertAskedAtMost(int times, List<PreparedDocument> rows, Reply odd)
      throws InterruptedException {
    Random random = new Random(1);
    FakeModel some =
        new FakeModel(
            request ->
                random.nextDouble() < 0.5
                    ? odd
                    : new Reply.Answered(
                        "fine", "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE));
    Map<String, Finished> ends = run(rig.engine(TASK, some), rows);

    Map<String, Long> asked =
        some.calls().stream()
            .collect(
                Collectors.groupingBy(call -> call.get(0).fingerprint(), Collectors.counting()));
    assertThat(Collections.max(asked.values()), is((long) times));
    assertThat(ends.size(), is(400));
  }

  @Test
  void anErrorThatSaysWhatItCost_isAskedTwice() throws Exception {
    assertAsked(
        2,
        Answers.read(
            "{\"choices\":[{\"finish_reason\":\"error\",\"error\":{\"code\":502,\"message\":\"up\"}}],"
                + "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}",
            Answers.Place.inBatch("POST x"),
            (root, place) -> NoAnswer.empty(null, RateHeaders.NONE)));
  }

  @Test
  void whatIsThoughtAlone_isAskedTwice() throws Exception {
    assertAsked(
        2,
        new Reply.Answered("<think>\nHm", "fake", "stop", new Usage(10, 0, 5), RateHeaders.NONE));
  }

  /** An interrupted process has no other word for who asks later. */
  @Test
  void afterAStop_theLedgerCountsWhatHasLanded() throws Exception {
    rig.time.latencyNanos = request -> VirtualTime.SECOND;
    CallEngine engine = engine(new AnswerJudge(ONCE.output(), ONCE.operation()));
    engine.submit(rows());
    engine.turn();
    engine.stop();

    assertThat(engine.awaitLanded(Duration.ofSeconds(10)), is(0));

    ledgers.get(0).sync();
    List<Long> answered = new ArrayList<>();
    LedgerScan.scan(
        directory.toString(),
        (segment, offset, record) -> {
          if (record instanceof LedgerRecord.Beat beat) {
            answered.add(beat.rows().answered());
          }
        });
    assertThat(answered.get(answered.size() - 1), is(3L));
  }

  static Stream<Throwable> thrown() {
    return Stream.of(
        new IllegalStateException("no such word"),
        new StackOverflowError(),
        new OutOfMemoryError("Java heap space"));
  }

  private static AnswerJudge throwing(Throwable thrown) {
    return Judges.by(
        raw -> {
          if (thrown instanceof Error error) {
            throw error;
          }
          throw (RuntimeException) thrown;
        });
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void whatOneAnswerMakesItsRulesThrow_isThatAnswersAlone(Throwable thrown) throws Exception {
    Map<String, Finished> ends = run(engine(throwing(thrown)), rows());
    assertThat(kind(ends.get("d1")), is(ErrorKind.INVALID_OUTPUT));
    assertEachAskedOnce();
  }

  @Test
  void whatEndsTheJob_leavesTheAnswersInTheLedger() throws Exception {
    LinkageError thrown = new NoClassDefFoundError("io/sluice/Gone");
    CallEngine engine = engine(throwing(thrown));
    assertThrows(NoClassDefFoundError.class, () -> run(engine, rows()));
    // The two that were in flight with it.
    for (int i = 0; i < 2; i++) {
      assertThrows(NoClassDefFoundError.class, () -> rig.time.pass(VirtualTime.SECOND));
    }
    assertEachAskedOnce();
  }

  /** The next run, whose rules are in order, asks for nothing that has been answered. */
  private void assertEachAskedOnce() throws InterruptedException {
    Map<String, Finished> ends =
        run(engine(new AnswerJudge(ONCE.output(), ONCE.operation())), rows());
    for (Finished end : ends.values()) {
      assertThat(output(end), is("\"fine\""));
    }
    assertThat(model.calls().size(), is(3));
  }
}
