package io.sluice.simulate;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.closeTo;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sluice.ErrorKind;
import io.sluice.Usage;
import io.sluice.cost.PriceTable;
import io.sluice.internal.batches.BatchException;
import io.sluice.internal.batches.BatchException.Problem;
import io.sluice.internal.batches.Orphans;
import io.sluice.simulate.batches.BatchFault;
import io.sluice.simulate.batches.BatchOptions;
import io.sluice.spi.BatchIntent;
import io.sluice.spi.BatchStatus;
import io.sluice.spi.BatchStatus.State;
import io.sluice.spi.CustomIds;
import io.sluice.spi.PackedBatch;
import io.sluice.spi.Reply;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients of batches against the simulator, over both providers' wires. */
class BatchRehearsalTest {
  @TempDir Path directory;

  private BatchRehearsal rehearsal(String kind, String faults) throws Exception {
    return new BatchRehearsal(kind, directory, faults);
  }

  private static List<String> customIds(String intent, int requests) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      ids.add(CustomIds.of(intent, BatchRehearsal.request(i).fingerprint()));
    }
    return ids;
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void batch_goesThroughItsStates_andIsBilledOnceAtTheEnd(String kind) throws Exception {
    try (BatchRehearsal it = rehearsal(kind, "")) {
      BatchStatus batch = it.submit("i1", 30);
      assertThat(batch.state(), is(it.isOpenAi() ? State.VALIDATING : State.IN_PROGRESS));
      it.pass(50);
      batch = it.client.poll(batch.id());
      assertThat(batch.state(), is(State.IN_PROGRESS));
      assertThat(batch.counts().total(), is(30L));
      assertThat(batch.counts().finished(), is(it.isOpenAi() ? 15L : 0L));
      assertThat(batch.resultFiles(), is(empty()));
      it.pass(45);
      batch = it.client.poll(batch.id());
      assertThat(batch.state(), is(it.isOpenAi() ? State.FINALIZING : State.IN_PROGRESS));
      assertThat(it.books("billed"), is(0L));
      it.pass(5);
      batch = it.client.poll(batch.id());
      assertThat(batch.state(), is(State.COMPLETED));
      assertThat(batch.counts().succeeded(), is(30L));
      Map<String, Reply> replies = it.results(batch);
      assertThat(new ArrayList<>(replies.keySet()), is(customIds("i1", 30)));
      assertThat(BatchRehearsal.answered(replies), is(30L));
      assertThat(it.results(batch).size(), is(30));
      assertThat(it.books("billed"), is(30L));
      assertThat(it.books("billedAgain"), is(0L));
      it.client.discardInput(BatchRehearsal.intent("i1", 30), batch);
    }
  }

  @Test
  void batch_costsHalf() throws Exception {
    try (BatchRehearsal it = rehearsal("openai", "")) {
      it.submit("i1", 30);
      it.pass(100);
      Usage used = new Usage(it.books("inputTokens"), 0, it.books("outputTokens"));
      BigDecimal realtime =
          PriceTable.builtin().find("OPENAI", "gpt-4o-mini").orElseThrow().cost(used);
      assertThat(it.costUsd() * 2, is(closeTo(realtime.doubleValue(), 1e-12)));
      assertThat(it.costUsd(), is(greaterThan(0.0)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void crashBetweenCreateAndRecord_findsTheOrphan(String kind) throws Exception {
    try (BatchRehearsal it = rehearsal(kind, "")) {
      BatchIntent intent = BatchRehearsal.intent("mine", 5);
      assertThat(it.client.findOrphans(intent, id -> false).isNone(), is(true));
      it.submit("other", 5);
      BatchStatus lost = it.submit("mine", 5);
      Orphans running = it.client.findOrphans(intent, id -> false);
      assertThat(running.certain().size(), is(it.isOpenAi() ? 1 : 0));
      assertThat(running.possible().size(), is(it.isOpenAi() ? 0 : 2));
      it.pass(100);
      Orphans ended = it.client.findOrphans(intent, id -> false);
      assertThat(ended.possible(), is(empty()));
      assertThat(ended.certain().stream().map(BatchStatus::id).toList(), is(List.of(lost.id())));
      assertThat(BatchRehearsal.answered(it.results(ended.certain().get(0))), is(5L));
      assertThat(
          it.client.findOrphans(BatchRehearsal.intent("never", 5), id -> false).isNone(), is(true));
    }
  }

  @Test
  void createWhoseAnswerIsLost_isTakenUpByOpenAisMetadata() throws Exception {
    try (BatchRehearsal it = rehearsal("openai", "lost=1")) {
      BatchStatus batch = it.submit("i1", 5);
      it.pass(100);
      assertThat(it.results(it.client.poll(batch.id())).size(), is(5));
      assertThat(it.simulator.books().path("batches").asInt(), is(1));
      assertThat(it.books("billedAgain"), is(0L));
    }
  }

  @Test
  void createWhoseAnswerIsLost_isUncertainWithAnthropic_untilTheBatchHasEnded() throws Exception {
    try (BatchRehearsal it = rehearsal("anthropic", "lost=1")) {
      PackedBatch packed = it.packed("i1", 5);
      BatchIntent intent = packed.intent(Instant.now());
      BatchException e =
          assertThrows(BatchException.class, () -> it.client.submit(intent, packed, id -> false));
      assertThat(e.problem(), is(Problem.UNCERTAIN));
      it.pass(100);
      List<BatchStatus> found = it.client.findOrphans(intent, id -> false).certain();
      assertThat(found.size(), is(1));
      assertThat(it.results(found.get(0)).size(), is(5));
      assertThat(it.simulator.books().path("batches").asInt(), is(1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void orphan_isFoundBehindManyOthers(String kind) throws Exception {
    try (BatchRehearsal it = rehearsal(kind, "")) {
      BatchStatus mine = it.submit("mine", 3);
      for (int i = 0; i < 205; i++) {
        it.submit("other" + i, 1);
      }
      it.pass(100);
      List<BatchStatus> found =
          it.client.findOrphans(BatchRehearsal.intent("mine", 3), id -> false).certain();
      assertThat(found.stream().map(BatchStatus::id).toList(), is(List.of(mine.id())));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void allThatCanGoWrongWithResults_leavesOneOutcomeARequest(String kind) throws Exception {
    String faults = "expired=0.1,failed=0.1,duplicate=0.2,shuffled=1,cut=0.5,poll=0.5";
    try (BatchRehearsal it = rehearsal(kind, faults)) {
      int requests = 300;
      BatchStatus batch = it.submit("i1", requests);
      it.pass(100);
      batch = it.client.poll(batch.id());
      assertThat(batch.state(), is(State.EXPIRED));
      Map<String, Reply> replies = it.results(batch);
      List<String> order = new ArrayList<>(replies.keySet());
      assertThat(order, is(not(customIds("i1", requests))));
      assertThat(order.stream().sorted().toList(), is(customIds("i1", requests)));
      assertThat(it.counts().repeated(), is(greaterThan(0L)));
      long expired = count(replies, ErrorKind.EXPIRED);
      long failed = count(replies, ErrorKind.SERVER_ERROR);
      assertThat(expired, is(allOf(greaterThan(10L), lessThan(60L))));
      assertThat(failed, is(allOf(greaterThan(10L), lessThan(60L))));
      assertThat(BatchRehearsal.answered(replies), is(requests - expired - failed));
      assertThat(it.books("billed"), is(requests - expired - failed));
      assertThat(it.books("billedAgain"), is(0L));
    }
  }

  private static long count(Map<String, Reply> replies, ErrorKind kind) {
    return replies.values().stream()
        .filter(reply -> reply instanceof Reply.Failed failed && failed.kind() == kind)
        .peek(reply -> assertThat(((Reply.Failed) reply).retryable(), is(true)))
        .count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void failedAndExpired_passInTheNextBatch(String kind) throws Exception {
    try (BatchRehearsal it = rehearsal(kind, "expired=0.3,failed=0.3")) {
      long answered = 0;
      for (int round = 0; round < 3; round++) {
        BatchStatus batch = it.submit("i" + round, 50);
        it.pass(100);
        Map<String, Reply> replies = it.results(it.client.poll(batch.id()));
        answered += BatchRehearsal.answered(replies);
      }
      // Asked three times over, each is answered more than once on the whole: the books say so.
      assertThat(it.books("billed"), is(answered));
      assertThat(it.books("billedAgain"), is(answered - it.books("distinctBilled")));
      assertThat(it.books("distinctBilled"), is(greaterThan(40L)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void cancelled_keepsWhatWasAnswered(String kind) throws Exception {
    try (BatchRehearsal it = rehearsal(kind, "")) {
      BatchStatus batch = it.submit("i1", 100);
      it.pass(50);
      assertThat(it.client.cancel(batch.id()).state(), is(State.CANCELLING));
      assertThat(it.client.cancel(batch.id()).state(), is(State.CANCELLING));
      it.pass(10);
      batch = it.client.poll(batch.id());
      assertThat(batch.state(), is(State.CANCELLED));
      Map<String, Reply> replies = it.results(batch);
      assertThat(replies.size(), is(100));
      assertThat(BatchRehearsal.answered(replies), is(50L));
      assertThat(count(replies, ErrorKind.EXPIRED), is(50L));
      assertThat(it.books("billed"), is(50L));
      assertThat(it.client.cancel(batch.id()).state(), is(State.CANCELLED));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void allFailed_hasNoOutputFile(String kind) throws Exception {
    try (BatchRehearsal it = rehearsal(kind, "nooutput=1")) {
      BatchStatus batch = it.submit("i1", 5);
      it.pass(100);
      batch = it.client.poll(batch.id());
      assertThat(batch.state(), is(State.COMPLETED));
      assertThat(batch.resultFiles().size(), is(1));
      Map<String, Reply> replies = it.results(batch);
      assertThat(count(replies, ErrorKind.SERVER_ERROR), is(5L));
      assertThat(it.books("billed"), is(0L));
    }
  }

  @Test
  void validationFailure_namesTheLine_andNothingRan() throws Exception {
    try (BatchRehearsal it = rehearsal("openai", "validation=1")) {
      BatchStatus batch = it.submit("i1", 5);
      it.pass(10);
      batch = it.client.poll(batch.id());
      assertThat(batch.state(), is(State.FAILED));
      assertThat(batch.problems().get(0).line(), is(1L));
      it.pass(100);
      assertThat(it.books("billed"), is(0L));
      assertThat(
          it.client.findOrphans(BatchRehearsal.intent("i1", 5), id -> false).isNone(), is(true));
    }
  }

  @Test
  void fullQueue_takesTheSameFileLater() throws Exception {
    BatchOptions options = new BatchOptions(100, 150, "");
    try (BatchRehearsal it = new BatchRehearsal("openai", directory, options, "")) {
      BatchStatus first = it.submit("i1", 6);
      BatchStatus second = it.submit("i2", 6);
      it.pass(50);
      assertThat(it.client.poll(first.id()).state(), is(State.IN_PROGRESS));
      assertThat(it.client.poll(second.id()).isQueueFull(), is(true));
      it.pass(50);
      BatchStatus third = it.submit("i3", 6);
      it.pass(50);
      assertThat(it.client.poll(third.id()).state(), is(State.IN_PROGRESS));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai", "anthropic"})
  void faultsOfAnswers_befallBatchesToo(String kind) throws Exception {
    BatchOptions options = new BatchOptions(0, Long.MAX_VALUE, "");
    try (BatchRehearsal it = new BatchRehearsal(kind, directory, options, "bad=1")) {
      BatchStatus batch = it.client.poll(it.submit("i1", 2).id());
      assertThat(batch.state(), is(State.COMPLETED));
      Reply.Failed failed = (Reply.Failed) it.results(batch).values().iterator().next();
      assertThat(failed.kind(), is(ErrorKind.BAD_REQUEST));
      assertThat(failed.retryable(), is(false));
    }
  }

  @Test
  void flags_areChecked() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> BatchFault.parse("nonsense=0.1"));
    assertThat(e.getMessage(), containsString("--batchFaults: expected NAME=RATE"));
    assertThrows(IllegalArgumentException.class, () -> BatchFault.parse("cut=2"));
  }
}
