package io.sluice.spi;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.ErrorKind;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Provider;
import io.sluice.Usage;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.BatchRig;
import io.sluice.internal.batches.Orphans;
import io.sluice.internal.batches.ResultLine;
import io.sluice.internal.provider.Providers;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.Reply.Billing;
import io.sluice.spi.ScriptedServer.Answer;
import io.sluice.spi.ScriptedServer.Arrival;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The part of {@link ProviderContractTest} that is about batches: their life, with a crash at every
 * step.
 */
public abstract class BatchContract extends BrokenContract {
  @TempDir Path batchDirectory;

  private BatchRig rig() throws IOException {
    return rig(Duration.ofSeconds(20));
  }

  private BatchRig rig(Duration timeout) throws IOException {
    assumeTrue(supportsBatches());
    BatchRig rig = new BatchRig(kind(), basePath(), settings(), service(), batchDirectory, timeout);
    acceptUploads(rig.server);
    return rig;
  }

  private String ok(State state) {
    return shown(new Shown("b1", state, 2, true));
  }

  private void lists(BatchRig rig, Shown... batches) {
    rig.server.nowOn(batchRoutes().list(), new Answer(200, listed(List.of(batches))));
  }

  private void holds(BatchRig rig, String id, String... customIds) {
    StringBuilder lines = new StringBuilder();
    for (String customId : customIds) {
      lines.append(expiredLine(customId)).append('\n');
    }
    rig.server.nowOn(resultsRoute(id), new Answer(200, lines.toString()));
  }

  private long created(BatchRig rig) {
    return rig.server.count(batchRoutes().create());
  }

  private static List<String> ids(List<BatchStatus> batches) {
    return batches.stream().map(BatchStatus::id).toList();
  }

  private static Orphans lookFor(BatchRig rig) throws BatchException, InterruptedException {
    return rig.client.findOrphans(new BatchIntent("intent1", BatchRig.NOW, 2), id -> false);
  }

  private BatchStatus ended(BatchRig rig, State state) throws BatchException, InterruptedException {
    rig.server.nowOn(pollRoute("b1"), new Answer(200, ok(state)));
    return rig.client.poll("b1");
  }

  @Test
  void batches_areThereOrRefused() {
    ModelProvider provider = Providers.of(kind());
    assertThat(provider.hasBatches(), is(supportsBatches()));
    assumeFalse(supportsBatches());
    Connection connection =
        new Connection(Provider.of(kind()), Operation.CHAT, "m-1", null, Duration.ofSeconds(1), 1);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> provider.batches(connection));
    assertThat(e.getMessage(), containsString(kind()));
  }

  @Test
  void batch_isCreatedWithAllItsRequests_onceAndWithTheKey() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(batchRoutes().create(), 200, ok(State.IN_PROGRESS));
      BatchStatus batch = rig.submit(2);
      assertThat(batch.id(), is("b1"));
      assertThat(batch.state().isEnded(), is(false));
      assertThat(created(rig), is(1L));
      String sent = String.join("", rig.server.received().stream().map(one -> one.body()).toList());
      assertThat(sent, containsString(BatchRig.customId(0)));
      assertThat(sent, containsString(BatchRig.customId(1)));
      assertThat(sent, containsString(BatchRig.request(1).body()));
      assertThat(sent, not(containsString(BatchRig.KEY)));
      for (ScriptedServer.Received one : rig.server.received()) {
        assertThat(one.uri(), not(containsString(BatchRig.KEY)));
        assertThat(one.headers().toString(), containsString(BatchRig.KEY));
      }
    }
  }

  @Test
  void batch_whoseCreationBreaks_isFound_orNotCreatedAgainWhileItMayBeThere() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(batchRoutes().create(), 200, "", Arrival.DROPPED);
      lists(rig, new Shown("b1", State.IN_PROGRESS, 2, true));
      if (tellsOwnBatchesAtOnce()) {
        assertThat(rig.submit(2).id(), is("b1"));
      } else {
        BatchException e = assertThrows(BatchException.class, () -> rig.submit(2));
        assertThat(e.problem(), is(Problem.UNCERTAIN));
      }
      assertThat(created(rig), is(1L));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Arrival.class,
      names = {"DROPPED", "HALF"})
  void batch_whoseCreationIsLost_isCreatedAgain_onceItIsNotInTheList(Arrival arrival)
      throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(batchRoutes().create(), 200, ok(State.IN_PROGRESS), arrival);
      rig.server.on(batchRoutes().create(), 200, ok(State.IN_PROGRESS));
      lists(rig);
      assertThat(rig.submit(2).id(), is("b1"));
      assertThat(created(rig), is(2L));
      assertThat(rig.server.count(batchRoutes().list()), is(greaterThan(1L)));
    }
  }

  @Test
  void batch_whoseCreationHangs_isLookedFor() throws Exception {
    try (BatchRig rig = rig(Duration.ofMillis(400))) {
      rig.server.on(batchRoutes().create(), 200, "", Arrival.HANGING);
      rig.server.on(batchRoutes().create(), 200, ok(State.IN_PROGRESS));
      lists(rig);
      assertThat(rig.submit(2).id(), is("b1"));
      assertThat(rig.server.count(batchRoutes().list()), is(greaterThan(1L)));
    }
  }

  @Test
  void batch_thatIsAnswered500_isLookedFor() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(batchRoutes().create(), 500, "oops");
      rig.server.on(batchRoutes().create(), 200, ok(State.IN_PROGRESS));
      lists(rig);
      assertThat(rig.submit(2).id(), is("b1"));
      assertThat(rig.server.count(batchRoutes().list()), is(greaterThan(0L)));
    }
  }

  /** What stands between asked twice, and passes on what the second was answered. */
  @Test
  void batch_thatIsThereAlthoughItWasRefused_isNotCreatedAgain() throws Exception {
    assumeTrue(tellsOwnBatchesAtOnce());
    for (Trouble refusal : List.of(Trouble.BAD_KEY, Trouble.BAD_REQUEST)) {
      try (BatchRig rig = rig()) {
        rig.server.on(batchRoutes().create(), trouble(refusal, "no"));
        lists(rig, new Shown("b1", State.IN_PROGRESS, 2, true));
        assertThat(rig.submit(2).id(), is("b1"));
        assertThat(created(rig), is(1L));
      }
    }
  }

  @Test
  void batch_thatIsRefused_isLookedForOnce_andNotSentAgain() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(batchRoutes().create(), trouble(Trouble.BAD_REQUEST, "echoes " + BatchRig.KEY));
      BatchException e = assertThrows(BatchException.class, () -> rig.submit(2));
      assertThat(e.problem(), is(Problem.FATAL));
      assertThat(String.valueOf(e.getMessage()), not(containsString(BatchRig.KEY)));
      assertThat(created(rig), is(1L));
      assertThat(rig.server.count(batchRoutes().list()), is(1L));
    }
  }

  @Test
  void batch_withAWrongKey_isTheAccounts() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(batchRoutes().create(), trouble(Trouble.BAD_KEY, "echoes " + BatchRig.KEY));
      BatchException e = assertThrows(BatchException.class, () -> rig.submit(2));
      assertThat(e.problem(), is(Problem.ACCOUNT));
      assertThat(String.valueOf(e.getMessage()), not(containsString(BatchRig.KEY)));
    }
  }

  @Test
  void crashAfterCreation_findsTheBatchWhenItHasEnded_andNotAnothers() throws Exception {
    try (BatchRig rig = rig()) {
      lists(
          rig,
          new Shown("b2", State.COMPLETED, 2, false),
          new Shown("b1", State.COMPLETED, 2, true));
      holds(rig, "b1", BatchRig.customId(0), BatchRig.customId(1));
      holds(rig, "b2", "other-00", "other-01");
      Orphans found = lookFor(rig);
      assertThat(ids(found.certain()), is(List.of("b1")));
      assertThat(found.possible(), is(empty()));
    }
  }

  @Test
  void crashAfterCreation_doesNotForgetABatchAtWork() throws Exception {
    try (BatchRig rig = rig()) {
      lists(rig, new Shown("b1", State.IN_PROGRESS, 2, true));
      Orphans found = lookFor(rig);
      assertThat(
          ids(tellsOwnBatchesAtOnce() ? found.certain() : found.possible()), is(List.of("b1")));
    }
  }

  @Test
  void crashBeforeCreation_findsNothing() throws Exception {
    try (BatchRig rig = rig()) {
      lists(rig);
      assertThat(lookFor(rig).isNone(), is(true));
    }
  }

  @Test
  void poll_outlivesTroubles_andTellsThemApart() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(pollRoute("b1"), 500, "").on(pollRoute("b1"), 200, "", Arrival.DROPPED);
      rig.server.on(pollRoute("b1"), 200, ok(State.IN_PROGRESS), Arrival.HALF);
      rig.server.on(pollRoute("b1"), 200, ok(State.IN_PROGRESS));
      assertThat(rig.client.poll("b1").state(), is(State.IN_PROGRESS));
      assertThat(rig.waits.size(), is(3));
      rig.server.nowOn(pollRoute("b1"), trouble(Trouble.BAD_KEY, "no"));
      assertThat(problem(rig, "b1"), is(Problem.ACCOUNT));
      rig.server.nowOn(pollRoute("b1"), new Answer(500, ""));
      assertThat(problem(rig, "b1"), is(Problem.RETRY));
      assertThat(
          "one that is unknown is not the account's", problem(rig, "gone"), is(Problem.FATAL));
    }
  }

  private static Problem problem(BatchRig rig, String id) {
    return assertThrows(BatchException.class, () -> rig.client.poll(id)).problem();
  }

  @Test
  void results_areTheRepliesOfRealtime() throws Exception {
    try (BatchRig rig = rig()) {
      Usage usage = new Usage(9, 0, 2);
      rig.server.on(
          resultsRoute("b1"),
          200,
          answeredLine(BatchRig.customId(0), "yes", usage)
              + "\n"
              + refusedLine(BatchRig.customId(1))
              + "\n"
              + expiredLine(BatchRig.customId(2))
              + "\n");
      List<ResultLine> lines = rig.results(ended(rig, State.COMPLETED));
      assertThat(
          lines.stream().map(ResultLine::customId).toList(),
          is(List.of(BatchRig.customId(0), BatchRig.customId(1), BatchRig.customId(2))));
      Reply.Answered answered = (Reply.Answered) lines.get(0).reply();
      assertThat(answered.raw(), is("yes"));
      assertThat(answered.usage(), is(usage));
      Reply.Failed refused = (Reply.Failed) lines.get(1).reply();
      assertThat(refused.kind(), is(ErrorKind.BAD_REQUEST));
      assertThat(refused.retryable(), is(false));
      Reply.Failed expired = (Reply.Failed) lines.get(2).reply();
      assertThat(expired.kind(), is(ErrorKind.EXPIRED));
      assertThat(expired.retryable(), is(true));
      assertThat(expired.billing(), is(Billing.NOT_BILLED));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Arrival.class,
      names = {"HALF", "HALF_UNNOTICED"})
  void results_thatBreakOff_areReadAgain_andNothingIsHandedOnTwice(Arrival arrival)
      throws Exception {
    try (BatchRig rig = rig()) {
      String lines =
          answeredLine(BatchRig.customId(0), "a", new Usage(1, 0, 1))
              + "\n"
              + answeredLine(BatchRig.customId(1), "a much longer answer", new Usage(1, 0, 1))
              + "\n";
      rig.server.on(resultsRoute("b1"), 200, lines, arrival).on(resultsRoute("b1"), 200, lines);
      assertThat(
          rig.results(ended(rig, State.COMPLETED)).stream().map(ResultLine::customId).toList(),
          is(List.of(BatchRig.customId(0), BatchRig.customId(1))));
      assertThat(rig.server.count(resultsRoute("b1")), is(2L));
    }
  }

  @ParameterizedTest
  @EnumSource(NotAnAnswer.class)
  void resultsThatAreNoAnswers_areWhatTheyAreInRealTime(NotAnAnswer way) throws Exception {
    assumeTrue(supports(way));
    try (BatchRig rig = rig()) {
      String line = notAnAnswerLine(BatchRig.customId(0), way) + "\n";
      rig.server.on(resultsRoute("b1"), 200, line);
      ResultLine result = rig.results(ended(rig, State.COMPLETED)).get(0);
      Reply.Failed failed = (Reply.Failed) result.reply();
      assertThat(failed.kind(), is(way.kind));
      assertThat(failed.retryable(), is(way.retryable));
      assertThat(failed.usage(), is(new Usage(7, 0, 3)));
    }
  }

  @Test
  void results_thatAreGone_areNotTakenForNone() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(resultsRoute("b1"), 500, "");
      BatchStatus batch = ended(rig, State.COMPLETED);
      assertThat(
          assertThrows(BatchException.class, () -> rig.results(batch)).problem(),
          is(Problem.RETRY));
    }
  }

  @Test
  void batch_thatExpired_keepsWhatWasAnswered() throws Exception {
    try (BatchRig rig = rig()) {
      BatchStatus batch = ended(rig, State.EXPIRED);
      assertThat(batch.state(), is(State.EXPIRED));
      rig.server.on(
          resultsRoute("b1"),
          200,
          answeredLine(BatchRig.customId(0), "a", new Usage(1, 0, 1))
              + "\n"
              + expiredLine(BatchRig.customId(1))
              + "\n");
      List<ResultLine> lines = rig.results(batch);
      assertThat(lines.get(0).reply(), is(instanceOf(Reply.Answered.class)));
      assertThat(((Reply.Failed) lines.get(1).reply()).kind(), is(ErrorKind.EXPIRED));
    }
  }

  @Test
  void batch_isCancelled_andOneThatHasEndedIsNot() throws Exception {
    try (BatchRig rig = rig()) {
      rig.server.on(pollRoute("b1"), 200, ok(State.IN_PROGRESS));
      rig.server.on(cancelRoute("b1"), 200, ok(State.CANCELLING));
      assertThat(rig.client.cancel("b1").state(), is(State.CANCELLING));
      assertThat(ended(rig, State.CANCELLED).state(), is(State.CANCELLED));
      assertThat(rig.client.cancel("b1").state(), is(State.CANCELLED));
      assertThat(rig.server.count(cancelRoute("b1")), is(1L));
    }
  }

  @Test
  void state_thatIsUnknown_isPolledAgain() throws Exception {
    try (BatchRig rig = rig()) {
      assertThat(ended(rig, State.UNKNOWN).state().isEnded(), is(false));
    }
  }
}
